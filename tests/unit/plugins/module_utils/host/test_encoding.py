# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of files in processes of other locales."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.tests.support import locales

COLLECTIONS = Path(__file__).resolve().parents[5] / ".collections"
PROGRAM = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.portable.model_env.plugins.module_utils.host.below import open_folder
from ansible_collections.portable.model_env.plugins.module_utils.host.encoding import on_disk
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
folder = json.loads(sys.stdin.read())
with open_folder(on_disk(folder), Owners(), make=True) as root:
    for name in root.names():
        root.remove(name)
    with root.folder(["模型", "café"], make=True) as below:
        below.put("é.txt", "text")
        (text,) = below.own_pieces("é.txt")
        print(json.dumps([sys.getfilesystemencoding(), root.names(), below.names(), text]))
"""


@pytest.mark.parametrize("locale", ["C.UTF-8", "C", "ISO-8859-1"])
def test_names_are_utf_8_whatever_the_locale_is(locale: str, tmp_path: Path) -> None:
    root = tmp_path / "gewünscht"
    root.mkdir()
    (Path(os.fsdecode(os.fsencode(root) + b"/\xff\xe9"))).touch()  # in no encoding at all
    variables = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    if locale == "ISO-8859-1":
        (tmp_path / "locale").mkdir()
        variables = locales.latin_1(tmp_path / "locale")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(program), str(COLLECTIONS)],
        input=json.dumps(str(root)),
        env={**variables, "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    encoding, *said = json.loads(done.stdout)
    assert encoding == {"C.UTF-8": "utf-8", "C": "ascii", "ISO-8859-1": "iso8859-1"}[locale]
    assert said == [["模型"], ["é.txt"], "text"]
    assert [path for path, _folders, files in os.walk(os.fsencode(root)) if files] == [f"{root}/模型/café".encode()]
