# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of names and types at every level of a spec, which comes before any check of meaning."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.names import has_control, shown
from ansible_collections.portable.model_env.plugins.module_utils.specs import model
from ansible_collections.portable.model_env.plugins.module_utils.specs.keys import (
    BLOCK,
    BLOCKS,
    FLAG,
    ITEMS,
    LISTS_MAP,
    TEXT,
    TEXT_MAP,
    Key,
    written_keys,
)
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import (
    Offences,
    did_you_mean,
    yaml_value,
)

# The policy for pins says how a spec is checked, and is no part of what it asks for.
SPEC: dict[str, Key] = {**written_keys(model.Spec), "pins": Key(TEXT, "exact", "exact")}
TORCH = written_keys(model.Torch)
GIT_PACKAGE = written_keys(model.GitPackage)
TORCH_EXTENSION = written_keys(model.Extension)
GIT_SOURCE = {key: TORCH_EXTENSION[key] for key in ("url", "commit", "tag")}
WHEEL = written_keys(model.NamedWheel)
CHECKOUT = written_keys(model.Checkout)
WEIGHTS = written_keys(model.Weights)


def read_block(
    report: Offences, where: str, raw: Any, fields: Mapping[str, Key], example: str
) -> dict[str, Any] | None:
    """Check names and types of one block.

    :param where: path of the block, "" for the spec itself.
    :param example: a right block on one line of YAML.
    :returns: every known key with what is right of its value, its default where nothing is; None: not a block. A list
        comes as pairs of path and item, so that those who judge the items name the place where they were written.
    """
    if not isinstance(raw, Mapping):
        report.add(where, f"{_type_name(raw)} where a block of keys belongs", _line(where, example))
        return None
    result: dict[str, Any] = {}
    meant: set[str] = set()
    for key, value in raw.items():
        path = _join(where, key)
        if key not in fields:
            meant.add(_unknown(report, path, key, value, fields))
        elif value is not None:
            result[key] = _read(report, path, str(key), value, fields[key])
    for key, field in fields.items():
        # A key that is there with a wrong value or under a wrong name was reported as that.
        if field.required and key not in meant and raw.get(key) in (None, ""):
            report.add(_join(where, key), f"`{key}` is missing", _line(key, field.example))
        result.setdefault(key, _empty(field))
    return result


def plain(block: Mapping[str, Any], fields: Mapping[str, Key]) -> dict[str, Any]:
    """A block that :func:`read_block` returned, without the paths: what needs no check of its meaning is normal."""
    lists = {name for name, field in fields.items() if isinstance(_empty(field), list)}
    return {name: tuple(item for _path, item in block[name]) if name in lists else block[name] for name in fields}


def _empty(field: Key) -> Any:
    """The value of a key that is not there."""
    return {TEXT: field.value, FLAG: field.value, BLOCK: None, TEXT_MAP: {}, LISTS_MAP: {}}.get(field.kind, [])


def _unknown(report: Offences, path: str, key: Any, value: Any, fields: Mapping[str, Key]) -> str:
    """Report a key that does not exist; returns the one that was probably meant."""
    guess = did_you_mean(str(key), [known for known in fields if known != key])
    if guess:
        report.add(path, f"unknown key `{key}`; did you mean `{guess}`?", _line(guess, yaml_value(value)))
    else:
        report.add(path, f"unknown key `{key}`", f"remove it; known keys: {', '.join(fields)}")
    return guess


