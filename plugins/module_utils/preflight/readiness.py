# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's facts mean for what is going to be built on it: verdicts with cures. Pure."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import FAIL, PASS, SKIP, WARN, Verdict
from ansible_collections.portable.model_env.plugins.module_utils.sizes import shown

# Signed download addresses and Kerberos allow five minutes (RFC 4120, 8.2); heartbeats of a hold, seen from another
# node, are stale after 30 seconds.
CLOCK_FAILS, CLOCK_WARNS = 300.0, 30.0
_FEWEST_INODES = 100_000  # an environment with torch has about 30,000 files
_NO_ANSWER = {
    "dns": ("its name is not known", "correct the address, or the node's resolver"),
    "proxy": ("the proxy's name is not known, or it does not know the server's", "correct the proxy or the address"),
    "refused": ("the connection was refused", "start the server, or correct the address or the proxy"),
    "timeout": ("no answer came in time", "open the firewall for it, or name a proxy or a mirror"),
    "tls": ("", "give the node the CA bundle of that server (pip.conf's cert, REQUESTS_CA_BUNDLE), or set its clock"),
}


def filesystem(
    name: str,
    facts: Mapping[str, Any],
    root: Mapping[str, Any],
    built: bool,
    foreign: Mapping[str, Any] | None = None,
) -> Verdict:
    """The verdict of ``filesystem:NAME``.

    :param name: ``root``, ``weights``, ``tmp``, ``home`` or ``pip_cache``; the collection writes only to the first two.
    :param facts: of ``mounts.describe``.
    :param root: the same of the root.
    :param built: environments are built on it (not only weights kept).
    :param foreign: ``ModelEnvError.as_dict`` where a run refuses it for its owner.
    """
    check, path = f"filesystem:{name}", facts["path"]
    value = {**facts, "same_as_root": facts["device"] == root["device"]}
    if name not in ("root", "weights"):
        remarks = [] if value["same_as_root"] else ["another filesystem than the releases; nothing is moved across"]
        remarks += [word for word, key in (("read-only", "read_only"), ("noexec", "noexec")) if facts[key]]
        return verdicts.make(check, PASS, value, "; ".join(remarks))
    if foreign:
        return _fail(check, value, f"{foreign['what']}: {foreign['why']}", str(foreign["todo"]))
    if facts["read_only"]:
        return _fail(check, value, f"{facts['mount'] or path} is mounted read-only", f"remount it, or move {path}")
    if not facts["writable"]:
        cure = f"give the folder to this user, use become, or choose another one than {path}"
        return _fail(check, value, f"this user may not write to {path}", cure)
    if built and facts["noexec"]:
        cure = "mount it with exec, or choose a root on another filesystem (the option `root`)"
        return _fail(check, value, f"{facts['mount'] or path} is mounted with noexec, and no program runs there", cure)
    if 0 <= facts["inodes"] < _FEWEST_INODES:
        reason = f"only {facts['inodes']} files can still be made there; an environment with torch has about 30,000"
        return verdicts.make(check, WARN, value, reason, cure="remove files, or use a filesystem with more inodes")
    return verdicts.make(check, PASS, value)


def space(mount: str, free: int, minimum: int, needed: Mapping[str, int], unknown: Sequence[str]) -> Verdict:
    """The verdict of ``space:MOUNT``.

    :param minimum: bytes that must be free in any case.
    :param needed: bytes by what they are for; each is what it takes at least.
    :param unknown: what else will be fetched, of a size that nobody tells.
    """
    total = sum(needed.values())
    value = {"free": free, "needed": total, "minimum": minimum, "parts": dict(needed), "unknown": list(unknown)}
    if free < max(total, minimum):
        parts = ", ".join(f"{shown(size)} {what}" for what, size in needed.items() if size)
        want = f"at least {shown(total)} ({parts})" if total >= minimum else f"{shown(minimum)} (the minimum)"
        cure = "free space there, or choose another filesystem"
        return _fail(f"space:{mount}", value, f"{shown(free)} free, and {want} are needed", cure)
    rest = f"; not known of {', '.join(unknown)}" if unknown else ""
    return verdicts.make(f"space:{mount}", PASS, value, f"{shown(free)} free, at least {shown(total)} needed{rest}")


def interpreter(wanted: str, path: str, error: Mapping[str, Any] | None, by: Sequence[str]) -> Verdict:
    """The verdict of ``python:VERSION``.

    :param error: ``ModelEnvError.as_dict`` where the node has none.
    :param by: the environments that want it.
    """
    check = f"python:{wanted}"
    if error is None:
        return verdicts.make(check, PASS, path)
    return _fail(check, None, f"{error['what']}, which {', '.join(by)} needs; {error['why']}", str(error["todo"]))


def os_packages(found: Mapping[str, Any], compilers: Mapping[str, str]) -> Verdict:
    """The verdict of ``os_packages``: what the builds need of the operating system.

    :param found: of ``OsPackages.needed``.
    :param compilers: version of each compiler that is there.
    """
    value = {**found, "compilers": dict(compilers)}
    missing = " ".join(found["missing"])
    if not missing:
        return verdicts.make("os_packages", PASS, value)
    if found["privileged"]:
        return verdicts.make("os_packages", PASS, value, f"the role build_deps will install {missing}")
    cure = f"install them, or run with become: {missing}"
    return _fail("os_packages", value, f"missing, and this user may not install packages: {missing}", cure)


