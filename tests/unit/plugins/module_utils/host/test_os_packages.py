# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages a node lacks: one question to its package manager, whatever is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.os_packages import OsPackages
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.tests.support.specs import make_spec

DATA = Path(__file__).resolve().parents[3] / "data" / "os_packages"
DPKG = (DATA / "dpkg-query-1.22.22-trixie.txt").read_text(encoding="utf-8")
RPM = json.loads((DATA / "rpm-4.20.1.json").read_text(encoding="utf-8"))


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A root folder whose /usr/bin has the operating system's Python 3.13."""
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/python3.13").touch()
    (tmp_path / "usr/bin/python3").symlink_to("python3.13")
    (tmp_path / "etc").mkdir()
    return tmp_path


def _be(system: Path, identity: str) -> None:
    (system / "etc/os-release").write_text(f"ID={identity}\n", encoding="utf-8")


def _spec(python: str, *packages: Any, **fields: Any) -> Spec:
    return make_spec(
        **{"python": python, "system_packages": list(packages), "build_packages": ["flash-attn==2.7.0"], **fields}
    )


@pytest.mark.parametrize(
    ("fields", "venv_missing", "asked"),
    [
        ({"build_packages": []}, False, set()),
        ({"build_packages": []}, True, {"python3-venv"}),
        ({"build_packages": [], "checkouts": [{"url": "https://host/x.git"}]}, False, {"git"}),
        ({}, False, {"gcc", "g++", "make", "git", "python3.13-dev", "python3.13-venv"}),
        (
            {"build_packages": [], "git_packages": [{"name": "x", "url": "https://host/x.git"}]},
            False,
            {"gcc", "g++", "make", "git"},
        ),
    ],
    ids=["wheels alone", "no ensurepip", "a checkout", "a build", "a git package"],
)
def test_only_what_builds_needs_a_compiler(
    system: Path, scripted_runner: Any, fields: dict[str, Any], venv_missing: bool, asked: set[str]
) -> None:
    _be(system, "debian")
    scripted_runner.expect(["dpkg-query"])  # a node where nothing is installed
    found = OsPackages(scripted_runner, str(system)).needed([_spec("3.13", **fields)], venv_missing)
    assert asked <= set(found["missing"])
    assert bool(asked) == bool(found["missing"])


def test_needs_of_specs_on_debian(system: Path, scripted_runner: Any) -> None:
    _be(system, "debian")
    scripted_runner.expect(["dpkg-query", "--show"], stdout=DPKG)
    specs = [_spec("3.13", "ffmpeg"), _spec("3.10", "ffmpeg", {"redhat": "openmpi"}), _spec("3.13.2")]
    found = OsPackages(scripted_runner, str(system)).needed(specs)
    # Python 3.10 is not the operating system's, so nothing is asked for it; 3.13's headers are there.
    assert {key: found[key] for key in ("family", "missing")} == {"family": "debian", "missing": ["ffmpeg"]}
    assert len(scripted_runner.calls) == 1
    assert scripted_runner.calls[0]["env"]["LC_ALL"] == "C"


def test_needs_of_specs_on_red_hat(system: Path, scripted_runner: Any) -> None:
    _be(system, "rocky")
    (system / "usr/bin/ffmpeg").touch()
    scripted_runner.expect(
        ["rpm", "-q", "--whatprovides", "gcc", "gcc-c++", "make", "git", "pkgconfig(libavutil)", "python3-devel"],
        rc=4,
        stdout=RPM["some missing"]["stdout"],
    )
    found = OsPackages(scripted_runner, str(system)).needed([_spec("3.13", "ffmpeg", "libavutil-dev")])
    assert found["missing"] == ["gcc", "pkgconfig(libavutil)", "python3-devel"]


def test_a_file_is_asked_of_the_disk_alone(system: Path, scripted_runner: Any) -> None:
    _be(system, "fedora")
    (system / "usr/bin/ffmpeg").touch()
    assert OsPackages(scripted_runner, str(system)).missing(["/usr/bin/ffmpeg", "/usr/bin/nothing"]) == [
        "/usr/bin/nothing"
    ]


def test_an_unknown_family_lacks_nothing(system: Path, scripted_runner: Any) -> None:
    _be(system, "arch")
    found = OsPackages(scripted_runner, str(system)).needed([_spec("3.13", "ffmpeg")])
    assert (found["family"], found["missing"]) == ("", [])


def test_a_broken_rpm_database_is_an_error_and_not_a_missing_package(system: Path, scripted_runner: Any) -> None:
    _be(system, "rocky")
    scripted_runner.expect(["rpm"], **RPM["database broken"])
    with pytest.raises(ModelEnvError) as caught:
        OsPackages(scripted_runner, str(system)).missing(["gcc"])
    assert "cannot open Packages database" in caught.value.why
    assert caught.value.kind == "os_packages"


def test_dpkg_that_fails(system: Path, scripted_runner: Any) -> None:
    _be(system, "debian")
    scripted_runner.expect(["dpkg-query"], rc=2, stderr="dpkg-query: error: failed to open package info file\n")
    with pytest.raises(ModelEnvError, match="failed to open package info file"):
        OsPackages(scripted_runner, str(system)).missing(["gcc"])


def test_no_package_manager_at_all(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(system, "rocky")
    monkeypatch.setenv("PATH", str(system))
    with pytest.raises(ModelEnvError, match="rpm cannot be started"):
        OsPackages(CommandRunner(), str(system)).missing(["gcc"])


@pytest.mark.skipif(not Path("/usr/bin/dpkg-query").exists(), reason="this machine is no Debian")
def test_this_machine() -> None:
    node = OsPackages(CommandRunner())
    assert node.family() == "debian"
    assert node.missing(["dpkg", "no-such-package"]) == ["no-such-package"]
