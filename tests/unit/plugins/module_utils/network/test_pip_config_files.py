# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pip's configuration, compared with what pip itself makes of the same files and variables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.network import pip_config_files as reader

ASK_PIP = """
import json
from pip._internal.commands import create_command
v = create_command("install").parser.get_default_values()
print(json.dumps({"index_url": v.index_url, "extra_index_urls": v.extra_index_urls, "find_links": v.find_links,
  "no_index": bool(v.no_index), "trusted_hosts": v.trusted_hosts, "cert": v.cert, "client_cert": v.client_cert,
  "proxy": v.proxy, "timeout": v.timeout, "retries": v.retries}))
"""
GLOBAL = "xdg/pip/pip.conf"
LEGACY = "home/.pip/pip.conf"
USER = "home/.config/pip/pip.conf"
CHOSEN = "chosen.conf"

CASES = {
    "nothing": ({}, {}),
    "one file": ({USER: "[global]\nindex-url = http://a/\nextra-index-url = http://b/ http://c/\n"}, {}),
    "lists over several lines": ({USER: "[install]\nfind-links =\n    http://l/1\n    http://l/2\n"}, {}),
    "user over global": ({GLOBAL: "[global]\nindex-url = http://g/\n", USER: "[global]\nindex-url = http://u/\n"}, {}),
    "new user file over the legacy one": (
        {
            LEGACY: "[global]\nindex-url = http://legacy/\nproxy = http://p/\n",
            USER: "[global]\nindex-url = http://u/\n",
        },
        {},
    ),
    "install over global, also of a later file": (
        {GLOBAL: "[install]\nindex-url = http://i/\n", USER: "[global]\nindex-url = http://u/\n"},
        {},
    ),
    "environment over all": (
        {USER: "[install]\nindex-url = http://i/\nretries = 1\n"},
        {"PIP_INDEX_URL": "http://e/", "PIP_TRUSTED_HOST": "a b:8080", "PIP_CERT": "/c.pem"},
    ),
    "lists replace, they do not add up": ({USER: "[global]\nextra-index-url = x\n"}, {"PIP_EXTRA_INDEX_URL": "y z"}),
    "chosen file takes the place of the user's": (
        {USER: "[global]\nindex-url = http://u/\n", CHOSEN: "[global]\nproxy = http://p/\n"},
        {"PIP_CONFIG_FILE": "{root}/chosen.conf"},
    ),
    "chosen file that is not there": (
        {USER: "[global]\nindex-url = http://u/\n"},
        {"PIP_CONFIG_FILE": "{root}/missing.conf"},
    ),
    "no files at all": ({USER: "[global]\nindex-url = http://u/\n"}, {"PIP_CONFIG_FILE": os.devnull}),
    "empty value unsets within a section": (
        {GLOBAL: "[global]\nindex-url = http://g/\n", USER: "[global]\nindex-url =\n"},
        {},
    ),
    "empty variable does not": ({USER: "[global]\nindex-url = http://u/\n"}, {"PIP_INDEX_URL": ""}),
    "underscores and dashes": ({USER: "[global]\nindex_url = http://u/\n--no-index = yes\n"}, {}),
    "no-index switched off again": ({USER: "[global]\nno-index = on\n"}, {"PIP_NO_INDEX": "0"}),
    "timeout under both names": ({USER: "[global]\ntimeout = 5\n"}, {"PIP_DEFAULT_TIMEOUT": "7"}),
    "other sections and settings": (
        {USER: "[list]\nindex-url = http://x/\n[global]\nuser = yes\ntarget = /t\nclient-cert = /k.pem\n"},
        {"PIP_USER": "1", "PIP_REQUIRE_VIRTUALENV": "1", "PIP_CACHE_DIR": "/c", "PIP_NO_DEPS": "1"},
    ),
}


def _environment(root: Path, files: dict[str, str], variables: dict[str, str]) -> dict[str, str]:
    (root / "home").mkdir()
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = {"HOME": f"{root}/home", "XDG_CONFIG_DIRS": f"{root}/xdg", "PATH": os.environ["PATH"]}
    return {**found, **{key: value.format(root=root) for key, value in variables.items()}}


def _ask_pip(environ: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-I", "-c", ASK_PIP], env=environ, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def defaults() -> dict[str, Any]:
    """What pip takes where nothing is configured."""
    return _ask_pip({"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull})


@pytest.mark.parametrize("name", CASES)
def test_same_as_pip(name: str, tmp_path: Path, defaults: dict[str, Any]) -> None:
    environ = _environment(tmp_path, *CASES[name])
    ours = reader.read(environ, sys.prefix)
    for key, theirs in _ask_pip(environ).items():
        value: Any = getattr(ours, key)
        value = list(value) if isinstance(value, tuple) else value
        if key in ("timeout", "retries"):
            value = float(value) if value else value
        # An empty value of ours leaves pip its default.
        assert (value or defaults[key]) == theirs, key


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    environ = _environment(tmp_path, {USER: "index-url = http://no.section/\n"}, {})
    with pytest.raises(ModelEnvError) as caught:
        reader.read(environ)
    assert caught.value.kind == "invalid"
    assert str(tmp_path / USER) in caught.value.message


def test_folders_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    links = f"{tmp_path} {tmp_path}/missing ~/wheels http://h/links"
    environ = _environment(tmp_path, {}, {"PIP_FIND_LINKS": links})
    assert reader.read(environ).find_links == (str(tmp_path), "http://h/links")