def server(kind: str, name: str, answer: Mapping[str, Any], needed: bool) -> Verdict:
    """The verdict of ``index:URL`` or ``hub:URL``.

    :param answer: fields of ``web.Answer``.
    :param needed: something is to be fetched from it now; else a fault is a warning.
    """
    check, status, error = f"{kind}:{name}", answer["status"], answer["error"]
    value = {"status": status, "seconds": round(answer["seconds"], 3)}
    reason = cure = ""
    if not status:
        known, _colon, detail = error.partition(": ")
        said, cure = _NO_ANSWER.get(known, (error, "look at the node's network, proxy and resolver"))
        reason = said or f"its certificate is not accepted: {detail}"
    elif status in (401, 407):
        reason, cure = f"it wants a login (HTTP {status})", "put user and password into the node's netrc or pip.conf"
    elif status == 403:
        reason, cure = "access is refused (HTTP 403)", "ask its owner for access, or use a mirror"
    elif status == 429:
        reason, cure = "it limits its requests (HTTP 429)", "wait, or use a mirror"
    elif status >= 500:
        reason, cure = f"the server is broken (HTTP {status})", "wait, or use a mirror"
    if not reason:
        # Not every index has every project, so a page that is not there is an answer, too.
        return verdicts.make(check, PASS, value, seconds=answer["seconds"])
    if not needed:
        return verdicts.make(check, WARN, value, reason, answer["seconds"], cure)
    return verdicts.make(check, FAIL, value, reason, answer["seconds"], cure)


def repository(repo: str, facts: Mapping[str, Any]) -> Verdict:
    """The verdict of ``weights:REPO``.

    :param facts: ``status``, ``error``, ``missing``, ``total`` (bytes), ``absent`` (names) and ``refused`` (why) of
        ``needs.MissingWeights``; ``foreign``: ``ModelEnvError.as_dict`` where a run refuses what lies in its folder.
    """
    check, status = f"weights:{repo}", facts["status"]
    value = {"missing": facts["missing"], "total": facts["total"]}
    foreign = facts.get("foreign")
    if foreign:
        return _fail(check, value, f"{foreign['what']}: {foreign['why']}", str(foreign["todo"]))
    if facts["refused"]:
        reason = f"what the Hub says of the repository cannot be believed: {facts['refused']}"
        return _fail(check, None, reason, "ask the Hub itself instead of a mirror (HF_ENDPOINT, the option `endpoint`)")
    if facts["absent"]:
        reason = f"the repository has no {', '.join(facts['absent'])}"
        return _fail(check, value, reason, "correct filenames, or the revision")
    if status == 200:
        return verdicts.make(check, PASS, value, f"{shown(facts['missing'])} of {shown(facts['total'])} to fetch")
    if status in (401, 403):
        cure = (
            "accept the repository's terms with the token's account, "
            "and give that token (HF_TOKEN, or the option `token`)"
        )
        # Without a token the Hub answers 401 for what does not exist, too.
        reason = f"the Hub does not let this node read it, or has no such repository (HTTP {status})"
        return _fail(check, None, reason, f"correct repo_id, or {cure}")
    if status == 404:
        return _fail(
            check, None, "the Hub has no such repository or revision (HTTP 404)", "correct repo_id or revision"
        )
    return verdicts.make(check, SKIP, None, "its size is not known, as the Hub gives no answer")


def git(url: str, error: Mapping[str, Any] | None, seconds: float, needed: bool) -> Verdict:
    """The verdict of ``git:URL``."""
    if error is None:
        return verdicts.make(f"git:{url}", PASS, None, "", seconds)
    word = FAIL if needed else WARN
    return verdicts.make(f"git:{url}", word, None, f"{error['what']}: {error['why']}", seconds, str(error["todo"]))


def lock(holder: str) -> Verdict:
    """The verdict of ``lock``.

    :param holder: in words; "" if nobody has it.
    """
    if not holder:
        return verdicts.make("lock", PASS)
    return _fail("lock", {"holder": holder}, f"another run is at work: {holder}", "wait until it has ended")


def clock(against: str, ahead: float | None) -> Verdict:
    """The verdict of ``clock:AGAINST``.

    :param against: ``controller`` or ``servers``.
    :param ahead: seconds that this node's clock is ahead of theirs; None: not known.
    """
    check = f"clock:{against}"
    if ahead is None:
        return verdicts.make(check, SKIP, None, "none of them told its time")
    value = {"ahead_seconds": round(ahead, 1)}
    if abs(ahead) <= CLOCK_WARNS:
        return verdicts.make(check, PASS, value)
    whose = "the controller's" if against == "controller" else "those of the servers that it reaches"
    reason = f"this node's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} {whose}"
    word = FAIL if abs(ahead) > CLOCK_FAILS else WARN
    return verdicts.make(check, word, value, reason, cure="set it, and have it kept (chrony, systemd-timesyncd)")


def ahead_of(node: float, before: float, after: float) -> float:
    """Seconds that a node's clock is ahead of the controller's, at least; 0 if they may be the same.

    :param node: the node's time, read between ``before`` and ``after`` on the controller's clock.
    """
    return min(node - before, 0.0) or max(node - after, 0.0)


def _fail(check: str, value: Any, reason: str, cure: str) -> Verdict:
    return verdicts.make(check, FAIL, value, reason, cure=cure)
