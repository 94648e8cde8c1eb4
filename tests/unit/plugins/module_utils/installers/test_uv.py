# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is uv's own; what all installers do is in test_changes.py and test_failures.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Change, InstallOptions, Tools
from ansible_collections.portable.model_env.plugins.module_utils.installers.session import Context
from ansible_collections.portable.model_env.plugins.module_utils.installers.uv import UvInstaller
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings

C1, H1 = "1" * 40, "a" * 64


class Says:
    """A uv that says something and does nothing."""

    def __init__(self, stderr: str) -> None:
        self.stderr = stderr
        self.argv: list[str] = []

    def run(self, argv: list[str], **_more: Any) -> CommandResult:
        """Note the command."""
        self.argv = list(argv)
        return CommandResult(tuple(argv), 0, "", self.stderr, 0.0)


def put(prefix: Path, name: str, version: str, origin: dict[str, Any] | None = None) -> Path:
    folder = prefix / "lib" / "python3.11" / "site-packages" / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    if origin is not None:
        (folder / "direct_url.json").write_text(json.dumps(origin))
        (folder / "RECORD").write_text(
            f"{folder.name}/direct_url.json,sha256=old,9\n{folder.name}/METADATA,sha256=m,1\n"
        )
    return folder


def installer(runner: Says, store: str = "") -> UvInstaller:
    return UvInstaller(Context(runner, Tools("", {"uv": ("/t/uv",)}), {}, SourceSettings()), store)  # type: ignore[arg-type]


@pytest.mark.parametrize(("store", "cache"), [("", ["--no-cache"]), ("/s", ["--cache-dir", "/s"])])
def test_a_dry_run_tells_the_changes(tmp_path: Path, store: str, cache: list[str]) -> None:
    put(tmp_path, "alpha", "1.0")
    put(tmp_path, "gone", "1.0")
    runner = Says(
        "Would uninstall 2 packages\n - alpha==1.0\n - gone==1.0 (from file:///x)\n + Alpha==2.0\n"
        f" + x @ git+https://h/x@{C1}\n ~ same==1.0\n + tree @ file:///src/tree\n"
    )
    python = str(tmp_path / "bin" / "python")
    found = installer(runner, store).preview(python, ["alpha==2.0"], InstallOptions(), tmpdir=str(tmp_path), log="")
    assert found == [
        Change("alpha", "1.0", "2.0"),
        Change("gone", "1.0", None),
        Change("tree", None, "-e /src/tree", "editable"),
        Change("x", None, f"git+https://h/x@{C1}", "vcs"),
    ]
    assert runner.argv[0] == "/t/uv"
    assert "--dry-run" in runner.argv
    assert runner.argv[-len(cache) :] == cache


def test_the_hash_that_it_checked_is_recorded(tmp_path: Path) -> None:
    url = "https://h/x-1.0-py3-none-any.whl"
    folder = put(tmp_path, "x", "1.0", {"url": url, "archive_info": {}})
    python = str(tmp_path / "bin" / "python")
    asked = [f"x @ {url}#sha256={H1}"]
    installer(Says("")).install(python, asked, InstallOptions(), tmpdir=str(tmp_path), log="")
    assert json.loads((folder / "direct_url.json").read_text())["archive_info"]["hashes"] == {"sha256": H1}
    record = (folder / "RECORD").read_text().splitlines()
    assert record == ["x-1.0.dist-info/direct_url.json,,", "x-1.0.dist-info/METADATA,sha256=m,1"]
