# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive that users install: it builds, installs, documents itself, and its playbooks run by name."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from .conftest import CHECKOUT, PLAYBOOK, PYTHON

MODULES = sorted(path.stem for path in (CHECKOUT / "plugins" / "modules").glob("*.py"))
ROLES = sorted(path.name for path in (CHECKOUT / "roles").iterdir())


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an installation from the archive."""
    folder = tmp_path_factory.mktemp("installed")
    galaxy = [str(PLAYBOOK.with_name("ansible-galaxy")), "collection"]
    subprocess.run([*galaxy, "build", "--output-path", str(folder)], cwd=CHECKOUT, check=True, capture_output=True)
    archive = next(folder.glob("*.tar.gz"))
    install = [*galaxy, "install", "--offline", "--collections-path", str(folder / "collections"), str(archive)]
    subprocess.run(install, cwd=folder, check=True, capture_output=True, env=environment(folder))
    return folder


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections")}


def run(folder: Path, *argv: str) -> str:
    command = [str(PLAYBOOK.with_name(argv[0])), *argv[1:]]
    done = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_playbooks_run_by_name(installed: Path, tmp_path: Path) -> None:
    host = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "model_env_root": str(tmp_path / "root"),
        "model_env_specs": {"tiny": {"python": PYTHON, "packages": ["einops==0.8.1"], "imports": ["einops"]}},
    }
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"gpu_nodes": {"hosts": {"n1": host}}}))
    assert "built" in run(installed, "ansible-playbook", "-i", str(inventory), "portable.model_env.provision")
    page = tmp_path / "verdicts.html"
    verify = ["-i", str(inventory), "-e", f"gpu_check_report_html={page}", "portable.model_env.verify"]
    assert "failed=0" in run(installed, "ansible-playbook", *verify)
    assert page.read_text().count('class="cell pass"') == 1, "the template of the page is installed, too"


def test_every_module_documents_examples_results_and_its_support(installed: Path) -> None:
    names = [f"portable.model_env.{name}" for name in MODULES]
    found = json.loads(run(installed, "ansible-doc", "--json", *names))
    assert sorted(found) == names
    for name, page in found.items():
        assert page["examples"], name
        assert page["return"], name
        assert {"check_mode", "diff_mode", "idempotent"} <= set(page["doc"]["attributes"]), name


def test_every_role_documents_itself(installed: Path) -> None:
    listed = json.loads(run(installed, "ansible-doc", "--json", "-t", "role", "-l", "portable.model_env"))
    assert sorted(listed) == [f"portable.model_env.{name}" for name in ROLES]


def test_the_action_group_holds_every_module() -> None:
    groups = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text())["action_groups"]
    assert sorted(name for name in groups["all"] if isinstance(name, str)) == MODULES
