# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files against the checksums of RECORD, in an environment that a real pip made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers import records
from ansible_collections.portable.model_env.tests.support import locales
from ansible_collections.portable.model_env.tests.support.packages import wheel
from ansible_collections.portable.model_env.tests.support.planted import Environment


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    built = Environment(tmp_path / "env")
    wheels = [wheel(tmp_path, "left-part", "1.0", size=10_000), wheel(tmp_path, "single", "1.0")]
    pip = [sys.executable, "-m", "pip", "--python", built.python, "install", "--quiet", "--no-index"]
    subprocess.run([*pip, *map(str, wheels)], check=True)
    return built


def wrong(environment: Environment) -> tuple[str, ...]:
    return records.compare(str(environment.folder)).wrong


def test_what_was_just_installed_is_right(environment: Environment) -> None:
    compared = records.compare(str(environment.folder))
    assert compared.wrong == ()
    assert compared.files >= 8 and compared.size > 10_000


def test_a_byte_that_was_flipped_in_place_is_found(environment: Environment) -> None:
    file = environment.site / "single.py"
    before = file.stat()
    file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert wrong(environment) == ("single: single.py was changed",)


def test_what_is_gone_and_what_has_no_record(environment: Environment) -> None:
    (environment.site / "left_part.py").unlink()
    (environment.site / "single-1.0.dist-info" / "RECORD").unlink()
    gone, unread = wrong(environment)
    assert gone == "left-part: left_part.py is gone"
    assert unread.startswith("single: its RECORD cannot be read")


def test_names_are_utf_8_whatever_the_locale_is(environment: Environment, tmp_path: Path) -> None:
    (environment.site / "模型é.py").write_bytes(b"")
    with open(environment.site / "single-1.0.dist-info" / "RECORD", "a", encoding="utf-8") as record:
        record.write("模型é.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from ansible_collections.portable.model_env.plugins.module_utils.installers import records\n"
        "print(ascii(records.compare(sys.argv[2]).wrong))"
    )
    collections = Path(__file__).resolve().parents[5] / ".collections"
    (tmp_path / "locale").mkdir()
    for expected in ("()", "('single: \\u6a21\\u578b\\xe9.py is gone',)"):
        said = subprocess.check_output(
            [sys.executable, "-c", program, str(collections), str(environment.folder)],
            env=locales.latin_1(tmp_path / "locale"),
            text=True,
        )
        assert said.strip() == expected
        (environment.site / "模型é.py").unlink(missing_ok=True)
