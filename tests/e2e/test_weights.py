# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights end to end: real ansible-playbook and huggingface_hub, the fixture server; progress, where the token goes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import yaml

from ansible_collections.portable.model_env.tests.hub_server.client import HubServer
from ansible_collections.portable.model_env.tests.hub_server.content import make_file
from ansible_collections.portable.model_env.tests.support.waiting import until

CHECKOUT = Path(__file__).resolve().parents[2]
PLAYBOOK = Path(sys.executable).parent / "ansible-playbook"
INVENTORY = CHECKOUT / "inventories" / "vmevalkit"
# Of this run alone: nobody who looks for it on the same machine has it in his command line.
TOKEN = f"hf_EndToEndTokenThatNobodyMaySee{uuid.uuid4().hex}"
MIB = 1 << 20


class Site:
    """A controller whose home, temporary files and nodes lie in one folder."""

    def __init__(self, folder: Path, server: HubServer) -> None:
        self.folder = folder
        self.server = server
        self.home = folder / "home"
        self.home.mkdir()
        self.leaks: set[str] = set()

    def play(
        self,
        task: dict[str, Any],
        *arguments: str,
        hosts: str = "one,two,",
        heard: Callable[[str], None] = lambda _line: None,
    ) -> subprocess.CompletedProcess[str]:
        """Run one play with one task, or a role, and look for the token meanwhile; ``heard`` gets each line at once."""
        book = self.folder / "play.yml"
        book.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, **task}]))
        keep = ("PATH", "PIP_", "SSL_", "REQUESTS_", "LANG", "UV_")
        environment = {name: value for name, value in os.environ.items() if name.startswith(keep)}
        environment.update(
            HOME=str(self.home), TMPDIR=str(self.home), TOKEN=TOKEN, ANSIBLE_LOG_PATH=str(self.home / "log")
        )
        environment.update(
            ANSIBLE_REMOTE_TMP=f"{self.home}/.ansible/tmp", ANSIBLE_ASYNC_DIR=f"{self.home}/.ansible_async"
        )
        environment.update(ANSIBLE_COLLECTIONS_PATH=str(CHECKOUT / ".collections"), ANSIBLE_LOCALHOST_WARNING="False")
        python = f"ansible_python_interpreter={sys.executable}"
        command = [str(PLAYBOOK), "-i", hosts, "-c", "local", "-e", python, *arguments, str(book)]
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(over,))
        watcher.start()
        try:
            with (
                open(self.folder / "stderr", "w+") as stderr,
                subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True) as process,
            ):
                assert process.stdout is not None
                printed = ""
                for line in process.stdout:
                    printed += line
                    heard(line)
                process.wait()
                stderr.seek(0)
                return subprocess.CompletedProcess(command, process.returncode, printed, stderr.read())
        finally:
            over.set()
            watcher.join()

    def _watch(self, over: threading.Event) -> None:
        """Look at every command line of the machine and every file of the site, again and again."""
        while not over.wait(0.05):
            for process in Path("/proc").glob("[0-9]*"):
                self._look(process / "cmdline")
            # Unlike rglob, os.walk goes on when a folder vanishes under it, as temporary ones do.
            for folder, _folders, names in os.walk(self.folder):
                for path in (Path(folder, name) for name in names):
                    # A named pipe is no file: nothing that goes through it is ever stored.
                    if path.is_file():
                        self._look(path)

    def _look(self, path: Path) -> None:
        try:
            if path.stat().st_size < 4 * MIB and TOKEN.encode() in path.read_bytes():
                self.leaks.add(str(path))
        except OSError:
            pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    """A gated repository, and every repository that the inventory of VMEvalKit names."""
    data = tmp_path_factory.mktemp("hub") / "data"
    gated = data / "models" / "acme" / "gated"
    make_file(gated / "v1" / "w.bin", 60 * MIB, "gated")
    (gated / "hub.json").write_text(json.dumps({"gated": True, "tokens": [TOKEN]}))
    for name in sorted(set(re.findall(r"repo_id: ([\w./-]+)", _inventory_text()))):
        make_file(data / "models" / name / "v1" / "model.ckpt", 2 * MIB, name)
        make_file(data / "models" / name / "v1" / "config.json", 100, name)
    with HubServer(data) as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, server: HubServer) -> Site:
    server.reset()
    server.faults()
    return Site(tmp_path, server)


def _inventory_text() -> str:
    return "".join(path.read_text() for path in sorted((INVENTORY / "group_vars" / "gpu_nodes").glob("*.yml")))


