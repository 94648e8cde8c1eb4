# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the output of installers means: what they share, and how each one's messages are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

# The end says why it failed. What is looked at is bounded, and so is each pattern's reach: indexes, build systems and
# repositories write some of it, and whatever they write must not keep a run busy for hours.
MOST_CHARACTERS = 1 << 20
NETWORK = "network"
NO_VERSION = "no_such_version"
AGREE = "change one of these pins so that they agree"


@dataclass(frozen=True)
class Failure:
    """Why an installer failed.

    :ivar kind: ``network`` (worth another attempt; nothing else is), ``resolution``, ``no_such_version``,
        ``hash_mismatch``, ``hash_missing``, ``no_space``, ``build_failed``, ``interpreter``, ``auth``, ``untrusted``,
        ``io`` or ``other``.
    :ivar what: completes "<installer> ...": one clause.
    """

    kind: str
    what: str
    why: str = ""
    todo: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


# Each rule: a pattern that decides, and what is made of the match.
Rule = tuple[str, Callable[["re.Match[str]"], Failure]]


@dataclass(frozen=True)
class Parser:
    """How the output of one installer is read.

    The first rule that matches wins, so what hides behind another message comes first: a full disk looks like a failed
    build, an unreachable index like a missing version.

    :ivar rules: tried after those for what every installer passes on from git and the operating system.
    :ivar last_rules: tried where nothing else matches and the requirements do not contradict each other.
    :ivar conflicts: who wants what, a line each, from the output, the requirement lines and the constraint lines.
    :ivar debug: what of the debug log explains the output; "": nothing.
    :ivar hides_refusal: it says the same of an index that lacks a name and of one that refuses its credentials.
    """

    rules: Sequence[Rule]
    last_rules: Sequence[Rule]
    conflicts: Callable[[str, Sequence[str], Sequence[str]], list[str]]
    debug: Callable[[str, str], str] = lambda _output, _log: ""
    hides_refusal: bool = False

    def explain(
        self, output: str, asked: Sequence[str] = (), constraints: Sequence[str] = (), credentials: bool = False
    ) -> Failure:
        """Find out why the installer failed.

        :param output: its standard output and error, and what :attr:`debug` found.
        :param asked: the requirement lines that it was given.
        :param constraints: the constraint lines that it was given.
        :param credentials: whether an index was given some.
        """
        output = output[-MOST_CHARACTERS:]
        failure = _matching((*_FIRST_RULES, *self.rules, *_READ_ONLY), output)
        if failure:
            return failure
        lines = self.conflicts(output, asked, constraints)
        if lines:
            return Failure(
                "resolution",
                "found requirements that contradict each other: " + _sentence(lines),
                "no set of versions satisfies them all",
                AGREE,
                {"conflict": lines},
            )
        failure = _matching(self.last_rules, output) or Failure(
            "other", "failed", _last_error(output), "read the full output"
        )
        if failure.kind == NO_VERSION and self.hides_refusal and credentials:
            return replace(failure, why=f"{failure.why}, or the index refuses the credentials that it was given")
        return failure


def _matching(rules: Iterable[Rule], output: str) -> Failure | None:
    for pattern, made_of in rules:
        match = re.search(pattern, output, re.MULTILINE)
        if match:
            return made_of(match)
    return None


def _sentence(lines: list[str]) -> str:
    """The lines as one clause."""
    return ", but ".join(lines) if len(lines) == 2 else "; ".join(lines)


def _last_error(output: str) -> str:
    """The line most likely to name the error."""
    found = re.findall(r"^[ \t]*(?:ERROR|error|fatal):[ \t]*(\S.*)$", output, re.MULTILINE)
    causes = re.findall(r"^[ \t]*cause:[ \t]*(\S.*)$", output, re.MULTILINE)
    return str((causes or found or [""])[-1]).strip()


def no_space(_match: re.Match[str]) -> Failure:
    """There is no space left."""
    return Failure(
        "no_space",
        "ran out of space",
        "the filesystem that holds the environment and its temporary files is full, or a quota is used up",
        "free space there, or put the environment on a larger filesystem",
    )


