# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node in strange hands: its Python is a program that runs modules honestly and says something else of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Words that decide how far an answer comes: a liar who keeps them is refused later, after more code has read its lies.
DECIDING = (
    *("name", "environment", "action", "state", "verdict", "outcome", "check", "source", "kind", "digest", "place"),
    *("identity", "slug", "wheel", "sha256", "key"),
)
_PROGRAM = """#!{python} -I
import json, subprocess, sys

LIES = json.load(open({orders!r}))
KEPT = ("invocation", "changed", "failed")

def lied(value, key=""):
    if isinstance(value, dict):
        return {{name: inner if name in KEPT else lied(inner, name) for name, inner in value.items()}}
    if isinstance(value, list):
        return [lied(inner, key) for inner in value]
    if LIES["honest"] or key in LIES["keep"] or (LIES["texts_only"] and not isinstance(value, str)):
        return value
    return LIES["lie"]

done = subprocess.run([{python!r}, *sys.argv[1:]], stdout=subprocess.PIPE)
try:
    answer = json.loads(done.stdout)
except ValueError:
    answer = None
if isinstance(answer, dict):
    answer = lied(answer)
    for name, forged in LIES["forged"].items():
        if name in answer:
            answer[name] = forged
    answer.update(LIES["added"])
    print(json.dumps(answer))
else:
    sys.stdout.buffer.write(done.stdout)
sys.exit(done.returncode)
"""


def make_liar(
    folder: Path,
    lie: Any = None,
    *,
    honest: bool = False,
    texts_only: bool = False,
    keep: tuple[str, ...] = (),
    forged: Mapping[str, Any] | None = None,
    added: Mapping[str, Any] | None = None,
) -> str:
    """The path of an interpreter that lies.

    :param lie: stands in every leaf of every answer.
    :param honest: but for what is forged and added.
    :param texts_only: leave what is no text.
    :param keep: keys that keep their values.
    :param forged: what stands instead in these keys, where an answer has them.
    :param added: what is added to every answer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    orders, program = folder / "lies.json", folder / "python"
    how = {"honest": honest, "texts_only": texts_only, "keep": keep, "forged": forged or {}, "added": added or {}}
    orders.write_text(json.dumps({"lie": lie, **how}))
    program.write_text(_PROGRAM.format(python=sys.executable, orders=str(orders)))
    program.chmod(0o755)
    return str(program)