def snapshot(site: Site, **more: Any) -> dict[str, Any]:
    return {
        "tasks": [
            {
                "portable.model_env.hf_snapshot": {
                    "repo_id": "acme/gated",
                    "revision": "main",
                    "resolve": True,
                    "local_dir": str(site.folder / "{{ inventory_hostname }}" / "w"),
                    "endpoint": site.server.url,
                    "token": "{{ lookup('ansible.builtin.env', 'TOKEN') }}",
                    "root": str(CHECKOUT / ".build" / "hub-tools"),  # as the unit tests
                    "tools_lock": (CHECKOUT / "roles/hf_weights/files/hub-requirements.txt").read_text(),
                    "progress_interval": 1,
                    "free_space_margin": "1M",
                    **more,
                }
            }
        ]
    }


def test_two_hosts_show_progress_and_the_token_is_nowhere(site: Site) -> None:
    site.server.faults({"where": "cdn", "kind": "slow", "rate": 3 * MIB, "count": 0})
    progress = r"^{}: fetching weights, .* of 60\.0 MiB \(\d+%\), .*MiB/s, .* left, \d of 1 files$"
    unseen = {"one", "two"}

    def heard(line: str) -> None:
        for host in list(unseen):
            if re.match(progress.format(host), line):
                unseen.remove(host)
        if not unseen:
            site.server.faults()  # what is left comes at once

    run = site.play(snapshot(site), "-vvv", "--diff", heard=heard)
    assert run.returncode == 0, run.stdout + run.stderr
    for host in ("one", "two"):
        assert host not in unseen, run.stdout
        assert (site.folder / host / "w" / "w.bin").stat().st_size == 60 * MIB
    assert site.leaks == set()
    assert TOKEN not in run.stdout + run.stderr
    assert not site.server.stats()["cdn_saw_token"]
    assert list((site.home / ".ansible_async").iterdir()) == [], "nothing of the background run is left"
    # Ansible's wrapper looks every five seconds whether its module has ended, then cleans up.
    until(lambda: not list((site.home / ".ansible" / "tmp").iterdir()), "nothing of the modules is left")

    again = site.play(snapshot(site), "-vvv")
    assert "changed=0" in again.stdout
    assert again.stdout.count("EXEC /bin/sh -c") and "async_wrapper" not in again.stdout, "nothing to do stays in front"


def test_a_wrong_token_fails_with_its_reason_and_is_not_shown(site: Site) -> None:
    run = site.play(snapshot(site, token=TOKEN + "x"), hosts="one,")
    assert run.returncode == 2
    assert "the repository is gated, and this token has no access" in run.stdout
    assert "accept its terms" in run.stdout
    assert TOKEN not in run.stdout + run.stderr


def test_the_weights_of_vmevalkit_are_planned_in_check_mode(site: Site) -> None:
    root = site.folder / "root"
    role = {"roles": [{"role": "portable.model_env.hf_weights"}]}
    options = {
        "hf_weights_endpoint": site.server.url,
        "model_env_root": str(root),
        "hf_weights_free_space_margin": "1M",
    }
    run = site.play(
        role, "--check", "--diff", "-i", str(INVENTORY), "-l", "localhost", "-e", json.dumps(options), hosts="none,"
    )
    assert run.returncode == 0, run.stdout + run.stderr
    weights = root / "weights"
    for folder, name in (
        ("dynamicrafter/dynamicrafter_1024_v1", "Doubiiu/DynamiCrafter_1024"),
        ("dynamicrafter/dynamicrafter_512_v1", "Doubiiu/DynamiCrafter_512"),
        ("hunyuan/ckpts", "tencent/HunyuanVideo-I2V"),
        ("hunyuan/ckpts/text_encoder_i2v", "xtuner/llava-llama-3-8b-v1_1-transformers"),
        ("hunyuan/ckpts/text_encoder_2", "openai/clip-vit-large-patch14"),
        ("wan/Wan2.2-I2V-A14B", "Wan-AI/Wan2.2-I2V-A14B"),
        ("morphic", "morphic/Wan2.2-frames-to-video"),
        ("THUDM/CogVideoX-5b-I2V", "THUDM/CogVideoX-5b-I2V"),
        ("Wan-AI/Wan2.1-I2V-14B-480P-Diffusers", "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers"),
        ("Wan-AI/Wan2.2-I2V-A14B-Diffusers", "Wan-AI/Wan2.2-I2V-A14B-Diffusers"),
        ("Wan-AI/Wan2.2-TI2V-5B-Diffusers", "Wan-AI/Wan2.2-TI2V-5B-Diffusers"),
    ):
        commit = site.server.commit("model", name)
        assert f"+++ after: {weights / folder} ({name}) {commit}" in run.stdout, run.stdout
    assert run.stdout.count("# 2 files to fetch, 2.0 MiB") == 9
    assert run.stdout.count("# 1 files to fetch, 2.0 MiB") == 2
    assert not root.exists(), "check mode leaves nothing"
    assert site.server.stats()["sent_total"] == 0
