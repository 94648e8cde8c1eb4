# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that lie in every field of every answer: the controller keeps its files, the other hosts end as they should."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support import answers
from ansible_collections.portable.model_env.tests.support.liar import DECIDING, make_liar
from ansible_collections.portable.model_env.tests.support.packages import sdist

from .conftest import Site

# Nothing here depends on the installer.
pytestmark = pytest.mark.parametrize("site", ["uv"], indirect=True)

HONEST = ("a1", "z9")
# For this CUDA a build host needs no compiler of its own: it would begin with the installation of torch.
TORCH = {"version": "2.11.0", "torchvision": "0.26.0", "cuda": "cu130"}


# What runs leave in a home: Ansible on the controller, and a host that builds in its own, which is the same one here,
# because all hosts are this machine.
OF_RUNS = {".ansible", ".ansible_async", ".local"}


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """Mode and hash of every file of a folder but those of runs."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.relative_to(folder).parts[0] not in OF_RUNS:
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (path.lstat().st_mode, hashlib.sha256(content).hexdigest())
    return found


class Lair:
    """A site with two honest hosts and many that lie, and a controller whose files are watched."""

    def __init__(self, site: Site, home: Path) -> None:
        self.site, self.home, self.canary = site, home, site.folder / "canary"
        (home / "ansible" / "inventory").mkdir(parents=True)
        (home / "ansible" / "inventory" / "hosts.yml").write_text("all: {}\n")
        (home / ".bashrc").write_text("# the operator's\n")
        run_it = "{{ lookup('ansible.builtin.pipe', 'touch " + str(self.canary) + "') }}"
        self.lies: dict[str, Any] = {
            "path": f"/../../../../../..{home}/ansible/inventory",
            "template": run_it,
            "number": -1,
            "null": None,
            "nested": {"a": {"b": [run_it]}},
            "long": "x" * (1 << 20) + "x",
            "escapes": "\x1b[2J\x07\nok: [a1]\n",
        }
        # What Ansible would act on, if anybody let it.
        self.added = {
            "ansible_facts": {"model_env_root": str(home), "model_env_specs": run_it, "ansible_connection": run_it},
            "add_host": {"host_name": "new", "host_vars": {"ansible_connection": "local"}},
            "add_group": "new",
            "ansible_stats": {"data": {"x": run_it}, "aggregate": True},
        }
        self.liars: list[str] = []
        for kind, lie in self.lies.items():
            self.add(f"all-{kind}", lie)
        for kind in ("path", "template", "escapes"):
            self.add(f"texts-{kind}", self.lies[kind], texts_only=True, keep=DECIDING)
        self.before = contents(home)

    def add(self, name: str, lie: Any = None, **how: Any) -> None:
        """One more host that lies."""
        self.liars.append(name)
        how.setdefault("added", self.added)
        python = make_liar(self.site.folder / name / "liar", lie, **how)
        self.site.of_host[name] = {"ansible_python_interpreter": python, **self.site.of_host.get(name, {})}
        self.site.hosts = (HONEST[0], *self.liars, HONEST[1])

    def run(self, playbook: str, **settings: Any) -> Any:
        """Run a playbook, and look at what must not have happened."""
        self.site.playbook = playbook
        run = self.site.provision(**settings)
        assert "Traceback" not in run.output, run.output
        assert "\x1b" not in run.output
        assert not self.canary.exists(), run.output
        assert contents(self.home) == self.before
        for host in HONEST:
            assert run.recap(host)["failed"] == run.recap(host)["unreachable"] == 0, run.output
        return run


@pytest.fixture
def lair(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lair:
    home = tmp_path / "operator"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return Lair(site, home)


def test_whatever_nodes_say_the_controller_keeps_its_files_and_the_others_their_ends(lair: Lair) -> None:
    site, report = lair.site, lair.site.folder / "reports"
    site.specs = {"demo": site.spec("left-part==1.0", imports=["left_part"])}

    def all_are_told(output: str) -> None:
        assert [host for host in site.hosts if host not in output] == []

    ready = lair.run("preflight.yml")
    all_are_told(ready.output)
    built = lair.run("provision.yml")
    all_are_told(built.output)
    assert [built.row(host, "demo")[2] for host in HONEST] == ["built", "built"]
    # A template or a path in place of the family of the operating system or the like is refused, not used.
    assert all(built.recap(host)["failed"] == 1 for host in lair.liars if host.startswith("all-")), built.output
    verified = lair.run(
        "verify.yml", gpu_check_report_json=str(report / "v.json"), gpu_check_report_html=str(report / "v.html")
    )
    assert [verified.row(host, "demo")[2] for host in HONEST] == ["verified", "verified"]
    rows = {row["host"]: row["verdict"] for row in json.loads((report / "v.json").read_text())["hosts"]}
    assert list(rows) == list(site.hosts)
    assert [rows[host] for host in HONEST] == ["pass", "pass"]
    all_are_told((report / "v.html").read_text())
    lair.run("audit.yml", audit_json=str(report / "a.json"))
    all_are_told((report / "a.json").read_text())
    site.specs["demo"]["packages"] = ["left-part==1.1"]
    upgraded = lair.run("upgrade.yml", upgrade_canaries=["a1"], upgrade_budget="100%", upgrade_preflight=False)
    all_are_told(upgraded.output)
    for host in HONEST:
        assert site.python("demo", host) and "1.1" in str(list(site.root(host).glob("envs/demo/lib/*/site-packages/*")))


def test_a_node_gets_no_wheel_into_the_controllers_folders(lair: Lair) -> None:
    """The takeover of a controller: a wheel that no spec asks for, whose key is a path out of the cache."""
    site = lair.site
    lair.liars.clear()
    key = {**answers.KEY, "libc": "/../../../../ansible/inventory"}
    stolen = site.folder / "hosts.yml"
    stolen.write_text("evil\n")
    digest = hashlib.sha256(stolen.read_bytes()).hexdigest()
    forged = {"wheels": [{**answers.WHEEL, "environment": "demo", "key": {**key, "libc": ""}}]}
    built = {"slug": "x", "key": key, "path": str(stolen), "sha256": digest, "size": 5}
    lair.add("taker", forged=forged, honest=True, added=built)
    site.specs = {"demo": site.spec("single==1.0")}
    run = lair.run("provision.yml", flash_attn_cache=str(lair.home / "cache"))
    assert run.recap("taker")["failed"] == 1, run.output
    assert [run.row(host, "demo")[2] for host in HONEST] == ["built", "built"]


def test_a_node_has_nothing_of_its_own_built_on_another_host(lair: Lair) -> None:
    """The takeover of a build host: a wheel whose torch is an archive of the node."""
    site = lair.site
    lair.liars.clear()
    archives = site.folder / "archives"
    archives.mkdir()
    sdist(archives, "evil", "1.0", prelude=f"open({str(lair.canary)!r}, 'w').close()")
    entry = {"name": "flash-attn", "version": "2.8.3"}
    sources = {"torch": ["evil==1.0"], "index_url": site.index.simple, "find_links": [str(archives)]}
    wheel = {
        **answers.WHEEL,
        "environment": "demo",
        "entry": entry,
    }
    lair.add("taker", forged={"wheels": [{**wheel, **sources}]}, honest=True, added={})
    own = {**site.spec("single==1.0"), "torch": {**TORCH, "index_url": site.index.simple}, "torch_extensions": [entry]}
    site.of_host["taker"]["model_env_specs"] = {"demo": own}
    site.specs = {"demo": site.spec("single==1.0")}
    run = lair.run("provision.yml", flash_attn_build_host=HONEST[0])
    assert run.recap("taker")["failed"] == 1, run.output
    # The host began to build, with the operator's pins alone; its index has no torch.
    (log,) = site.root(HONEST[0]).glob("logs/wheel-flash-attn-*.log")
    assert "torch==2.11.0+cu130" in log.read_text()
    assert "evil" not in log.read_text() + run.output
