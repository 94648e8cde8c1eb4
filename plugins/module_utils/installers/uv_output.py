# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What uv's output means; tested with recorded output (tests/unit/data/installers)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.installers.output import (
    AGREE,
    URL,
    Failure,
    Parser,
    Rule,
    auth,
    build,
    hash_mismatch,
    hash_missing,
    interpreter,
    network,
    no_version,
    untrusted,
)

_REQUIREMENT = (
    r"(?<![\w.\-])[A-Za-z0-9][\w.\-]*(?:\[[^\[\]]{0,200}\])?"
    r"(?: ?@ ?\S+| ?[<>=!~]=?=?[\w.*+!\-]+(?:, ?[<>=!~]=?=?[\w.*+!\-]+)*)?"
)
_UNSOLVED = r"No solution found when resolving dependencies[^\n]*\n"


def conflicts(output: str, asked: Sequence[str] = (), constraints: Sequence[str] = ()) -> list[str]:
    """Who wants what, a line each: ``xyz 1.0 requires torch==2.6.0``, ``a constraint says torch==2.5.1``.

    :param asked: the requirement lines of the call; they supply versions that uv leaves out.
    :param constraints: the constraint lines of the call; uv does not mark them as such.
    """
    found = re.search(_UNSOLVED + r"((?:.*\n?)*?)(?:\n\s*hint:|\n\n|\Z)", output)
    return _contradicting(" ".join(found.group(1).split()), list(asked), list(constraints)) if found else []


def _contradicting(text: str, asked: list[str], constraints: list[str]) -> list[str]:
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


def _derivation(match: re.Match[str]) -> Failure:
    return Failure("resolution", "found no versions that fit together", " ".join(match.group(1).split()), AGREE)


_RULES: list[Rule] = [
    (r"Hash mismatch for `(?P<name>[^`=@\s]+)", hash_mismatch),
    (r"no trusted hash was provided for: `(?P<name>[^`]+)`", hash_missing),
    (r"must have a hash, but none were provided for: (?P<name>[^\s=]+)", hash_missing),
    (r"The build backend returned an error", build),
    (rf"error sending request for url \({URL}\)(?:\n[ \t]+cause: .*)*invalid peer certificate", untrusted),
    (rf"HTTP status (?:server error \(5\d\d|client error \((?:429|408))[^)]*\) for url \({URL}\)", network),
    (rf"error sending request for url \({URL}\)", network),
    (
        r"cause: (?:error decoding response body|request or response body error|operation timed out|connection closed)",
        network,
    ),
    (rf"HTTP status client error \(40[13] [^)]*\) for url \({URL}", auth),
    (rf"An index URL \({URL}\) could not be queried due to a lack of valid authentication", auth),
    (
        r"(?<!\S)(?P<name>\S+) (?:requires|depends on) Python ?(?P<wanted>[<>=!~]=?[^\s,]+(?:,[<>=!~]=?[^\s,]+)*)",
        interpreter,
    ),
]
_LAST_RULES: list[Rule] = [
    (r"\(404 Not Found\) for url \((?P<name>[^\s)]+)", no_version),
    (r"there (?:is|are) no versions? of (?P<name>[^\s,]+)", no_version),
    (r"Because (?P<name>\S+) (?:was not found|has no wheels|could not be found)", no_version),
    (r"(?<!\S)(?P<name>\S+) (?:was not found in|has no wheels with)", no_version),
    (_UNSOLVED + r"\s*cause: ((?:.+\n?)+)", _derivation),
]
PARSER = Parser(_RULES, _LAST_RULES, conflicts, hides_refusal=True)