def _read(report: Offences, path: str, key: str, value: Any, field: Key) -> Any:
    """What is right of a value; the rest is reported."""
    if field.kind == TEXT:
        return value or _empty(field) if _is_text(report, path, key, value) else _empty(field)
    if field.kind == FLAG:
        if isinstance(value, bool):
            return value
        report.add(path, f"{_type_name(value)} where true or false belongs", _line(key, field.example))
    elif field.kind in (BLOCK, TEXT_MAP, LISTS_MAP):
        if field.kind == BLOCK:
            return value  # whoever knows its keys looks into it
        if isinstance(value, Mapping):
            return {
                name: member
                for name, member in value.items()
                if _member_fits(report, _join(path, name), name, member, field)
            }
        report.add(path, f"{_type_name(value)} where a block of keys belongs", _line(key, field.example))
    elif isinstance(value, list):
        pairs = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
        return [(place, item) for place, item in pairs if _item_fits(report, place, key, item, field)]
    else:
        fix = yaml_value([value]) if isinstance(value, str) else field.example
        report.add(path, f"{_type_name(value)} where a list belongs", _line(key, fix))
    return _empty(field)


def _is_text(report: Offences, path: str, key: str, value: Any) -> bool:
    if isinstance(value, str):
        return _is_line(report, path, key, value)
    quoted = yaml_value(str(value).lower() if isinstance(value, bool) else str(value))
    if isinstance(value, float) and key == "python":
        # 3.10 without quotes has already become 3.1.
        quoted = '"3.10"' if value == 3.1 else quoted
    if isinstance(value, (list, Mapping)):
        quoted = '"..."'
    report.add(path, f"{_type_name(value)} where a text belongs (write it in quotes)", _line(key, quoted))
    return False


def _is_line(report: Offences, path: str, key: str, value: str, *, listed: bool = False) -> bool:
    """Whether a text is one line without control characters.

    Every text of a spec comes through here, because each may become a line of a requirements file, an argument, a path,
    or a word on a terminal.
    """
    if key == "description":  # for people only; a block of YAML ends with a newline
        value = " ".join(value.split())
    if not has_control(value):
        return True
    plain = " ".join("".join(" " if has_control(one) else one for one in value).split())
    problem = "has more than one line" if "\n" in value.strip() else "has control characters in it"
    report.add(path, f"the text {shown(value)} {problem}", _line(key, yaml_value([plain] if listed else plain)))
    return False


def _member_fits(report: Offences, path: str, name: Any, member: Any, field: Key) -> bool:
    """Whether one member of a block of texts or lists has its type."""
    if not isinstance(name, str):
        report.add(path, f"the key `{name}` is no text (write it in quotes)", _line(yaml_value(str(name)), "..."))
        return False
    if not _is_line(report, path, yaml_value(name), name):
        return False
    if field.kind == TEXT_MAP:
        return _is_text(report, path, name, member)
    if isinstance(member, list) and all(isinstance(item, str) for item in member):
        lines = [_is_line(report, f"{path}[{index}]", name, item, listed=True) for index, item in enumerate(member)]
        return all(lines)
    fix = yaml_value([member]) if isinstance(member, str) else '["..."]'
    report.add(path, f"{_type_name(member)} where a list of texts belongs", _line(name, fix))
    return False


def _item_fits(report: Offences, path: str, key: str, item: Any, field: Key) -> bool:
    """Whether one item of a list has its type; blocks of BLOCKS are looked into by who knows their keys."""
    if field.kind == BLOCKS:
        return True
    if field.kind == ITEMS and isinstance(item, Mapping):
        fitting = [_is_text(report, _join(path, name), str(name), member) for name, member in item.items()]
        return all(fitting)
    if isinstance(item, str):
        return _is_line(report, path, key, item, listed=True)
    fix = '["..."]' if isinstance(item, (list, Mapping)) else yaml_value([str(item)])
    report.add(path, f"{_type_name(item)} where a text belongs (write it in quotes)", _line(key, fix))
    return False


def _join(where: str, key: Any) -> str:
    return f"{where}.{key}" if where else str(key)


def _line(key: str, value: str) -> str:
    """``key: value``, for the last part of a path; a list's item stands for itself."""
    key = key.rpartition(".")[2]
    return f"- {value}" if key.endswith("]") else f"{key}: {value}" if key else value


def _type_name(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {yaml_value(value)}"
    return "a list" if isinstance(value, (list, tuple)) else "a block" if isinstance(value, Mapping) else f"{value!r}"
