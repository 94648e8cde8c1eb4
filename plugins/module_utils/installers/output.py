# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pip's and uv's output means. Pure; tested with recorded output of both (tests/unit/data/installers)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.installers import conflicts

NETWORK = "network"
_AGREE = "change one of these pins so that they agree"


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


# Each rule: pattern that decides, and what is made of the match. The first that matches wins, so what hides behind
# another message comes first: a full disk looks like a failed build, an unreachable index like a missing version.
_Rule = tuple[str, Callable[["re.Match[str]"], Failure]]


def classify(output: str, asked: Iterable[str] = (), constraints: Iterable[str] = ()) -> Failure:
    """Find out why an installer failed.

    :param output: its standard output and error, and the index's answers from pip's debug log.
    :param asked: the requirement lines that it was given.
    :param constraints: the constraint lines that it was given.
    """
    for pattern, explain in _RULES:
        match = re.search(pattern, output, re.MULTILINE)
        if match:
            return explain(match)
    lines = conflicts.lines(output, asked, constraints)
    if lines:
        return Failure(
            "resolution",
            "found requirements that contradict each other: " + conflicts.sentence(lines),
            "no set of versions satisfies them all",
            _AGREE,
            {"conflict": lines},
        )
    for pattern, explain in _LAST_RULES:
        match = re.search(pattern, output, re.MULTILINE)
        if match:
            return explain(match)
    derivation = _first(r"No solution found when resolving dependencies[^\n]*\n\s*cause: ((?:.+\n?)+)", output)
    if derivation:
        return Failure("resolution", "found no versions that fit together", " ".join(derivation.split()), _AGREE)
    return Failure("other", "failed", _last_error(output), "read the full output")


def index_answers(output: str, debug: str) -> str:
    """What of pip's debug log explains ``output``: pip goes on without an index that fails, and says so only there.

    Lines about other projects than the one that was not found are left out: many indexes do not know many names. A
    403 counts only if no index knows the project: some answer so for each name that they do not have.

    :param output: standard output and error.
    :param debug: the file written by ``--log``.
    """
    missing = _first(r"No matching distribution found for ([A-Za-z0-9][\w.-]*)", output)
    if not missing:
        return ""
    project = canonicalize_name(missing)
    found = re.findall(rf"^.*Could not fetch URL \S*/{re.escape(project)}/?: .*$", debug, re.MULTILINE)
    if "(from versions: none)" not in output or any(" 404 " in line for line in found):
        found = [line for line in found if " 403 " not in line]
    found += re.findall(r"^.*Skipping link: none of the wheel's tags.*$", debug, re.MULTILINE)[-3:]
    return "\n".join(found) + "\n"


def _last_error(output: str) -> str:
    """The line that most likely says it."""
    found = re.findall(r"^\s*(?:ERROR|error|fatal):\s*(\S.*)$", output, re.MULTILINE)
    causes = re.findall(r"^\s*cause:\s*(\S.*)$", output, re.MULTILINE)
    return str((causes or found or [""])[-1]).strip()


def _no_space(_match: re.Match[str]) -> Failure:
    return Failure(
        "no_space",
        "ran out of space",
        "the filesystem that holds the environment and its temporary files is full, or a quota is used up",
        "free space there, or put the environment on a larger filesystem",
    )


def _hash_mismatch(match: re.Match[str]) -> Failure:
    return Failure(
        "hash_mismatch",
        f"got another file than the hashes allow for {match.group('name')}",
        "the index serves other bytes than those that were hashed: a rebuilt archive, a broken mirror, or tampering",
        "find out which; only then correct the hash",
        {"name": match.group("name")},
    )


def _hash_missing(match: re.Match[str]) -> Failure:
    return Failure(
        "hash_missing",
        f"needs a hash for {match.group('name')}",
        "hashes are required for every distribution, also for those that others require",
        f"add hashes for {match.group('name')}, or switch off require_hashes",
        {"name": match.group("name")},
    )


