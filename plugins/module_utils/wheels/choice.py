# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order the places of a wheel are looked at, and what follows from what they answer. Pure.

What is found out at one place is a look. In results it is a dict among ``looks``::

    {"source": "released", "result": "miss", "reason": "the server has no such file", "wheel": "https://..."}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError

NODE = "node wheelhouse"
FLEET = "fleet wheelhouse"
CONTROLLER = "controller's cache"
NAMED = "wheel of the spec"
RELEASED = "released wheel"
BUILD = "build"
SOURCES = (NODE, FLEET, CONTROLLER, NAMED, RELEASED, BUILD)

# What one place answers. ``hit`` ends the search; ``failed`` lets it go on to what can be fetched, and forbids a build.
HIT, MISS, FAILED, REFUSED, SKIPPED = "hit", "miss", "failed", "refused", "skipped"
# What follows from all of them.
READY, FETCH, COMPILE, NONE = "ready", "fetch", "build", "none"

AUTO, NEVER, ALWAYS = "auto", "never", "always"


@dataclass(frozen=True)
class Look:
    """What one place answered.

    :ivar result: ``hit``, ``miss``, ``failed``, ``refused`` or ``skipped``.
    :ivar reason: why it is no hit, or what a reader of a hit should know.
    :ivar wheel: path, URL or name of the file in question.
    :ivar final: no further place may be looked at.
    """

    source: str
    result: str
    reason: str = ""
    wheel: str = ""
    final: bool = False

    def as_dict(self) -> dict[str, str]:
        """As it travels in results."""
        return {"source": self.source, "result": self.result, "reason": self.reason, "wheel": self.wheel}


def build_look(policy: str, before: Sequence[Look], archs_missing: bool, wheel: str) -> Look:
    """The last look: whether it may be compiled.

    :param policy: ``auto``, ``never`` or ``always``.
    :param before: at all the places.
    :param archs_missing: nobody said for which GPUs.
    :param wheel: name of the wheel that it would give.
    """
    failed = [one.source for one in before if one.result == FAILED]
    if policy == NEVER:
        return Look(BUILD, REFUSED, "the spec says build: never", wheel)
    if failed and policy != ALWAYS:
        return Look(BUILD, REFUSED, f"it takes long, and {' and '.join(failed)} may have the wheel but failed", wheel)
    if archs_missing:
        reason = 'no GPU here says for which architectures; name them: the option `archs`: ["90"], or archs in the spec'
        return Look(BUILD, REFUSED, reason, wheel)
    return Look(BUILD, HIT, "", wheel)


def outcome(looks: Sequence[Look]) -> str:
    """What follows: ``ready``, ``fetch``, ``build`` or ``none``."""
    hit = next((one.source for one in looks if one.result == HIT), "")
    return {"": NONE, NODE: READY, BUILD: COMPILE}.get(hit, FETCH)


def in_words(looks: Sequence[Mapping[str, str]]) -> str:
    """The looks of a result on one line, those that were not needed left out."""
    shown = [one for one in looks if one["result"] != SKIPPED]
    return "; ".join(
        f"{one['source']}: {one['result']}" + (f" ({one['reason']})" if one["reason"] else "") for one in shown
    )


def lines(looks: Sequence[Mapping[str, str]]) -> list[str]:
    """The looks of a result for an operator's terminal, a line each."""
    width = max(len(source) for source in SOURCES)
    return [
        f"{one['source'].ljust(width)}  {one['result'].ljust(len(SKIPPED))}  {one['reason'] or one['wheel']}".rstrip()
        for one in looks
    ]


def hopeless(found: Mapping[str, Any]) -> ModelEnvError | None:
    """The error of a search that found no wheel and no way to one; None: there is a way, or a place did not answer."""
    if found["outcome"] != NONE or any(one["result"] == FAILED for one in found["looks"]):
        return None
    return no_wheel(found["name"], found["slug"], found["looks"])


def no_wheel(name: str, slug: str, looks: Sequence[Mapping[str, str]], more: str = "") -> ModelEnvError:
    """The error of a wheel that cannot be had.

    :param more: what went wrong after the looking, e.g. on the build host.
    """
    failed = [one for one in looks if one["result"] == FAILED]
    todo = "mend what failed and run again" if failed else "name a wheel with its sha256 in the spec, or allow a build"
    if any(one["source"] == RELEASED for one in failed):
        todo += "; where that server is out of reach for good, say released_url: none in the spec"
    details: dict[str, Any] = {"slug": slug, "looks": [dict(one) for one in looks]}
    why = "; ".join(filter(None, (more, in_words(looks))))
    return ModelEnvError(f"there is no wheel of {name} for {slug}", why=why, todo=todo, kind="wheel", details=details)
