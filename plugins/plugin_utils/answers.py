# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules answer is the word of a stranger: the node may be in other hands, and its Python may be any program.

Every answer passes :func:`believed` before anything on the controller, or on another host, acts on it:

- keys by which Ansible would act (facts, new hosts, statistics) are dropped, because our modules return none;
- control characters become visible, sizes are limited;
- the rest must have the shape below, else the task of that host fails, and nobody else's.

That a value has its shape says nothing of its truth. What names files, or says what is built from where, is not taken
from here at all (``wheels/believed.py``).
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any, Literal, Mapping, Optional

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import Sha256, visible

Word = Literal["pass", "fail", "warn", "skip"]


@dataclass(frozen=True)
class Error:
    """A failure as data: ``ModelEnvError.as_dict``."""

    kind: str
    what: str
    where: str = ""
    why: str = ""
    todo: str = ""
    log: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """The answer of a check."""

    check: str
    verdict: Word
    value: Any = None
    reason: str = ""
    seconds: float = 0.0
    cure: str = ""


@dataclass(frozen=True)
class Change:
    """A distribution that differs, as installers report it."""

    name: str
    before: Optional[str]
    after: Optional[str]
    origin: str = ""


@dataclass(frozen=True)
class Look:
    """One place where a wheel was looked for."""

    source: str
    result: str
    reason: str = ""
    wheel: str = ""


@dataclass(frozen=True)
class Wheel:
    """A wheel of a torch extension, of ``wheels/search.py``; ``wheels/believed.py`` says what of it is used."""

    environment: str
    name: str
    entry: Mapping[str, Any]
    key: Optional[Mapping[str, Any]]
    slug: str
    wheel: str
    outcome: Literal["ready", "fetch", "build", "none"]
    looks: tuple[Look, ...]
    trouble: str = ""
    path: str = ""
    sha256: str = ""
    origin: str = ""
    requirement: str = ""
    error: str = ""
    blocked: bool = False


@dataclass(frozen=True)
class PlannedWork:
    """One environment of a plan."""

    name: str
    action: Literal["build", "activate", "remove", "clean"]
    release: str
    reasons: tuple[str, ...]
    active: Optional[str] = None
    spec: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True)
class Kept:
    """An environment that is as it should be."""

    release: str
    trial: bool
    distributions: int
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True)
class Blocked:
    """An environment that cannot be built."""

    name: str
    reasons: tuple[str, ...]
    error: Error
    msg: str


@dataclass(frozen=True)
class MissingOsPackages:
    """What the operating system lacks."""

    family: str
    missing: tuple[str, ...]
    privileged: bool


@dataclass(frozen=True)
class RootIdentity:
    """Which folder a root is.

    :ivar place: of the folder, by what the host knows of its mounts (``host/mounts.py``).
    :ivar identity: lies in the folder (``releases/sharers.py``), where another machine may have it as well.
    """

    place: Optional[Sha256] = None
    identity: Optional[Sha256] = None


@dataclass(frozen=True)
class PlanAnswer:
    """Of the module ``plan``.

    :ivar wanted: digest of the spec by name, "" for what is to be absent; never the node's word: the action adds it.
    """

    work: tuple[PlannedWork, ...]
    kept: Mapping[str, Kept]
    blocked: tuple[Blocked, ...]
    wheels: tuple[Any, ...]
    os_packages: MissingOsPackages
    free_bytes: int
    holder: Optional[Mapping[str, Any]]
    root: RootIdentity
    wanted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WheelsAnswer:
    """Of the module ``wheels``."""

    wheels: tuple[Any, ...]


@dataclass(frozen=True)
class WheelBuildAnswer:
    """Of the module ``wheel_build``; the rest of its keys is shown, not used."""

    slug: str = ""
    path: str = ""
    sha256: str = ""
    size: int = 0
    origin: str = ""
    key: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    more: bool = False


@dataclass(frozen=True)
class ReleaseAnswer:
    """Of the module ``release``."""

    action: str = ""
    release: str = ""
    changes: tuple[Change, ...] = ()
    reasons: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    steps: tuple[Mapping[str, Any], ...] = ()
    removed: tuple[str, ...] = ()
    freed_bytes: int = 0
    seconds: float = 0.0
    log: str = ""
    check_mode: bool = False
    more: bool = False


@dataclass(frozen=True)
class Switched:
    """One environment of a switch."""

    name: str
    before: str
    after: str
    changes: tuple[Change, ...]
    verdicts: tuple[Verdict, ...]
    removed: tuple[str, ...]
    freed_bytes: int


@dataclass(frozen=True)
class SwitchAnswer:
    """Of the module ``switch``."""

    switched: tuple[Switched, ...]
    seconds: float = 0.0
    back: tuple[str, ...] = ()
    check_mode: bool = False
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class Audited:
    """One environment of an audit."""

    name: str
    state: Literal["current", "behind", "drifted", "missing", "broken", "extra"]
    reasons: tuple[str, ...]
    release: str
    digest: str
    created: float
    trial: bool
    previous: str
    prepared: str
    distributions: Mapping[str, str]


