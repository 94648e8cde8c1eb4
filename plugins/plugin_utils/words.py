# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and numbers in a sentence, as the controller says them."""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence

_OPTION = re.compile(r"the option `(\w+)`")
# A template that is one variable, e.g. {{ preflight_root }} or {{ model_env_root | default('/opt/model_env') }}.
_VARIABLE = re.compile(r"\{\{\s*([a-z_]\w*)\s*(?:\|\s*default\([^{}]*\)\s*)?\}\}")


def some(names: Sequence[str], shown: int = 5) -> str:
    """The names, or the first few of them and how many more there are."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


def number_of(count: int, noun: str) -> str:
    """``1 host``, ``2 hosts``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def by_variables(value: Any, task: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    """A module's answer, with "the option `x`" replaced by the variable that its caller sets the option with.

    Modules know only their options; who uses a role knows only its variables.

    :param task: the module's arguments as the task has them, before templates were evaluated.
    :param variables: of the task; one that only hands on another one is replaced by that.
    """
    if isinstance(value, str):
        if "the option `" not in value:
            return value
        return _OPTION.sub(lambda match: _variable(task.get(match[1]), variables) or match[0], value)
    if isinstance(value, Mapping):
        return {key: by_variables(item, task, variables) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [by_variables(item, task, variables) for item in value]
    return value


def _variable(template: Any, variables: Mapping[str, Any]) -> str:
    """The variable that a template stands for; "" where it is none, or more than one."""
    found: list[str] = []
    while isinstance(template, str):
        match = _VARIABLE.fullmatch(template.strip())
        if match is None or match[1] in found:
            break
        found.append(match[1])
        template = variables.get(match[1])
    return found[-1] if found else ""
