# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one gate for data of strangers: JSON from nodes, servers and folders of others becomes frozen dataclasses here.

A dataclass is the schema: its annotations say the types, and the types of ``names.py`` say more than ``str``. Nothing
is converted, nothing is guessed, and what the schema does not name is refused, so that a stranger's word reaches code
only in a form that somebody has thought of. Annotations may be ``str``, ``int``, ``float``, ``bool``, ``Any`` (plain
JSON of limited depth, for what is only shown), ``Optional[X]`` (not ``X | None``, which Python 3.9 cannot evaluate),
``Literal``, ``tuple[X, ...]``, ``Mapping[str, X]``, a dataclass, or a class with the method ``parse(text)``, which
raises ValueError.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import json
import math
import types
import typing
from typing import Any, Mapping, TypeVar, Union

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError

# More than any answer, receipt or manifest of ours has; a stranger's may be made to exhaust memory or the stack.
MOST_ENTRIES = 200_000
LONGEST_TEXT = 1 << 20
DEEPEST = 32

T = TypeVar("T")
_UNIONS = (Union, getattr(types, "UnionType", Union))
_BLOCKS = (dict, collections.abc.Mapping)


class Refused(ValueError):
    """What is wrong with the data, and at which place of it (``wheels[2].key.libc``)."""

    def __init__(self, place: str, problem: str) -> None:
        self.place, self.problem = place, problem
        super().__init__(f"{place or 'it'} {problem}")


def read_json(text: str) -> Any:
    """JSON as plain data, which is still a stranger's.

    :raises Refused: it is no JSON, or nested too deeply to be read.
    """
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # a number of too many digits is a ValueError as well
        raise Refused("", "is no JSON") from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def read(schema: type[T], data: Any, *, extra: bool = False) -> T:
    """``data`` as an instance of a dataclass.

    :param extra: keys that the schema does not name are left out instead of refused: for answers that carry what
        Ansible adds, and for files that a newer version wrote.
    :raises Refused: it is not of that shape.
    """
    found: T = _dataclass(schema, data, "", extra)
    return found


