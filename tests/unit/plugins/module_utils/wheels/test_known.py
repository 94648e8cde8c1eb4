# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Architectures that a package is compiled for, and versions in order."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.wheels.known import built_archs, order


@pytest.mark.parametrize(
    ("package", "version", "wanted", "built"),
    [
        ("flash-attn", "2.8.3.post2", ["90"], ("90",)),
        ("flash_attn", "2.8.3.post2", ["89", "86", "80"], ("80",)),
        ("flash-attn", "2.8.3.post2", ["103", "90", "121"], ("90", "100", "120")),
        ("flash-attn", "2.8.3.post2", ["75"], ("75",)),
        ("flash-attn", "2.7.0.post2", ["90"], ("80", "90")),
        ("flash-attn", "", ["90"], ("90",)),
        ("flash-attn", "2.8.3.post2", [], ()),
        ("other", "1.0", ["120", "89"], ("89", "120")),
    ],
)
def test_architectures(package: str, version: str, wanted: list[str], built: tuple[str, ...]) -> None:
    assert built_archs(package, version, wanted) == built


def test_versions_in_order() -> None:
    versions = ["2.5.8", "2.6.0a1", "2.6.0rc1", "2.6.0", "2.6.0.post1", "2.7", "2.7.0.post2", "2.8.3.dev1", "2.8.3a1"]
    versions += ["2.8.3rc1", "2.8.3", "2.8.3.post1", "2.10"]
    mixed = versions[::2] + versions[1::2]
    assert sorted(mixed, key=order) == versions
    assert order("2.7") == order("2.7.0") == order("2.7.0+cu12")
