# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make test` runs, with parts that do nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(("bad", "told"), [("", "none"), ("unit", "unit"), ("molecule", "molecule")])
def test_all_parts_are_run_and_the_end_says_which_failed(tmp_path: Path, bad: str, told: str) -> None:
    make = tmp_path / "make"
    make.write_text(f'#!/bin/sh\necho "$2" >>{tmp_path}/ran\necho "made $2"\n[ "$2" != "{bad}" ]\n')
    make.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([PROJECT / "scripts" / "test"], env=environment, capture_output=True, text=True, check=False)
    parts = ["lint", "unit", "e2e", "sanity", "molecule"]
    assert done.returncode == int(bool(bad)), done.stdout
    assert sorted((tmp_path / "ran").read_text().split()) == sorted(["needs", *parts])
    lines = done.stdout.splitlines()
    assert lines[-1] == f"Parts that failed: {told}"
    assert [line.split()[:2] for line in lines[-7:-2]] == [[p, "FAILED" if p == bad else "passed"] for p in parts]
    assert lines.index("made molecule") > lines.index("made sanity")
