# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a probe, from a folder and from a zip."""

from __future__ import annotations

import importlib
import sys
import types
import zipfile
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.probes import environment
from ansible_collections.portable.model_env.plugins.module_utils.probes.text import source_of


def test_the_text_is_that_of_the_file() -> None:
    assert source_of(environment) == Path(environment.__file__).read_text(encoding="utf-8")


def test_the_text_comes_out_of_a_zip_as_ansible_sends_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "sent.zip", "w") as archive:
        archive.writestr("a_probe_in_a_zip.py", "ANSWER = 'é'\n")
    monkeypatch.syspath_prepend(str(tmp_path / "sent.zip"))
    try:
        module = importlib.import_module("a_probe_in_a_zip")
        assert source_of(module) == "ANSWER = 'é'\n"
    finally:
        sys.modules.pop("a_probe_in_a_zip", None)


def test_a_module_without_a_text_is_refused() -> None:
    class Loader:
        def get_source(self, _name: str) -> None:
            return None

    module = types.ModuleType("compiled_only")
    module.__loader__ = Loader()  # type: ignore[assignment]
    with pytest.raises(RuntimeError, match="the source of compiled_only cannot be had"):
        source_of(module)
