# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds show how far they are, and nothing else is different for it."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.portable.model_env.tests.support.packages import wheel

from .conftest import CHECKOUT, PYTHON, Run, Site, descendants, kill

# Of this run alone: nobody who looks for it on the same machine has it in his command line.
PASSWORD = f"s3cretOfTheMirror{uuid.uuid4().hex}"


def slow(site: Site) -> Path:
    """A package whose import, and with it the proof, ends when the file is there whose path is returned."""
    go_on = site.folder / "go-on"
    body = f"import os, time\nwhile not os.path.exists({str(go_on)!r}): time.sleep(0.05)"
    wheel(site.index.folder / "wheels", "slow", "1.0", body=body)
    return go_on


def lines(run: Run, host: str) -> list[str]:
    return re.findall(rf"^{host}: (building .*)$", run.output, re.MULTILINE)


def said(process: subprocess.Popen[str], *wanted: str, then: Path) -> str:
    """What a run prints to its end; the file ``then`` is made when each wanted pattern was a line of it."""
    assert process.stdout is not None
    printed, missing = [], list(wanted)
    for line in process.stdout:
        printed.append(line)
        missing = [pattern for pattern in missing if not re.fullmatch(pattern, line.rstrip("\n"))]
        if not missing:
            then.touch()
    process.wait()
    assert process.returncode == 0, "".join(printed)
    return "".join(printed)


class Watch:
    """Files of Ansible's, and command lines, that hold the password while the block runs."""

    def __init__(self) -> None:
        self.leaks: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            # Unlike glob, os.walk goes on when a folder vanishes under it, as temporary ones do.
            walks = [os.walk(folder) for folder in Path.home().glob(".ansible*")]
            files = [Path(folder, name) for walk in walks for folder, _folders, names in walk for name in names]
            for path in [*files, *Path("/proc").glob("[0-9]*/cmdline")]:
                try:
                    if path.is_file() and path.stat().st_size < 4 << 20 and PASSWORD.encode() in path.read_bytes():
                        self.leaks.add(str(path))
                except OSError:
                    pass


def wheel_task(site: Site) -> dict[str, Any]:
    """A task that has a wheel built, from indexes with passwords that lack torch."""
    address = site.index.simple.replace("://", f"://user:{PASSWORD}@")
    torch = {"torch": "2.13", "cuda": "cpu", "cxx11abi": True}
    node = {"python_tag": f"cp{PYTHON.replace('.', '')}", "platform": "linux_x86_64", "libc": "glibc2.36"}
    wanted = {
        "root": str(site.root()),
        "key": {"package": "demo", "version": "1.0", **torch, **node},
        "torch": ["torch==2.13.0"],
        "build_tools": ["wheel==0.45.1", "setuptools==80.9.0", "ninja==1.13.0", "packaging==25.0", "psutil==7.1.3"],
        "index_url": address,
        "extra_index_urls": [address],
        "tools_lock": "{{ lookup('file', lock) }}",
        "retries": 0,
        "progress_interval": 1,
    }
    lock = str(CHECKOUT / "roles" / "model_env" / "files" / "tools-requirements.txt")
    return {"portable.model_env.wheel_build": wanted, "vars": {"lock": lock}}


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_a_build_shows_its_steps_on_every_host_and_changes_nothing_else(site: Site) -> None:
    go_on = slow(site)
    site.hosts = ("n1", "n2")
    site.specs = {"demo": site.spec("whole==1.0", "slow==1.0", imports=["slow"])}
    check = site.converged("--check", "--diff", model_env_progress_interval=1)
    assert not lines(check, "n1"), "check mode is quick and quiet"
    proving = "building demo, step 3 of 3, proving that it works, for [0-9]+ s"
    process = site.start("--diff", model_env_progress_interval=1)
    shown = Run(0, said(process, *(f"{host}: {proving}" for host in site.hosts), then=go_on), {})
    for host in site.hosts:
        assert shown.row(host, "demo")[2] == "built"
        assert shown.recap(host)["changed"] == 1
    assert site.litter() == []

    again = site.converged("--diff", model_env_progress_interval=1)
    assert again.recap("n1")["changed"] == 0
    assert again.executions == {"n1": 1, "n2": 1}, "nothing to do costs what it cost before"
    assert not lines(again, "n1")

    site.converged(model_env_absent=["demo"], model_env_selected=[], model_env_specs={})
    silent = site.converged("--diff", model_env_progress_interval=0)
    assert not lines(silent, "n1")
    assert silent.diff == shown.diff == check.diff
    assert silent.recap("n1") == shown.recap("n1")
    assert silent.row("n1", "demo")[:3] == shown.row("n1", "demo")[:3]


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_a_user_without_a_home_gets_the_build_without_progress(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_ASYNC_DIR", "/dev/null/async")
    site.specs = {"demo": site.spec("single==1.0")}
    run = site.converged(model_env_progress_interval=1)
    assert run.row("n1", "demo")[2] == "built"
    assert "no progress is shown" in run.output
    assert not lines(run, "n1")


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_a_failure_is_the_same_failure(site: Site) -> None:
    site.specs = {"demo": site.spec("single==9.9")}
    shown, silent = (site.provision(model_env_progress_interval=interval) for interval in (1, 0))
    assert shown.rc == silent.rc != 0
    assert "single==9.9" in shown.output
    reason = re.compile(r"^fatal: .*|^failed: .*", re.MULTILINE)
    assert bool(reason.search(shown.output)) == bool(reason.search(silent.output))
    assert site.litter() == []


@pytest.mark.parametrize("site", ["pip"], indirect=True)
def test_the_password_of_an_index_is_in_no_file_while_it_builds(site: Site) -> None:
    go_on = slow(site)
    site.index.password = PASSWORD
    site.specs = {"demo": {**site.spec("slow==1.0", imports=["slow"]), "index_url": ""}}
    address = site.index.simple.replace("://", f"://user:{PASSWORD}@")
    with Watch() as watch:
        process = site.start(model_env_index_url=address, model_env_progress_interval=1)
        said(process, "n1: building demo, step .*proving.*", then=go_on)
    assert watch.leaks == set()


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_the_password_of_an_index_is_in_no_file_while_a_wheel_is_built(site: Site) -> None:
    play = site.folder / "play.yml"
    play.write_text(yaml.safe_dump([{"hosts": "gpu_nodes", "gather_facts": False, "tasks": [wheel_task(site)]}]))
    site.playbook = str(play)
    with Watch() as watch:
        output = site.start().communicate()[0]
    assert "could not find wheel==0.45.1" in output, output
    assert watch.leaks == set()


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_what_an_interrupted_operator_started_goes_on_and_the_next_run_waits_for_it(site: Site) -> None:
    go_on = slow(site)
    site.specs = {"demo": site.spec("slow==1.0", imports=["slow"])}
    first = site.start(model_env_progress_interval=1)
    while not (site.root() / "lock").exists():
        assert first.poll() is None, first.communicate()[0]
        time.sleep(0.05)
    builder = site.builder()
    kill(descendants(first.pid))
    first.communicate()
    second = site.start(model_env_lock_wait=1000, model_env_progress_interval=1)
    try:
        assert second.stdout is not None
        waits = next((line for line in second.stdout if "waiting for another run on this folder" in line), "")
        assert "building demo by" in waits
        assert Path(f"/proc/{builder}").exists(), "the build goes on without its controller"
    finally:
        go_on.touch()
        output, _none = second.communicate()
    assert second.returncode == 0, output
    assert re.search(r"^n1 +demo +kept ", output, re.MULTILINE), output
    assert site.litter() == []
