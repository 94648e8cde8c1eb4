# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules answered on hosts, as tasks registered it: each answer is read strictly, and by itself.

A host is not believed: an answer that lacks something or has it in another form is a failure of that host, with the
place that is wrong, and never an error that ends a report for the others. Texts are made harmless for a terminal.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Callable, Generic, Literal, Mapping, Optional, TypeVar

from ansible_collections.portable.model_env.plugins.module_utils import names, strict

A = TypeVar("A")
# What a host has registered, by the name of the variable.
Registered = Callable[[str], Any]
NO_RESULT = "no result: an earlier task failed, or the host did not answer"


class Words(str):
    """A text of a node, with control characters replaced by their escapes."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Words:
        """Any text will do."""
        return cls(names.visible(text))


EMPTY = Words("")


@dataclass(frozen=True)
class Verdict:
    """What one check found."""

    check: Words
    verdict: Literal["pass", "fail", "warn", "skip"]
    value: Any = None
    reason: Words = EMPTY
    seconds: float = 0.0
    cure: Words = EMPTY

    def as_dict(self) -> dict[str, Any]:
        """As ``checks/verdicts.py`` makes them."""
        found = {name: str(value) if isinstance(value, Words) else value for name, value in vars(self).items()}
        return found if self.cure else {name: value for name, value in found.items() if name != "cure"}


@dataclass(frozen=True)
class Space:
    """The value of a check ``space:MOUNT``: bytes, and what else is needed of an unknown size."""

    free: int
    needed: int
    unknown: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Work:
    """Something that the module ``plan`` found to be done."""

    name: Words
    action: Literal["build", "activate", "remove", "clean"]
    release: Words = EMPTY
    active: Optional[Words] = None
    reasons: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Kept:
    """An environment that matches its spec."""

    release: Words
    distributions: int = 0
    verdicts: tuple[Verdict, ...] = ()
    trial: bool = False


@dataclass(frozen=True)
class Blocked:
    """An environment that cannot be built."""

    name: Words
    msg: Words


@dataclass(frozen=True)
class Plan:
    """Of the module ``plan``."""

    work: tuple[Work, ...]
    kept: Mapping[Words, Kept]
    blocked: tuple[Blocked, ...]


@dataclass(frozen=True)
class Release:
    """Of the module ``release``; a failed one has some of it, too."""

    action: Words = EMPTY
    release: Words = EMPTY
    seconds: Optional[float] = None
    verdicts: tuple[Verdict, ...] = ()
    check_mode: bool = False


@dataclass(frozen=True)
class VerifiedEnvironment:
    """One environment of the module ``verify``; what its verdicts amount to is worked out here."""

    name: Words
    verdicts: tuple[Verdict, ...]
    python: Words = EMPTY
    seconds: float = 0.0


@dataclass(frozen=True)
class Verification:
    """Of the module ``verify``, where it could look, whatever it found."""

    environments: tuple[VerifiedEnvironment, ...]
    gpu: Any = None


@dataclass(frozen=True)
class Preflight:
    """Of the action ``preflight``, where it could look, whatever it found."""

    verdicts: tuple[Verdict, ...]
    go: bool = True


@dataclass(frozen=True)
class AuditedEnvironment:
    """One environment of the module ``audit``."""

    name: Words
    state: Literal["current", "behind", "drifted", "missing", "broken", "extra"]
    reasons: tuple[Words, ...]
    release: Words
    digest: Words
    trial: bool
    distributions: Mapping[Words, Words]
    created: float = 0.0
    previous: Words = EMPTY
    prepared: Words = EMPTY


@dataclass(frozen=True)
class Audit:
    """Of the module ``audit``."""

    environments: tuple[AuditedEnvironment, ...]
    litter: tuple[Words, ...]
    free_bytes: int
    holder: Any = None

    def as_dict(self) -> dict[str, Any]:
        """As the module returns it."""
        return asdict(self)


@dataclass(frozen=True)
class Change:
    """A distribution that differs between two releases."""

    name: Words
    before: Optional[Words] = None
    after: Optional[Words] = None


@dataclass(frozen=True)
class SwitchedEnvironment:
    """One environment of the module ``switch``."""

    name: Words
    before: Words = EMPTY
    after: Words = EMPTY
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Switch:
    """Of the module ``switch``; a failed one says what was switched ``back`` instead."""

    switched: Optional[tuple[SwitchedEnvironment, ...]] = None
    back: tuple[Words, ...] = ()
    check_mode: bool = False
    failed: bool = False

    def __post_init__(self) -> None:
        if self.switched is None and not self.failed:
            raise ValueError("has no switched")


@dataclass(frozen=True)
class Weights:
    """Of the module ``hf_snapshot``.

    :ivar more: a look found that something is to be fetched.
    """

    more: bool = False


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


def read(schema: type[A], registered: Any) -> Result[A]:
    """A registered result.

    :param schema: the class of its answer.
    :param registered: what stands in the variable; None or {} where nothing ran.
    """
    if not registered or (isinstance(registered, Mapping) and registered.get("skipped")):
        return NOTHING
    answer, wrong = None, ""
    try:
        answer = strict.read(schema, registered, extra=True)
    except strict.Refused as refused:
        wrong = f"its answer cannot be read: {names.visible(str(refused))}"
    if not isinstance(registered, Mapping):
        return Result(failed=True, unreadable=True, why=wrong)
    unreachable, failed = bool(registered.get("unreachable")), bool(registered.get("failed"))
    if wrong and not unreachable and not failed:
        return Result(failed=True, unreadable=True, why=wrong)
    why = message(registered) if failed or unreachable else ""
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