def hash_mismatch(match: re.Match[str]) -> Failure:
    """A file is not the one that was hashed; ``name``: of which distribution."""
    return Failure(
        "hash_mismatch",
        f"got another file than the hashes allow for {match.group('name')}",
        "the index serves other bytes than those that were hashed: a rebuilt archive, a broken mirror, or tampering",
        "find out which; only then correct the hash",
        {"name": match.group("name")},
    )


def hash_missing(match: re.Match[str]) -> Failure:
    """Hashes are required, and ``name`` has none."""
    return Failure(
        "hash_missing",
        f"needs a hash for {match.group('name')}",
        "hashes are required for every distribution, also for those that others require",
        f"add hashes for {match.group('name')}, or switch off require_hashes",
        {"name": match.group("name")},
    )


def build(match: re.Match[str]) -> Failure:
    """A source distribution could not be built."""
    whole = match.string
    name = first(r"╰─> (?!\[|No available output|See above)(\S+)$", whole) or first(
        r"Failed to build `([^`@=\s]+)", whole
    )
    name = name or first(r"Failed (?:to build|building wheel for) '?([A-Za-z0-9._-]+)", whole)
    # An older pip names the package only where it began.
    name = name or (re.findall(r"^[ \t]*Collecting ([A-Za-z0-9._-]+)", whole, re.MULTILINE) or ["a package"])[-1]
    errors = re.findall(
        r"^[ \t]*((?:[A-Za-z_.]*(?:Error|Exception)(?:: .*)?|(?:error|fatal error): .*))$", whole, re.MULTILINE
    )
    errors = [line for line in errors if not re.match(r"error: (subprocess|metadata|Failed to build)", line)]
    module = first(r"No module named '([\w.]+)'", whole)
    todo = "read the compiler's messages in the full output"
    if module:
        todo = (
            f"install {module.partition('.')[0]} first and build without build isolation "
            "(list it, or put the package under build_packages), or ask the package's authors to declare it"
        )
    return Failure("build_failed", f"could not build {name}", errors[-1] if errors else "", todo, {"name": name})


def interpreter(match: re.Match[str]) -> Failure:
    """``name`` is not for this Python but for ``wanted``."""
    name = match.group("name").strip("'")
    return Failure(
        "interpreter",
        f"cannot install {name} for this Python",
        f"{name} requires Python {match.group('wanted').strip()}",
        f"use another Python for this environment, or another version of {name.partition('=')[0]}",
        {"name": name, "python": match.group("wanted").strip()},
    )


def auth(match: re.Match[str]) -> Failure:
    """The server ``where`` wants credentials, or others."""
    where = match.group("where")
    return Failure(
        "auth",
        f"was refused by {where}",
        "the server asks for credentials, or those given may not read this",
        "give the index URL with credentials (it is masked everywhere), or configure them on the node",
        {"where": where},
    )


def network(match: re.Match[str]) -> Failure:
    """The network or the server ``where`` failed."""
    where = match.groupdict().get("where") or first(r"Pool\(host='([^']+)'", match.string) or "the index"
    return Failure(
        NETWORK,
        f"got no proper answer from {where}",
        _cause(match.string) or "the server or the network between is down or overloaded",
        "check the address, the proxy settings and the server, and run again",
        {"where": where},
    )


def untrusted(match: re.Match[str]) -> Failure:
    """The certificate of the server ``where`` is not trusted."""
    where = match.group("where")
    return Failure(
        "untrusted",
        f"does not trust {where}",
        "it uses plain http, or its certificate is not signed by an authority that this node knows",
        "use https with a certificate that the node trusts (pip's `cert` setting names a bundle), or list the host as "
        "`trusted-host` in the node's pip configuration",
        {"where": where},
    )


