# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository's own scripts: what a test container gets of its machine, and the lint of roles' variables."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def _load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, PROJECT / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


node_settings = _load("scripts/node_settings.py")
argument_specs = _load("tests/lint/argument_specs.py")


def test_pip_settings_of_a_node_are_the_machines_effective_ones() -> None:
    listing = "\n".join(
        [
            ":env:.find-links='/from/environment'",
            "global.find-links='/from/file'",
            "global.index-url='file:///mirror/simple'",
            "install.extra-index-url='a b'",
            "global.extra-index-url='c'",
            "install.user='true'",
            "download.index-url='other'",
        ]
    )
    assert node_settings.pip_settings(listing) == {
        "find-links": "/from/environment",
        "index-url": "file:///mirror/simple",
        "extra-index-url": "a b",
    }


def test_local_folders_are_mounted_and_remote_ones_are_not(tmp_path: Path) -> None:
    (tmp_path / "mirror of/simple").mkdir(parents=True)
    (tmp_path / "wheels").mkdir()
    (tmp_path / "ca.pem").touch()
    settings = {
        "extra-index-url": f"http://mirror.test/simple file://{tmp_path}/mirror%20of/simple/ file:///not/there",
        "find-links": f"{tmp_path}/wheels",
        "cert": f"{tmp_path}/ca.pem",
    }
    conf = tmp_path / "pip.conf"
    found = node_settings.node_settings(settings, {"https_proxy": "http://proxy.test:3128", "HOME": "/x"}, conf)
    assert found["volumes"] == [
        f"{tmp_path}/ca.pem:/etc/ssl/host-ca.crt:ro",
        f"{tmp_path}/mirror of:{tmp_path}/mirror of:ro",
        f"{conf}:/etc/pip.conf:ro",
        f"{tmp_path}/wheels:{tmp_path}/wheels:ro",
    ]
    assert found["env"]["SSL_CERT_FILE"] == "/etc/ssl/host-ca.crt"
    assert found["env"]["https_proxy"] == "http://proxy.test:3128"
    assert "HOME" not in found["env"]
    assert "cert = /etc/ssl/host-ca.crt\n" in conf.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "defaults", "problem"),
    [
        ({"r_a": {"description": "d", "default": 1}}, {"r_a": 1}, ""),
        ({"r_a": {"description": "d", "default": None}}, {"r_a": None}, ""),
        ({"r_a": {"description": "d", "required": True}}, {}, ""),
        ({"model_env_root": {"description": "d", "default": "/x"}}, {"model_env_root": "/x"}, ""),
        ({"r_a": {"description": "d", "required": True}}, {"r_a": ""}, "is required, but has a default"),
        ({"r_a": {"description": "d", "default": 1}}, {"r_a": True}, "defaults to True"),
        ({"r_a": {"description": "d", "default": []}}, {}, "has no value in defaults"),
        ({"r_a": {"description": "d"}}, {"r_a": []}, "which argument_specs does not show"),
        ({}, {"r_a": []}, "is not in argument_specs"),
        ({"r_a": {"default": 1}}, {"r_a": 1}, "has no description"),
        ({"other": {"description": "d", "default": 1}}, {"other": 1}, "does not begin with"),
    ],
)
def test_lint_of_roles_variables(options: dict[str, Any], defaults: dict[str, Any], problem: str) -> None:
    found = argument_specs.problems_of("r", options, defaults, ("r_", "model_env_"))
    assert len(found) == (1 if problem else 0), found
    assert problem in "".join(found)
