# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendored library is what its authors published, and the README names its version."""

from __future__ import annotations

import base64
import csv
import hashlib
from pathlib import Path

from ansible_collections.portable.model_env.plugins.module_utils._vendor import packaging

FOLDER = Path(str(packaging.__file__)).parent
README = FOLDER.parent / "README.md"


def test_every_file_is_the_published_one() -> None:
    with (FOLDER / "RECORD").open(encoding="utf-8", newline="") as lines:
        published = {path: digest for path, digest, _size in csv.reader(lines)}
    copied = [path for path in FOLDER.iterdir() if path.is_file() and path.name != "RECORD"]
    for path in copied:
        folder = "packaging" if path.suffix == ".py" else f"packaging-{packaging.__version__}.dist-info/licenses"
        found = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
        assert published[f"{folder}/{path.name}"] == f"sha256={found}", path.name
    assert {path.suffix for path in copied} > {".py"}, "its licence files are missing"


def test_the_readme_names_its_version() -> None:
    assert f"| {packaging.__version__} |" in README.read_text(encoding="utf-8")
