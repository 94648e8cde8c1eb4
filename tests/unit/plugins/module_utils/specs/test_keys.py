# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read off the keys of a block, with a block that is made for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Optional

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.specs import keys


@dataclass(frozen=True)
class Part:
    """A block in the block below."""

    name: str = field(metadata=keys.required("a"))
    mirror: str = keys.text("https://host", counts=False)


@dataclass(frozen=True)
class Whole:
    """One key of each sort."""

    name: str = field(metadata=keys.required("a", written=False, counts=False))
    policy: str = keys.text("auto", "auto")
    names: tuple[str, ...] = keys.texts("[a]", ordered=False)
    lines: tuple[str, ...] = keys.texts("[a]")
    part: Optional[Part] = keys.block(Part, "{name: a}")  # noqa: RUF009
    parts: tuple[Part, ...] = keys.blocks(Part, "[{name: a}]")
    hashes: Mapping[str, tuple[str, ...]] = keys.lists_map("{a: [b]}")
    later: bool = keys.flag("true", added=True)


PART = Part("p", "https://one")
WHOLE = Whole("w", names=("b", "a"), lines=("b", "a"), part=PART, parts=(PART,), hashes={"a": ("b",)}, later=True)


def test_a_block_is_written_with_every_key_and_plain_types() -> None:
    part = {"name": "p", "mirror": "https://one"}
    assert keys.write(WHOLE) == {
        "name": "w", "policy": "auto", "names": ["b", "a"], "lines": ["b", "a"], "part": part, "parts": [part],
        "hashes": {"a": ["b"]}, "later": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (replace(WHOLE, name="other"), True),
        (replace(WHOLE, names=("a", "b")), True),
        (replace(WHOLE, part=replace(PART, mirror="https://two")), True),
        (replace(WHOLE, parts=(replace(PART, mirror=""),)), True),
        (replace(WHOLE, policy="never"), False),
        (replace(WHOLE, names=("a",)), False),
        (replace(WHOLE, lines=("a", "b")), False),
        (replace(WHOLE, part=None), False),
        (replace(WHOLE, parts=(replace(PART, name="q"),)), False),
        (replace(WHOLE, hashes={"a": ("c",)}), False),
        (replace(WHOLE, later=False), False),
    ],
)
def test_the_identity_is_what_counts(changed: Whole, same: bool) -> None:
    assert (keys.identity(changed) == keys.identity(WHOLE)) is same


def test_a_key_that_was_added_is_not_there_while_it_is_empty() -> None:
    assert "later" not in keys.identity(Whole("w"))
    assert keys.identity(Whole("w"))["part"] is None


def test_users_write_what_is_not_computed() -> None:
    assert [name for name in keys.keys_of(Whole) if name not in keys.written_keys(Whole)] == ["name"]
    assert (keys.keys_of(Whole)["policy"].value, keys.keys_of(Part)["name"].required) == ("auto", True)


def test_empty_blocks_are_not_shared() -> None:
    assert Whole("a").hashes == {} and Whole("a").hashes is not Whole("b").hashes
