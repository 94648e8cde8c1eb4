# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A password in an address of the inventory: whatever is run, with whatever verbosity, it is shown nowhere."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from .conftest import PYTHON, Site

pytestmark = pytest.mark.parametrize("site", ["uv"], indirect=True)

# Of this run alone, and with characters that are escaped in an address.
MARK = uuid.uuid4().hex
PASSWORD = f"{MARK}/+{MARK}"


@pytest.fixture(autouse=True)
def private(site: Site) -> None:
    site.index.password = PASSWORD
    site.specs = {"demo": {**site.spec("single==1.0"), "index_url": ""}}


def address(site: Site) -> str:
    return site.index.simple.replace("://", f"://user:{quote(PASSWORD, safe='')}@")


def left_by(site: Site) -> list[str]:
    """Files of the node that hold the password, or a part of it."""
    files = [path for path in (site.folder / "n1").rglob("*") if path.is_file() and not path.is_symlink()]
    return [str(path) for path in files if MARK.encode() in path.read_bytes()]


@pytest.mark.parametrize("interval", [0, 1])
def test_provisioning_shows_it_nowhere(site: Site, interval: int) -> None:
    told = {"model_env_index_url": address(site), "model_env_progress_interval": interval}
    for arguments in (["--check", "--diff"], ["--diff"], ["--diff"]):
        output = site.converged(*arguments, "-vvv", **told).output
        assert MARK not in output, arguments
        assert "invocation" in output, "Ansible shows the arguments"
    site.specs = {"demo": {**site.spec("no-such-package==1.0"), "index_url": ""}}
    failed = site.provision("-vvv", **told)
    assert failed.rc != 0 and "no-such-package" in failed.output
    assert MARK not in failed.output
    assert left_by(site) == []


def test_preflight_shows_it_nowhere(site: Site) -> None:
    site.playbook = "preflight.yml"
    run = site.provision("-vvv", model_env_index_url=address(site))
    assert "index:" in run.output
    assert MARK not in run.output
    assert left_by(site) == []


@pytest.mark.parametrize("check", [True, False])
def test_single_modules_show_it_nowhere(site: Site, check: bool) -> None:
    """Those that a play of the operator's own calls; also where an argument makes no sense."""
    url = address(site)
    python: dict[str, Any] = {"virtualenv": str(site.folder / "venv"), "python": PYTHON}
    torch = {"torch": "2.13", "cuda": "cpu", "cxx11abi": True}
    node = {"python_tag": f"cp{PYTHON.replace('.', '')}", "platform": "linux_x86_64", "libc": "glibc2.36"}
    key: dict[str, Any] = {"package": "demo", "version": "1.0", **torch, **node}
    wheel: dict[str, Any] = {
        "root": str(site.root()),
        "key": key,
        "torch": ["torch==2.13.0"],
        "tools_lock": "",
        "retries": 0,
    }
    tasks = [
        {"portable.model_env.pip": {**python, "name": ["single==1.0"], "index_url": url}},
        {"portable.model_env.pip": {**python, "name": ["single==1.0"], "index_url": url, "retries": "many"}},
        {"portable.model_env.pip": {**python, "name": ["left-part==1.0"], "extra_index_urls": [url]}},
        {"portable.model_env.pip": {**python, "name": [f"x @ {url}x.whl"], "environment": {"MY_TOKEN": MARK}}},
        {"portable.model_env.wheel_build": {**wheel, "index_url": url, "find_links": [url]}},
        {"portable.model_env.hf_snapshot": {
            "repo_id": "a/b", "local_dir": str(site.folder / "w"), "revision": "0" * 40, "retries": 0,
            "endpoint": url, "tools_python": "/bin/false",
        }},
    ]  # fmt: skip
    play = site.folder / "play.yml"
    ignored = [{**task, "ignore_errors": True} for task in tasks]
    play.write_text(yaml.safe_dump([{"hosts": "gpu_nodes", "gather_facts": False, "tasks": ignored}]))
    site.playbook = str(play)
    run = site.provision("-vvv", *(["--check"] if check else []))
    assert run.output.count("invocation:") + run.output.count('"invocation"') >= len(tasks), run.output
    assert MARK not in run.output.replace(str(Path.home()), "")
    assert left_by(site) == []
