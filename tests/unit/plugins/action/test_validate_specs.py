# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin under a real ansible-playbook, with hosts that nobody can reach, because none is connected to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

COLLECTIONS = Path(__file__).resolve().parents[4] / ".collections"
GOOD = {"svd": {"python": "3.11", "packages": ["einops==0.8.1"]}, "ltx": {"python": "3.11"}}


def plays(options: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The validation, and what must not be reached when it fails."""
    common = {"hosts": "gpu_nodes", "gather_facts": False}
    validation = {"portable.model_env.validate_specs": options, "run_once": True}
    return [
        {**common, "any_errors_fatal": True, "tasks": [validation]},
        {**common, "tasks": [{"ansible.builtin.debug": {"msg": "reached the next play"}}]},
    ]


def play(
    folder: Path,
    variables: dict[str, Any],
    hosts: dict[str, Any] | None = None,
    arguments: tuple[str, ...] = (),
    options: dict[str, Any] | None = None,
) -> tuple[int, str]:
    """Run both plays; returns the exit status and everything that was printed."""
    # A connection would start this program, and fail.
    unreachable = {"ansible_host": "192.0.2.1", "ansible_ssh_executable": "/bin/false"}
    hosts = hosts or {"gpu1": {}, "gpu2": {}, "gpu3": {}}
    inventory = {"gpu_nodes": {"hosts": hosts, "vars": {**unreachable, **variables}}}
    (folder / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    (folder / "plays.yml").write_text(yaml.safe_dump(plays(options)), encoding="utf-8")
    (folder / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment.update(
        ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS),
        ANSIBLE_CALLBACK_RESULT_FORMAT="yaml",
        ANSIBLE_CONFIG=str(folder / "ansible.cfg"),
        ANSIBLE_HOME=str(folder / "home"),
        COLUMNS="300",
    )
    command = [sys.executable, "-m", "ansible", "playbook", "-v", "-i", "hosts.yml", "plays.yml", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_good_specs_pass_without_a_connection(tmp_path: Path) -> None:
    status, output = play(tmp_path, {"model_env_specs": GOOD}, {"gpu1": {}, "gpu2": {"model_env_selected": "svd"}})
    assert status == 0, output
    assert output.count("reached the next play") == 2
    assert "        gpu1:\n        - ltx\n        - svd\n        gpu2:\n        - svd\n" in output
    assert "changed=0" in output


def test_check_mode_is_the_same(tmp_path: Path) -> None:
    status, output = play(tmp_path, {"model_env_specs": GOOD}, arguments=("--check", "--diff"))
    assert status == 0, output
    assert output.count("reached the next play") == 3


def test_one_message_for_all_hosts_and_nothing_after_it(tmp_path: Path) -> None:
    bad = {
        "svd": {"python": "3.11", "packages": ["einops", "numpy>=1"], "torch": {"version": "2.5.1", "cuda": "cu999"}}
    }
    hosts = {"gpu1": {}, "gpu2": {"model_env_selected": ["svdd"]}, "gpu3": {}}
    status, output = play(tmp_path, {"model_env_specs": bad}, hosts)
    assert status != 0
    assert "reached the next play" not in output
    assert "UNREACHABLE" not in output
    message = output[output.index("4 things to correct") : output.index("correct the inventory and run again")]
    for line in (
        "svd (all 3 hosts)",
        "- torch.cuda: no index is known for the build cu999",
        'cuda_torch_index_urls: {cu999: "<URL>"}',
        '- packages[0]: "einops" is not pinned',
        'packages: ["einops==<version>"]',
        '- packages[1]: "numpy>=1" has no upper bound',
        "variables (gpu2)",
        '- model_env_selected: no spec is named "svdd"; did you mean svd?',
    ):
        assert message.count(line) == 1, message


def test_a_template_that_cannot_be_evaluated_names_its_host(tmp_path: Path) -> None:
    hosts = {"gpu1": {}, "gpu2": {"model_env_selected": "{{ [no_such_variable] }}"}}
    status, output = play(tmp_path, {"model_env_specs": GOOD}, hosts)
    assert status != 0
    assert "(gpu2)" in output
    assert "no_such_variable" in output
    assert "reached the next play" not in output


def test_the_index_variables_of_the_inventory_count(tmp_path: Path) -> None:
    torch = {"svd": {"python": "3.11", "torch": {"version": "2.5.1", "cuda": "cu999"}}}
    status, output = play(tmp_path, {"model_env_specs": torch, "cuda_torch_index_urls": {"cu999": "https://mirror/x"}})
    assert status == 0, output
    status, output = play(tmp_path, {"model_env_specs": torch, "cuda_torch_index_url": "https://mirror/x"})
    assert status != 0
    assert "is no URL with {build} in it" in output


def test_secrets_never_show(tmp_path: Path) -> None:
    leaking = {"svd": {"python": "3.11", "index_url": "https://me:hunter2@mirror/simple", "packages": ["einops"]}}
    status, output = play(tmp_path, {"model_env_specs": leaking}, arguments=("-vvv",))
    assert status != 0
    assert "hunter2" not in output


def test_options_are_refused(tmp_path: Path) -> None:
    status, output = play(tmp_path, {"model_env_specs": GOOD}, options={"specs": {}})
    assert status != 0
    assert "Unsupported parameters" in output
    assert "reached the next play" not in output