def no_version(match: re.Match[str]) -> Failure:
    """No index has the requirement ``name``."""
    name, whole = match.group("name"), match.string
    # uv names the project alone where none of its versions is known.
    name = first(rf"(?:you require|depends? on) ({re.escape(name)}[=<>!~][^\s,]*)", whole) or name
    reason = "there is no such version there, or no such project at all"
    if re.search(r"none of the wheel's tags|has no wheels with a matching", whole):
        reason = "its files there are for other Pythons or platforms than this node's"
    known = first(r"\(from versions: ([^()]+)\)", whole)
    if known and known != "none":
        versions = known.split(", ")
        reason += "; there are " + ", ".join((["..."] if len(versions) > 8 else []) + versions[-8:])
    by = first(rf"requirement {re.escape(name)} \(from (?!-r)([^\s()]+)\)", whole)
    by = by or first(rf"(?<!\S)(\S+) depends? on {re.escape(name)}", whole)
    if by:
        reason += f"; {by} requires it"
    return Failure(
        "no_such_version",
        f"could not find {name}",
        reason,
        "correct the pin, or add the index that has it",
        {"requirement": name, "required_by": by},
    )


def no_commit(match: re.Match[str]) -> Failure:
    """A repository lacks ``what``."""
    what = match.group("what")
    return Failure(
        "no_such_version",
        f"could not find {what}",
        "the repository, commit or tag does not exist, or was removed",
        "correct the address or the commit",
        {"what": what},
    )


def read_only(match: re.Match[str]) -> Failure:
    """Files cannot be written."""
    return Failure(
        "io",
        "could not write to the environment",
        match.group(0).strip(),
        "connect as the owner of the environment, or mount its filesystem writable",
    )


def first(pattern: str, text: str) -> str:
    """The first group of the first match; "" if there is none."""
    match = re.search(pattern, text, re.MULTILINE)
    return match.group(1) if match else ""


def _cause(output: str) -> str:
    for pattern in (
        r"(Connection refused|Name or service not known|timed out|Could not resolve host|Connection reset[^')\n]*)",
        r"(\d{3} (?:Server|Client) Error: [A-Za-z ]+?) for url",
        r"\((\d{3} [A-Z][A-Za-z ]+)\) for url",
        r"too many (\d{3}) error responses",
        r"returned error: (\d{3})",
        r"(not enough bytes were received|end of file before message length reached|early EOF)",
    ):
        found = first(pattern, output)
        if found:
            return f"the last answer was: {found}"
    return ""


URL = r"(?P<where>\b[a-z]{1,20}://[^\s'\"#)]{1,2000})"
_GIT_DOWN = (
    r"Could not resolve host|Failed to connect|returned error: (?:5\d\d|429|408)|Empty reply from server|Recv failure"
    r"|[Cc]onnection (?:timed out|reset|refused)|early EOF|remote end hung up|unexpected disconnect|transfer closed"
    r"|Operation (?:timed out|too slow)|TLS connection|gnutls_handshake"
)
_FIRST_RULES: list[Rule] = [
    (r"No space left on device|Disk quota exceeded|os error 28\b|os error 122\b", no_space),
    (r"fatal: could not read (?:Username|Password) for '(?P<where>[^']{1,500})'", auth),
    (r"fatal: Authentication failed for '(?P<where>[^']{1,500})'", auth),
    (rf"fatal: unable to access '(?P<where>[^']{{1,500}})': .{{0,500}}(?:{_GIT_DOWN})", network),
    (rf"^[ \t]*(?:fatal|error): (?!subprocess).*(?:{_GIT_DOWN})", network),
    (r"fatal: remote error: upload-pack: not our ref (?P<what>[0-9a-f]+)", no_commit),
    (r"fatal: couldn't find remote ref (?P<what>\S+)", no_commit),
    (
        r"fatal: (?:repository|unable to access) '(?P<what>[^']{1,500}?)/?'"
        r"(?: not found|: .{0,500}returned error: 404)",
        no_commit,
    ),
    (r"fatal: '?(?P<what>[^'\n]{1,500}?)'? does not appear to be a git repository", no_commit),
]
_READ_ONLY: list[Rule] = [(r"Read-only file system.*|Permission denied.*", read_only)]
