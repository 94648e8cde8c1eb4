# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contradictions between requirements, in the same words for both installers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name

_REQUIREMENT = r"[A-Za-z0-9][\w.\-]*(?:\[[^\]]*\])?(?: ?@ ?\S+| ?[<>=!~]=?=?[\w.*+!\-]+(?:, ?[<>=!~]=?=?[\w.*+!\-]+)*)?"


def lines(output: str, asked: Iterable[str] = (), constraints: Iterable[str] = ()) -> list[str]:
    """Who wants what, a line each; [] if the output tells of no contradiction.

    Of the forms ``xyz 1.0 requires torch==2.6.0``, ``you asked for torch==2.5.1``, ``a constraint says torch==2.5.1``.

    :param asked: the requirement lines of the call; they supply versions that uv leaves out.
    :param constraints: the constraint lines of the call; uv does not mark them as such.
    """
    if "ResolutionImpossible" in output or "The conflict is caused by" in output:
        return _of_pip(output)
    found = re.search(
        r"No solution found when resolving dependencies[^\n]*\n((?:.*\n?)*?)(?:\n\s*hint:|\n\n|\Z)", output
    )
    return _of_uv(" ".join(found.group(1).split()), list(asked), list(constraints)) if found else []


def sentence(found: list[str]) -> str:
    """The lines as one clause."""
    return ", but ".join(found) if len(found) == 2 else "; ".join(found)


def _of_pip(output: str) -> list[str]:
    block = re.search(r"The conflict is caused by:\n((?:[ \t]+\S.*\n)+)", output)
    result = []
    for line in block.group(1).splitlines() if block else []:
        text = line.strip()
        for pattern, words in (
            (r"The user requested \(constraint\) (.+)", r"a constraint says \1"),
            (r"The user requested (.+)", r"you asked for \1"),
            (r"(\S+) (\S+) depends on (.+)", r"\1 \2 requires \3"),
        ):
            if re.fullmatch(pattern, text):
                text = re.sub(pattern, words, text)
                break
        result.append(text)
    if not block:
        first = re.search(r"Cannot install (.+) because these package versions have conflicting dependencies", output)
        return [f"you asked for {first.group(1)}"] if first else []
    return _unique(result)


def _of_uv(text: str, asked: list[str], constraints: list[str]) -> list[str]:
    """The answer of uv is a derivation in prose; only its premises are wanted, not the conclusions in between."""
    premises = " ".join(re.findall(r"[Bb]ecause (.*?)(?:, we can conclude|$)", text))
    wants: list[tuple[str, str]] = []  # requirement, line
    needs = rf"(?:all versions of )?({_REQUIREMENT}) depends? on ({_REQUIREMENT})"
    for who, what in re.findall(needs, premises):
        wants.append((what, f"{_with_version(who, asked)} requires {what}"))
    rest = re.sub(needs, "", premises)
    known = {_plain(line) for line in asked}
    limits = {_plain(line): line for line in constraints}
    for group in re.findall(rf"you require ({_REQUIREMENT}(?: and {_REQUIREMENT})*)", rest):
        for what in group.split(" and "):
            limit = "" if _plain(what) in known else limits.get(_plain(what), "")
            wants.append((what, f"a constraint says {limit}" if limit else f"you asked for {what}"))
    for what in re.findall(_REQUIREMENT, rest):
        if _plain(what) in limits:
            wants.append((what, f"a constraint says {what}"))
    # What contradicts is a distribution that two of them want differently.
    by_name: dict[str, dict[str, str]] = {}
    for what, line in wants:
        by_name.setdefault(_name(what), {}).setdefault(_plain(what), line)
    return next((list(lines.values()) for lines in by_name.values() if len(lines) > 1), [])


def _name(requirement: str) -> str:
    return canonicalize_name(re.split(r"[\[<>=!~ @]", requirement)[0])


def _with_version(name: str, asked: list[str]) -> str:
    if "==" in name:
        return name.replace("==", " ", 1)
    for line in asked:
        match = re.match(rf"{re.escape(name)}(?:\[[^\]]*\])?===?([\w.+!\-]+)", line, re.IGNORECASE)
        if match:
            return f"{name} {match.group(1)}"
    return name


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text).lower()


def _unique(found: list[str]) -> list[str]:
    return list(dict.fromkeys(found))