def read_keys(schema: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """The values of those keys that are there, as :func:`read` reads them; one that is missing is no offence.

    :raises Refused: one is not of its shape, or not known.
    """
    fields = _fields(schema)
    for name in data:
        if name not in fields:
            raise Refused(_below("", name), "is a key that is not known")
    return {name: _value(fields[name][0], value, _below("", name), False) for name, value in data.items()}


def keys_of(schema: Any) -> tuple[str, ...]:
    """All keys of a schema."""
    return tuple(_fields(schema))


def required(schema: Any) -> tuple[str, ...]:
    """The keys that must be there."""
    return tuple(name for name, (_annotation, needed) in _fields(schema).items() if needed)


def read_or_explain(schema: type[T], data: Any, *, what: str, where: str, todo: str = "", extra: bool = False) -> T:
    """As :func:`read`, with an error that is made for the operator.

    :param what: what cannot be believed, e.g. "the answer of the module plan cannot be read".
    :param where: whose word it is: a host, a file, a URL.
    :raises ModelEnvError: (``invalid``) it is not of that shape.
    """
    try:
        return read(schema, data, extra=extra)
    except Refused as refused:
        raise ModelEnvError(what, where=where, why=str(refused), todo=todo, kind="invalid") from refused


def _dataclass(schema: Any, data: Any, place: str, extra: bool) -> Any:
    if not isinstance(data, Mapping):
        raise Refused(place, f"is {_kind(data)}, not a block of keys")
    fields = _fields(schema)
    values = {}
    for key in data:
        if key not in fields and not extra:
            raise Refused(_below(place, key), "is a key that is not known")
    for name, (annotation, required) in fields.items():
        if name in data:
            values[name] = _value(annotation, data[name], _below(place, name), extra)
        elif required:
            raise Refused(_below(place, name), "is missing")
    try:
        return schema(**values)
    except ValueError as error:  # what __post_init__ says of fields that do not go together
        raise Refused(place, str(error)) from error


@functools.cache
def _fields(schema: Any) -> dict[str, tuple[Any, bool]]:
    """Annotation and whether it must be there, by name."""
    hints = typing.get_type_hints(schema)
    missing = dataclasses.MISSING
    return {
        field.name: (hints[field.name], field.default is missing and field.default_factory is missing)
        for field in dataclasses.fields(schema)
        if field.init
    }


def _value(annotation: Any, data: Any, place: str, extra: bool) -> Any:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is Any:
        _limit(data, place, DEEPEST)
        return data
    if origin in _UNIONS:
        return _choice(inner, data, place, extra)
    if origin is typing.Literal:
        # By type as well: True is no 1.
        if not any(_is(data, type(one)) and data == one for one in inner):
            raise Refused(place, f"is {_shown(data)}, not one of {', '.join(map(str, inner))}")
        return data
    if origin is tuple:
        if not isinstance(data, (list, tuple)):
            raise Refused(place, f"is {_kind(data)}, not a list")
        _few(data, place)
        return tuple(_value(inner[0], one, f"{place}[{number}]", extra) for number, one in enumerate(data))
    if origin in _BLOCKS:
        if not isinstance(data, Mapping):
            raise Refused(place, f"is {_kind(data)}, not a block of keys")
        _few(data, place)
        return {
            _value(inner[0], key, f"the key {_shown(key)} of {place or 'it'}", extra): _value(
                inner[1], one, _below(place, key), extra
            )
            for key, one in data.items()
        }
    if dataclasses.is_dataclass(annotation):
        return _dataclass(annotation, data, place, extra)
    return _scalar(annotation, data, place)


def _choice(options: tuple[Any, ...], data: Any, place: str, extra: bool) -> Any:
    """The value as the only option that is not None, or None."""
    if data is None and type(None) in options:
        return None
    rest = [one for one in options if one is not type(None)]
    if len(rest) > 1:
        for one in rest:
            if one in _WORDS and _is(data, one):
                return _scalar(one, data, place)
            if typing.get_origin(one) in _BLOCKS and isinstance(data, Mapping):
                return _value(one, data, place, extra)
        raise Refused(place, f"is {_kind(data)}")
    return _value(rest[0], data, place, extra)


def _scalar(annotation: Any, data: Any, place: str) -> Any:
    if annotation is float and _is(data, int) and abs(data) < 1 << 53:
        data = float(data)
    if annotation in _WORDS:
        if not _is(data, annotation):
            raise Refused(place, f"is {_kind(data)}, not {_WORDS[annotation]}")
        if annotation is float and not math.isfinite(data):
            raise Refused(place, f"is {data}, not a finite number")
        if annotation is str:
            _short(data, place)
            return str(data)
        return annotation(data)
    parse = getattr(annotation, "parse", None)
    if parse is None:
        raise TypeError(f"{place}: {annotation!r} is no schema")
    if not isinstance(data, str):
        raise Refused(place, f"is {_kind(data)}, not a text")
    _short(data, place)
    try:
        return parse(str(data))
    except ValueError as error:
        raise Refused(place, str(error)) from error


def _is(data: Any, kind: Any) -> bool:
    """Whether a value is of a type, or of one of Ansible's own beneath it; true is no number."""
    return isinstance(data, kind) and (kind is bool or not isinstance(data, bool))


def _limit(data: Any, place: str, depth: int) -> None:
    """Refuse what is no plain JSON, too deep, too long or too large."""
    if depth == 0:
        raise Refused(place, "is nested too deeply")
    if isinstance(data, Mapping):
        _few(data, place)
        for key, one in data.items():
            if not isinstance(key, str):
                raise Refused(place, f"has the key {_shown(key)}, which is no text")
            _limit(one, place, depth - 1)
    elif isinstance(data, (list, tuple)):
        _few(data, place)
        for one in data:
            _limit(one, place, depth - 1)
    elif isinstance(data, str):
        _short(data, place)
    elif data is not None and not isinstance(data, (bool, int, float)):
        raise Refused(place, f"is {_kind(data)}")


def _few(data: Any, place: str) -> None:
    if len(data) > MOST_ENTRIES:
        raise Refused(place, f"has {len(data)} entries, more than the {MOST_ENTRIES} that are taken")


def _short(text: str, place: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise Refused(place, f"has {len(text)} characters, more than the {LONGEST_TEXT} that are taken")


def _below(place: str, key: Any) -> str:
    shown = key if isinstance(key, str) and key.isidentifier() else f"[{_shown(key)}]"
    return f"{place}.{shown}" if place else str(shown)


def _shown(value: Any) -> str:
    """A stranger's value in an error: short, and with nothing that a terminal obeys."""
    return ascii(value)[:60]


_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _kind(data: Any) -> str:
    if data is None:
        return "null"
    if isinstance(data, Mapping):
        return "a block of keys"
    if isinstance(data, (list, tuple)):
        return "a list"
    words = [word for kind, word in _WORDS.items() if _is(data, kind)]
    return words[0] if words else f"of the type {type(data).__name__}"
