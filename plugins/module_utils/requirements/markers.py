# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment markers (PEP 508) of a package's metadata, for a node that need not have ``packaging``."""

from __future__ import annotations

import ast
import re
from typing import Any, Mapping

_VERSIONS = ("python_version", "python_full_version")


def holds(marker: str, environment: Mapping[str, str], extras: tuple[str, ...] = ()) -> bool | None:
    """Whether a requirement with this marker applies.

    :param marker: the text behind the semicolon; "" always applies.
    :param environment: the variables of PEP 508 by name, without ``extra``.
    :param extras: extras that were asked for.
    :returns: None where the marker uses what is not understood here (``~=``, an unknown variable).
    """
    if not marker:
        return True
    try:
        tree = ast.parse(marker.strip(), mode="eval").body
        return any(_value(tree, {**environment, "extra": extra}) for extra in extras or ("",))
    except (SyntaxError, KeyError, TypeError, ValueError):
        return None


def _value(node: ast.expr, environment: Mapping[str, str]) -> bool:
    if isinstance(node, ast.BoolOp):
        values = [_value(part, environment) for part in node.values]
        return all(values) if isinstance(node.op, ast.And) else any(values)
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        raise ValueError("no comparison")
    left, right = (_operand(part, environment) for part in (node.left, node.comparators[0]))
    versions = any(isinstance(part, ast.Name) and part.id in _VERSIONS for part in (node.left, node.comparators[0]))
    operator = type(node.ops[0])
    if operator in (ast.In, ast.NotIn):
        return (left in right) is (operator is ast.In)
    one, other = (_version(left), _version(right)) if versions else (left, right)
    return bool(_COMPARE[operator](one, other))


def _operand(node: ast.expr, environment: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return environment[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError("neither a variable nor a text")


def _version(text: str) -> tuple[int, ...]:
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


_COMPARE: dict[type[ast.cmpop], Any] = {
    ast.Eq: lambda one, other: one == other,
    ast.NotEq: lambda one, other: one != other,
    ast.Lt: lambda one, other: one < other,
    ast.LtE: lambda one, other: one <= other,
    ast.Gt: lambda one, other: one > other,
    ast.GtE: lambda one, other: one >= other,
}
