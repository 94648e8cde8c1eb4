# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers say: honest examples with parts of them replaced, repeated, left out or broken off."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

# What broke parsers before, here or elsewhere.
NUMBERS: tuple[Any, ...] = (-1, 0, 1, 1 << 63, 10**400, 1e308, float("inf"), float("nan"), True, "²", "1" * 5000)
TEXTS = (
    "",
    "..",
    "/etc/passwd",
    "a/../b",
    "a\\b",
    "\ud800",
    "\x00",
    "\x1b[2J",
    "\u202e",
    "é",
    "x" * 5000,
    "%2F",
    "[",
    "{",
)
ANYTHING = st.one_of(
    st.sampled_from((*NUMBERS, *TEXTS, None)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=6,
    ),
)


@st.composite
def changed(draw: st.DrawFn, *honest: Any) -> Any:
    """One of the honest values, with up to three of its parts replaced or left out."""
    value = copy.deepcopy(draw(st.sampled_from(honest)))
    for _change in range(draw(st.integers(0, 3))):
        places = list(_places(value, ()))
        if not places:
            return draw(ANYTHING)
        place = draw(st.sampled_from(places))
        block = value
        for key in place[:-1]:
            block = block[key]
        if draw(st.integers(0, 4)) == 0:
            del block[place[-1]]
        else:
            block[place[-1]] = draw(ANYTHING)
    return value


def as_json(values: SearchStrategy[Any]) -> SearchStrategy[str]:
    """Values as JSON, now and then broken off, nested without end, or none at all."""
    return st.one_of(
        values.map(json.dumps),
        values.map(json.dumps).flatmap(lambda text: st.integers(0, len(text)).map(lambda end: text[:end])),
        st.sampled_from(("[" * 20_000, '{"a":' * 20_000, "", "null", "1" * 5000, "NaN", '"\\ud800"')),
    )


def text_of(*fragments: str) -> SearchStrategy[str]:
    """Texts of these fragments in any order, with strangers' text between, some of them repeated many times."""
    piece = st.sampled_from((*fragments, *TEXTS, " ", "\n", "\t"))
    many = st.tuples(piece.filter(lambda one: len(one) < 100), st.sampled_from((2, 50, 500))).map(lambda p: p[0] * p[1])
    return st.lists(st.one_of(piece, piece, piece, many, st.text(max_size=5)), max_size=12).map("".join)


def broken(honest: bytes) -> SearchStrategy[bytes]:
    """The bytes with some of them replaced, or broken off."""

    def replaced(changes: list[tuple[int, int, int]]) -> bytes:
        content = bytearray(honest)
        for place, value, length in changes:
            content[place : place + length] = bytes([value]) * length
        return bytes(content)

    change = st.tuples(st.integers(0, len(honest) - 1), st.sampled_from((0, 1, 127, 128, 255)), st.integers(1, 8))
    return st.one_of(
        st.lists(change, max_size=6).map(replaced),
        st.integers(0, len(honest)).map(lambda end: honest[:end]),
        st.binary(max_size=80),
    )


def _places(value: Any, place: tuple[Any, ...]) -> Any:
    if place:
        yield place
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from _places(inner, (*place, key))
