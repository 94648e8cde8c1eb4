# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module os_packages_info on this machine."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.os_packages import OsPackages
from ansible_collections.portable.model_env.tests.support import module_process


def test_nothing_is_changed_and_every_package_is_named() -> None:
    result = module_process.run("os_packages_info", {"packages": ["no-such-package-anywhere"]})
    assert (result["failed"], result["changed"]) == (False, False)
    if not result["family"]:
        pytest.skip("this machine is of no family whose package names are known")
    assert result["wanted"] == ["no-such-package-anywhere"]
    assert result["missing"] == ["no-such-package-anywhere"]
    assert "warnings" not in result


def test_a_system_of_no_known_family_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(OsPackages, "family", lambda _self: "")
    result = module_process.run("os_packages_info", {"packages": ["ffmpeg"]})
    # Where another test has loaded Ansible's controller into this process, it shows the warning itself.
    told = f"{result.get('warnings')} {capsys.readouterr().err}"
    assert "of no family whose package names are known" in " ".join(told.split())


def test_a_package_that_is_neither_name_nor_names_by_family() -> None:
    result = module_process.run("os_packages_info", {"packages": [["ffmpeg"]]})
    assert result["failed"]
    assert "['ffmpeg'] is neither a name nor names by family" in result["msg"]
