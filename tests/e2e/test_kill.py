# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed in the middle of an install."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.tests.support.index import Fault
from ansible_collections.portable.model_env.tests.support.waiting import PATIENCE, until

from .conftest import Site, descendants, kill


def hold_in_the_install(site: Site) -> subprocess.Popen[str]:
    """Start a run and come back when its installer waits for the index."""
    site.index.requests.clear()
    site.index.faults.append(Fault("left_part-2.0", hang=PATIENCE))
    process = site.start()

    def asked() -> bool:
        assert process.poll() is None, process.communicate()[0]
        return any("left_part-2.0" in request for request in site.index.requests)

    until(asked, "the installer asks for the file")
    return process


def command_line(pid: int) -> str:
    """Nothing for a process that has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def runs(python: str) -> str:
    return subprocess.run(
        [python, "-I", "-c", "import left_part; print(left_part.version)"], check=True, capture_output=True, text=True
    ).stdout.strip()


# One of each, and both installers; `make prove-faults` has a hundred.
@pytest.mark.parametrize(
    ("site", "victim"),
    [("uv", "everything"), ("pip", "the installer"), ("uv", "the module")],
    indirect=["site"],
)
def test_the_active_release_works_and_the_next_run_converges(site: Site, victim: str) -> None:
    site.settings["model_env_progress_interval"] = 5  # the default: the module does not end with its controller
    site.specs = {"demo": site.spec("left-part==1.0")}
    site.converged()
    site.specs = {"demo": site.spec("left-part==2.0")}
    process = hold_in_the_install(site)
    targets = descendants(process.pid) + descendants(site.builder())
    if victim == "the installer":
        tools = str(site.root() / "tools")
        targets = [pid for pid in targets if "install" in command_line(pid) and tools in command_line(pid)]
        assert targets
    elif victim == "the module":
        targets = [site.builder()]
    kill(targets)
    process.communicate()
    assert runs(site.python("demo")) == "1.0"

    site.index.faults.clear()
    run = site.converged()
    assert run.row("n1", "demo")[2] == "built"
    assert runs(site.python("demo")) == "2.0"
    assert site.litter() == []
    assert site.converged().recap("n1")["changed"] == 0
