# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading site-packages: what real installers leave, and what accidents leave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers import site_packages

ORIGIN = {"url": "https://h/x", "vcs_info": {"vcs": "git", "commit_id": "1" * 40}}


def put(site: Path, folder: str, **files: str) -> Path:
    path = site / folder
    path.mkdir(parents=True)
    for name, text in files.items():
        (path / name.replace("_json", ".json")).write_text(text)
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    path.mkdir(parents=True)
    return path


def test_name_and_version_are_those_of_the_metadata(site: Path) -> None:
    put(
        site,
        "PyYAML-6.0.dist-info",
        METADATA="Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0+x\n\nName: no\n",
        RECORD="ab",
    )
    found = site_packages.read(str(site.parents[2]))
    assert list(found) == ["pyyaml"]
    one = found["pyyaml"]
    assert (one.name, one.version, one.origin, one.editable, one.record_size) == ("PyYAML", "6.0+x", None, False, 2)
    assert one.record_mtime_ns == (Path(one.folder) / "RECORD").stat().st_mtime_ns


def test_origin_and_installer(site: Path) -> None:
    put(site, "a-1.dist-info", METADATA="Name: a\nVersion: 1\n", direct_url_json=json.dumps(ORIGIN), INSTALLER="uv\n")
    editable = {"url": "file:///src", "dir_info": {"editable": True}}
    put(site, "b-1.dist-info", METADATA="Name: b\nVersion: 1\n", direct_url_json=json.dumps(editable))
    found = site_packages.read(str(site))
    assert (found["a"].origin, found["a"].installer, found["a"].editable) == (ORIGIN, "uv", False)
    assert found["b"].editable


def test_accidents(site: Path) -> None:
    put(site, "no_meta-1.5.dist-info")
    put(site, "broken-1.dist-info", METADATA="Name: broken\nVersion: 1\n", direct_url_json="{")
    put(site, "~umpy-1.dist-info", METADATA="Name: numpy\nVersion: 1\n")
    found = site_packages.read(str(site))
    assert sorted(found) == ["broken", "no-meta"]
    assert (found["no-meta"].version, found["no-meta"].record_size) == ("1.5", -1)
    assert found["broken"].origin == {}, "an unreadable origin is not the index"


def test_two_of_one_name_are_told(site: Path) -> None:
    first = put(site, "a-1.dist-info", METADATA="Name: a\nVersion: 1\n")
    put(site, "a-2.dist-info", METADATA="Name: A\nVersion: 2\n")
    found = site_packages.read(str(site))
    assert (found["a"].version, found["a"].duplicates) == ("2", (str(first),))


@pytest.mark.parametrize("path", ["missing", "empty"])
def test_no_environment_no_distributions(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    assert site_packages.read(str(tmp_path / path)) == {}
    assert site_packages.site_packages(str(tmp_path / path)) == ""


def test_names_with_wildcards_are_taken_as_they_are(tmp_path: Path) -> None:
    put(tmp_path / "e[1]" / "lib" / "python3.9" / "site-packages", "a-1.dist-info", METADATA="Name: a\nVersion: 1\n")
    assert list(site_packages.read(str(tmp_path / "e[1]"))) == ["a"]