def _build(match: re.Match[str]) -> Failure:
    whole = match.string
    name = _first(r"╰─> (?!\[|No available output|See above)(\S+)$", whole) or _first(
        r"Failed to build `([^`@=\s]+)", whole
    )
    name = name or _first(r"Failed (?:to build|building wheel for) '?([A-Za-z0-9._-]+)", whole)
    # An older pip names the package only where it began.
    name = name or (re.findall(r"^\s*Collecting ([A-Za-z0-9._-]+)", whole, re.MULTILINE) or ["a package"])[-1]
    errors = re.findall(
        r"^\s*((?:[A-Za-z_.]*(?:Error|Exception)(?:: .*)?|(?:error|fatal error): .*))$", whole, re.MULTILINE
    )
    errors = [line for line in errors if not re.match(r"error: (subprocess|metadata|Failed to build)", line)]
    module = _first(r"No module named '([\w.]+)'", whole)
    todo = "read the compiler's messages in the full output"
    if module:
        todo = (
            f"install {module.partition('.')[0]} first and build without build isolation "
            "(list it, or put the package under build_packages), or ask the package's authors to declare it"
        )
    return Failure("build_failed", f"could not build {name}", errors[-1] if errors else "", todo, {"name": name})


def _interpreter(match: re.Match[str]) -> Failure:
    name = match.group("name").strip("'")
    return Failure(
        "interpreter",
        f"cannot install {name} for this Python",
        f"{name} requires Python {match.group('wanted').strip()}",
        f"use another Python for this environment, or another version of {name.partition('=')[0]}",
        {"name": name, "python": match.group("wanted").strip()},
    )


def _auth(match: re.Match[str]) -> Failure:
    where = match.group("where")
    return Failure(
        "auth",
        f"was refused by {where}",
        "the server asks for credentials, or those given may not read this",
        "give the index URL with credentials (it is masked everywhere), or configure them on the node",
        {"where": where},
    )


def _network(match: re.Match[str]) -> Failure:
    where = match.groupdict().get("where") or _first(r"Pool\(host='([^']+)'", match.string) or "the index"
    return Failure(
        NETWORK,
        f"got no proper answer from {where}",
        _cause(match.string) or "the server or the network between is down or overloaded",
        "check the address, the proxy settings and the server, and run again",
        {"where": where},
    )


def _untrusted(match: re.Match[str]) -> Failure:
    where = match.group("where")
    return Failure(
        "untrusted",
        f"does not trust {where}",
        "it uses plain http, or its certificate is not signed by an authority that this node knows",
        "use https with a certificate that the node trusts (pip's `cert` setting names a bundle), or list the host as "
        "`trusted-host` in the node's pip configuration",
        {"where": where},
    )


def _no_version(match: re.Match[str]) -> Failure:
    name, whole = match.group("name"), match.string
    # uv names the project alone where none of its versions is known.
    name = _first(rf"(?:you require|depends? on) ({re.escape(name)}[=<>!~][^\s,]*)", whole) or name
    reason = "there is no such version there, or no such project at all"
    if re.search(r"none of the wheel's tags|has no wheels with a matching", whole):
        reason = "its files there are for other Pythons or platforms than this node's"
    known = _first(r"\(from versions: ([^)]+)\)", whole)
    if known and known != "none":
        versions = known.split(", ")
        reason += "; there are " + ", ".join((["..."] if len(versions) > 8 else []) + versions[-8:])
    by = _first(rf"requirement {re.escape(name)} \(from (?!-r)([^\s)]+)\)", whole)
    by = by or _first(rf"(\S+) depends? on {re.escape(name)}", whole)
    if by:
        reason += f"; {by} requires it"
    return Failure(
        "no_such_version",
        f"could not find {name}",
        reason,
        "correct the pin, or add the index that has it",
        {"requirement": name, "required_by": by},
    )


def _no_commit(match: re.Match[str]) -> Failure:
    what = match.group("what")
    return Failure(
        "no_such_version",
        f"could not find {what}",
        "the repository, commit or tag does not exist, or was removed",
        "correct the address or the commit",
        {"what": what},
    )


def _read_only(match: re.Match[str]) -> Failure:
    return Failure(
        "io",
        "could not write to the environment",
        match.group(0).strip(),
        "connect as the owner of the environment, or mount its filesystem writable",
    )


def _first(pattern: str, text: str) -> str:
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
        found = _first(pattern, output)
        if found:
            return f"the last answer was: {found}"
    return ""


