# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of blocks that are frozen dataclasses: what each says of itself, and what is read off that. Pure.

A field's value is made by the function for its kind (:func:`text`, :func:`texts`, ...), whose type the type checker
compares with the field's annotation.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Optional, TypeVar, Union, cast

TEXT = "text"
FLAG = "flag"
TEXTS = "list of texts"
BLOCK = "block"
BLOCKS = "list of blocks"
TEXT_MAP = "block of texts"
LISTS_MAP = "block of lists of texts"
ITEMS = "list of texts or blocks of texts"

T = TypeVar("T")
Item = Union[str, Mapping[str, str]]
_KEY = "key"


@dataclass(frozen=True)
class Key:
    """What is known of one key.

    :ivar kind: what its value is; one of the constants above.
    :ivar example: a right value on one line of YAML, for mending lines.
    :ivar value: what stands where nothing is written.
    :ivar required: whether it must be there, and not empty.
    :ivar written: whether users write it; False: it is computed from other keys.
    :ivar counts: whether it changes what is built; False: it is no part of the digest.
    :ivar ordered: whether the order of its texts means anything.
    :ivar added: it came after the first digests were made, so an empty one does not count.
    :ivar of: the class of a block.
    """

    kind: str
    example: str = ""
    value: Any = None
    required: bool = False
    written: bool = True
    counts: bool = True
    ordered: bool = True
    added: bool = False
    of: Any = None


def required(example: str, **more: Any) -> dict[str, Key]:
    """The metadata of a text without which there is no block."""
    return {_KEY: Key(TEXT, example, "", required=True, **more)}


def text(example: str = "", value: str = "", **more: Any) -> str:
    """A text. The further arguments are those of :class:`Key`, here and below."""
    return cast("str", _field(Key(TEXT, example, value, **more)))


def flag(example: str, value: bool = False, **more: Any) -> bool:
    """True or false."""
    return cast("bool", _field(Key(FLAG, example, value, **more)))


def texts(example: str = "", **more: Any) -> tuple[str, ...]:
    """A list of texts."""
    return cast("tuple[str, ...]", _field(Key(TEXTS, example, (), **more)))


def items(example: str, **more: Any) -> tuple[Item, ...]:
    """A list of texts, or of blocks of texts."""
    return cast("tuple[Item, ...]", _field(Key(ITEMS, example, (), **more)))


def block(of: type[T], example: str, **more: Any) -> Optional[T]:
    """A block that may be missing."""
    return cast("Optional[T]", _field(Key(BLOCK, example, None, of=of, **more)))


def blocks(of: type[T], example: str, **more: Any) -> tuple[T, ...]:
    """A list of blocks."""
    return cast("tuple[T, ...]", _field(Key(BLOCKS, example, (), of=of, **more)))


def text_map(example: str, **more: Any) -> Mapping[str, str]:
    """A block of texts whose names are free."""
    return cast("Mapping[str, str]", _field(Key(TEXT_MAP, example, {}, **more)))


def lists_map(example: str, **more: Any) -> Mapping[str, tuple[str, ...]]:
    """A block of lists of texts whose names are free."""
    return cast("Mapping[str, tuple[str, ...]]", _field(Key(LISTS_MAP, example, {}, **more)))


def _field(key: Key) -> Any:
    # Called where the fields of a dataclass are written, which pylint cannot see.
    return field(  # pylint: disable=invalid-field-call
        default_factory=lambda: copy(key.value), metadata={_KEY: key}
    )


def keys_of(of: Any) -> dict[str, Key]:
    """The keys of a block by name, in their order.

    :param of: its class.
    """
    return {one.name: one.metadata[_KEY] for one in fields(of)}


def written_keys(of: Any) -> dict[str, Key]:
    """Those of them that users write."""
    return {name: key for name, key in keys_of(of).items() if key.written}


def write(of: Any) -> dict[str, Any]:
    """The block as JSON has it, with every key."""
    return {name: _written(getattr(of, name)) for name in keys_of(of)}


def identity(of: Any) -> dict[str, Any]:
    """The part of a block that determines what is built, in one form: what does not matter is not in it."""
    result: dict[str, Any] = {}
    for name, key in keys_of(of).items():
        value = getattr(of, name)
        if not key.counts or (key.added and not value):
            continue
        if key.kind == BLOCK and value is not None:
            result[name] = identity(value)
        elif key.kind == BLOCKS:
            result[name] = [identity(one) for one in value]
        else:
            result[name] = _written(value) if key.ordered else sorted(value)
    return result


def _written(value: Any) -> Any:
    if is_dataclass(value):
        return write(value)
    if isinstance(value, (list, tuple)):
        return [_written(one) for one in value]
    if isinstance(value, Mapping):
        return {name: _written(one) for name, one in value.items()}
    return value