@dataclass(frozen=True)
class AuditAnswer:
    """Of the module ``audit``."""

    environments: tuple[Audited, ...]
    litter: tuple[str, ...]
    free_bytes: int
    holder: Optional[Mapping[str, Any]]


@dataclass(frozen=True)
class Verified:
    """One environment of a verification."""

    name: str
    python: str
    verdict: Word
    summary: str
    failures: tuple[str, ...]
    warnings: tuple[str, ...]
    skips: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    seconds: float


@dataclass(frozen=True)
class VerifyAnswer:
    """Of the module ``verify``."""

    environments: tuple[Verified, ...]
    failed_environments: tuple[str, ...]
    summary: str
    gpu: Optional[Mapping[str, Any]]


@dataclass(frozen=True)
class PreflightAnswer:
    """Of the module ``preflight``."""

    go: bool
    verdicts: tuple[Verdict, ...]
    summary: str
    time: float
    seconds: float


@dataclass(frozen=True)
class SnapshotsAnswer:
    """Of the module ``hf_snapshot``: shown and counted, nothing is acted on."""

    snapshots: Any = None
    more: bool = False


@dataclass(frozen=True)
class Resolved:
    """What the resolver said of one spec."""

    pylock: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class LocksAnswer:
    """Of the module ``lock``."""

    resolved: Mapping[str, Resolved]
    failures: Mapping[str, str]
    resolver: str


SCHEMAS: Mapping[str, Any] = {
    "lock": LocksAnswer,
    "plan": PlanAnswer,
    "wheels": WheelsAnswer,
    "wheel_build": WheelBuildAnswer,
    "release": ReleaseAnswer,
    "switch": SwitchAnswer,
    "audit": AuditAnswer,
    "verify": VerifyAnswer,
    "preflight": PreflightAnswer,
    "hf_snapshot": SnapshotsAnswer,
}
# Keys that Ansible or every module puts into a result, with nothing that Ansible acts on beyond showing it.
_COMMON = frozenset(
    [
        "failed",
        "changed",
        "msg",
        "unreachable",
        "skipped",
        "rc",
        "warnings",
        "deprecations",
        "diff",
        "invocation",
        "error",
        "module_stdout",
        "module_stderr",
        "_ansible_no_log",
        "_ansible_parsed",
    ]
)
_FLAGS = ("failed", "changed", "unreachable", "skipped", "_ansible_no_log", "_ansible_parsed")
_OPEN = ("wheel_build", "hf_snapshot", "release", "switch")


def believed(module: str, answer: Mapping[str, Any], host: str) -> dict[str, Any]:
    """An answer as far as it can be believed.

    :param module: short name of the module.
    :param host: who answered.
    :raises ModelEnvError: (``answer``) it does not have the module's shape.
    """
    schema = SCHEMAS[module]
    data = tidy(answer)
    try:
        if not isinstance(data, dict):
            raise strict.Refused("", "is no block of keys")
        result = {name: value for name, value in data.items() if name in _COMMON}
        _check_common(result)
        own = {name: value for name, value in data.items() if name in strict.keys_of(schema)}
        if module in _OPEN:
            # More is returned there than anybody acts on; what a stranger adds to that is shown as that.
            own.update({name: value for name, value in data.items() if name not in _DROPPED and name not in result})
        strict.read_keys(schema, {name: own[name] for name in own if name in strict.keys_of(schema)})
        over = bool(result.get("failed") or result.get("unreachable") or result.get("skipped"))
        missing = [] if over else [name for name in strict.required(schema) if name not in own]
        if missing:
            raise strict.Refused(missing[0], "is missing")
    except strict.Refused as refused:
        raise ModelEnvError(
            f"the answer of the module {module} cannot be read",
            where=host,
            why=f"{refused}: the node has another version of the collection's module, or is not what it says it is",
            todo="look at the node before it is used; nothing of this answer was acted on",
            kind="answer",
        ) from refused
    return {**result, **own}


# By the first ones Ansible would act. Of the last one it has made an object with the message as it came, and would show
# that; without one it makes another of the message that is left.
_DROPPED = (
    *("ansible_facts", "add_host", "add_group", "ansible_stats", "ansible_job_id", "results_file"),
    "exception",
)


def _check_common(result: Mapping[str, Any]) -> None:
    for name in _FLAGS:
        if name in result and not isinstance(result[name], (bool, int)):
            raise strict.Refused(name, "is neither true nor false")
    if not isinstance(result.get("msg", ""), str):
        raise strict.Refused("msg", "is no text")
    if "error" in result:
        strict.read(Error, result["error"], extra=True)


def tidy(value: Any, depth: int = strict.DEEPEST) -> Any:
    """Plain data of limited depth, with every control character but the newline visible."""
    if depth == 0:
        return None
    if isinstance(value, AnyMapping):
        return {visible(str(key)): tidy(one, depth - 1) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(one, depth - 1) for one in value]
    if isinstance(value, str):
        return visible(str(value)[: strict.LONGEST_TEXT + 1])
    # Ansible's warnings and errors are objects with a stranger's text in them.
    told = getattr(getattr(value, "event", None), "msg", value)
    return value if value is None or isinstance(value, (bool, int, float)) else tidy(str(told), depth)