_URL = r"(?P<where>[a-z]+://[^\s'\"#)]+)"
_GIT_DOWN = (
    r"Could not resolve host|Failed to connect|returned error: (?:5\d\d|429|408)|Empty reply from server|Recv failure"
    r"|[Cc]onnection (?:timed out|reset|refused)|early EOF|remote end hung up|unexpected disconnect|transfer closed"
    r"|Operation (?:timed out|too slow)|TLS connection|gnutls_handshake"
)
_RULES: list[_Rule] = [
    (r"No space left on device|Disk quota exceeded|os error 28\b|os error 122\b", _no_space),
    (r"HASHES FROM THE REQUIREMENTS FILE[^\n]*\n\s+(?P<name>[^\s=@]+)", _hash_mismatch),
    (r"Hash mismatch for `(?P<name>[^`=@\s]+)", _hash_mismatch),
    (r"Hashes are required in[^\n]*\n\s+(?P<name>[^\s=@]+)", _hash_missing),
    (r"no trusted hash was provided for: `(?P<name>[^`]+)`", _hash_missing),
    (r"must have a hash, but none were provided for: (?P<name>[^\s=]+)", _hash_missing),
    (r"fatal: could not read (?:Username|Password) for '(?P<where>[^']+)'", _auth),
    (r"fatal: Authentication failed for '(?P<where>[^']+)'", _auth),
    (rf"fatal: unable to access '(?P<where>[^']+)': .*(?:{_GIT_DOWN})", _network),
    (rf"^\s*(?:fatal|error): (?!subprocess).*(?:{_GIT_DOWN})", _network),
    (r"fatal: remote error: upload-pack: not our ref (?P<what>[0-9a-f]+)", _no_commit),
    (r"fatal: couldn't find remote ref (?P<what>\S+)", _no_commit),
    (r"fatal: (?:repository|unable to access) '(?P<what>[^']+?)/?'(?: not found|: .*returned error: 404)", _no_commit),
    (r"fatal: '?(?P<what>[^'\n]+?)'? does not appear to be a git repository", _no_commit),
    (
        r"(?:Preparing|Building|Getting|Installing|Checking)[^\n]* did not run successfully(?!.*build dependencies)",
        _build,
    ),
    (r"The build backend returned an error|Failed building wheel for|BackendUnavailable", _build),
    (rf"fetch URL {_URL}: There was a problem confirming the ssl certificate", _untrusted),
    (rf"error sending request for url \({_URL}\)(?:\n\s+cause: .*)*invalid peer certificate", _untrusted),
    (r"CERTIFICATE_VERIFY_FAILED.*?(?P<where>)", _untrusted),
    (r"repository located at (?P<where>\S+) is not a trusted or secure host", _untrusted),
    (rf"fetch URL {_URL}: (?:connection error|HTTP.*Max retries exceeded|5\d\d Server Error|429|408)", _network),
    (rf"Max retries exceeded.*|(?:5\d\d Server|4(?:29|08) Client) Error: [A-Za-z ]+ for url: {_URL}", _network),
    (rf"incomplete-download[\s\S]*?URL: {_URL}", _network),
    (r"(?:ReadTimeoutError|ConnectTimeoutError|ProtocolError|IncompleteRead|ConnectionResetError)\b", _network),
    (rf"HTTP status (?:server error \(5\d\d|client error \((?:429|408))[^)]*\) for url \({_URL}\)", _network),
    (rf"error sending request for url \({_URL}\)", _network),
    (
        r"cause: (?:error decoding response body|request or response body error|operation timed out|connection closed)",
        _network,
    ),
    (rf"40[13] Client Error: [A-Za-z ]+ for url: {_URL}", _auth),
    (rf"HTTP status client error \(40[13] [^)]*\) for url \({_URL}", _auth),
    (rf"An index URL \({_URL}\) could not be queried due to a lack of valid authentication", _auth),
    (r"Package (?P<name>'[^']+') requires a different Python: \S+ not in '(?P<wanted>[^']+)'", _interpreter),
    (
        r"requires? different python version[^\n]*: (?P<version>\S+) Requires-Python (?P<wanted>[^;\n]+)"
        r"(?:.*\n)*?ERROR: .*requirement (?P<name>\S+)",
        _interpreter,
    ),
    (r"(?P<name>\S+) (?:requires|depends on) Python ?(?P<wanted>[<>=!~]=?[^\s,]+(?:,[<>=!~]=?[^\s,]+)*)", _interpreter),
    (r"Read-only file system.*|Permission denied.*", _read_only),
]
_LAST_RULES: list[_Rule] = [
    (r"No matching distribution found for (?P<name>\S+)", _no_version),
    (r"Could not find a version that satisfies the requirement (?P<name>\S+)", _no_version),
    (r"(?:404 Client Error: Not Found for url: |\(404 Not Found\) for url \()(?P<name>[^\s)]+)", _no_version),
    (r"there (?:is|are) no versions? of (?P<name>[^\s,]+)", _no_version),
    (r"Because (?P<name>\S+) (?:was not found|has no wheels|could not be found)", _no_version),
    (r"(?P<name>\S+) (?:was not found in|has no wheels with)", _no_version),
]
