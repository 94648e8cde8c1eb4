# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules answered on hosts, as tasks registered it: each answer is read strictly, and by itself.

A host is not believed: an answer that lacks something or has it in another form is a failure of that host, with the
place that is wrong, and never an error that ends a report for the others. Texts are made harmless for a terminal.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Callable, Generic, Mapping, Optional, TypeVar

from ansible_collections.portable.model_env.plugins.module_utils import names, strict
from ansible_collections.portable.model_env.plugins.plugin_utils.answers import Verdict, tidy

A = TypeVar("A")
# What a host has registered, by the name of the variable.
Registered = Callable[[str], Any]
NO_RESULT = "no result: an earlier task failed, or the host did not answer"


@dataclass(frozen=True)
class Space:
    """The value of a check ``space:MOUNT``: bytes, and what else is needed of an unknown size."""

    free: int
    needed: int
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result(Generic[A]):
    """What one host registered of one module.

    :ivar answer: None where nothing ran, or nothing can be read.
    :ivar failed: the module failed, or its answer cannot be read.
    :ivar unreadable: the latter: what the module did is not known.
    :ivar unreachable: the host was lost meanwhile.
    :ivar why: what it says about a failure.
    """

    answer: Optional[A] = None
    failed: bool = False
    unreadable: bool = False
    unreachable: bool = False
    why: str = ""

    def __bool__(self) -> bool:
        return self.answer is not None or self.failed or self.unreachable


NOTHING: Result[Any] = Result()


@dataclass(frozen=True)
class Loop(Generic[A]):
    """What one host registered of a loop over environments.

    :ivar whole: the loop as a whole, which may have failed without any result.
    :ivar results: by the environment's name.
    """

    whole: Result[Any] = NOTHING
    results: Mapping[str, Result[A]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.whole or self.results)


NO_LOOP: Loop[Any] = Loop()


def read(schema: type[A], registered: Any, lacking: Mapping[str, Any] | None = None) -> Result[A]:
    """A registered result.

    :param schema: the class of its answer, of ``answers.py``.
    :param registered: what stands in the variable; None or {} where nothing ran.
    :param lacking: keys that only a failed module leaves out, with what stands for them.
    """
    if not registered or (isinstance(registered, Mapping) and registered.get("skipped")):
        return NOTHING
    data = tidy(registered)
    if not isinstance(data, Mapping):
        return Result(failed=True, unreadable=True, why="its answer cannot be read: it is no block of keys")
    unreachable, failed = bool(data.get("unreachable")), bool(data.get("failed"))
    why = message(data) if failed or unreachable else ""
    try:
        answer = strict.read(schema, {**lacking, **data} if lacking and failed else data, extra=True)
    except strict.Refused as refused:
        if failed or unreachable:
            return Result(failed=failed, unreachable=unreachable, why=why)
        return Result(failed=True, unreadable=True, why=f"its answer cannot be read: {refused}")
    return Result(answer, failed=failed, unreachable=unreachable, why=why)


def read_loop(schema: type[A], registered: Any) -> Loop[A]:
    """A registered loop over blocks with the key ``name``; of several results of one name, a failure counts."""
    if not isinstance(registered, Mapping) or not isinstance(registered.get("results"), (list, tuple)):
        return Loop(read(_Nothing, registered))
    found: dict[str, Result[A]] = {}
    for one in registered["results"]:
        item = one.get(one.get("ansible_loop_var", "item")) if isinstance(one, Mapping) else None
        name = item.get("name") if isinstance(item, Mapping) else None
        name = names.visible(str(name or ""))
        if name not in found or not found[name].failed:
            found[name] = read(schema, one)
    return Loop(read(_Nothing, registered), found)


def message(registered: Any) -> str:
    """Why a task failed; "" where none did."""
    if not registered:
        return ""
    if not isinstance(registered, Mapping):
        return names.visible(str(registered))
    return names.visible(str(registered.get("msg") or registered.get("reason") or "it did not answer"))


def refusal(registered: Registered, shared: str = "model_env_shared") -> str:
    """Why a host must not go on because of another one with its root (``action/shared_roots.py``); "": it may."""
    found = registered(shared)
    refused = found.get("refused") if isinstance(found, Mapping) else None
    return str(refused.get(registered("inventory_hostname")) or "") if isinstance(refused, Mapping) else ""


def let_through(registered: Registered, shared: str = "model_env_shared") -> bool:
    """Whether a host was compared with the others before, and not refused."""
    found = registered(shared)
    return isinstance(found, Mapping) and "refused" in found and not refusal(registered, shared)


def as_dict(verdict: Verdict) -> dict[str, Any]:
    """A verdict as ``checks/verdicts.py`` makes them."""
    found = asdict(verdict)
    return found if verdict.cure else {name: value for name, value in found.items() if name != "cure"}


def space(verdict: Verdict) -> Optional[Space]:
    """What a check ``space:MOUNT`` measured; None for another check, and where the value cannot be read."""
    if verdict.check.partition(":")[0] != "space":
        return None
    try:
        return strict.read(Space, verdict.value, extra=True)
    except strict.Refused:
        return None


def driver(verdict: Verdict) -> str:
    """The version that the check of the driver found; "" where it found none."""
    found = verdict.value.get("driver") if isinstance(verdict.value, Mapping) else None
    return names.one_line(found) if isinstance(found, str) else ""


@dataclass(frozen=True)
class _Nothing:
    """Nothing of the answer is needed."""
