# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's facts mean."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.preflight import readiness

GOOD: dict[str, Any] = {
    "path": "/data/model_env", "device": 1, "mount": "/data", "type": "ext4", "size": 9, "free": 9, "inodes": -1,
    "read_only": False, "noexec": False, "writable": True,
}  # fmt: skip
ANSWER: dict[str, Any] = {"status": 200, "error": "", "seconds": 0.1}

FACTS: dict[str, Any] = {"error": "", "missing": 1024, "total": 2048, "absent": [], "refused": ""}


@pytest.mark.parametrize(
    ("name", "facts", "verdict", "reason"),
    [
        ("root", {}, "pass", ""),
        ("root", {"read_only": True}, "fail", "/data is mounted read-only"),
        ("root", {"writable": False}, "fail", "this user may not write to /data/model_env"),
        ("root", {"noexec": True}, "fail", "/data is mounted with noexec"),
        ("root", {"inodes": 5}, "warn", "only 5 files"),
        ("weights", {"noexec": True, "device": 2}, "pass", ""),
        ("tmp", {"noexec": True, "device": 2}, "pass", "another filesystem than the releases"),
        ("home", {"read_only": True, "writable": False}, "pass", "read-only"),
    ],
)
def test_filesystems(name: str, facts: dict[str, Any], verdict: str, reason: str) -> None:
    found = readiness.filesystem(name, {**GOOD, **facts}, GOOD, built=name == "root")
    assert (found["verdict"], reason in found["reason"]) == (verdict, True)
    assert verdict != "fail" or found["cure"]


@pytest.mark.parametrize(
    ("free", "minimum", "verdict", "reason"),
    [
        (3 << 30, 0, "pass", "3.0 GiB free, at least 2.0 GiB needed; not known of x"),
        (
            1 << 30,
            0,
            "fail",
            "1.0 GiB free, and at least 2.0 GiB (1.5 GiB of packages, 512 MiB of weights) are needed",
        ),
        (3 << 30, 4 << 30, "fail", "3.0 GiB free, and 4.0 GiB (the minimum) are needed"),
    ],
)
def test_space(free: int, minimum: int, verdict: str, reason: str) -> None:
    parts = {"of packages": 3 << 29, "of weights": 1 << 29}
    found = readiness.space("/data", free, minimum, parts, ["x"])
    assert (found["verdict"], found["reason"]) == (verdict, reason)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 0, "error": "dns"}, "its name is not known"),
        ({"status": 0, "error": "refused"}, "the connection was refused"),
        ({"status": 0, "error": "timeout"}, "no answer came in time"),
        (
            {"status": 0, "error": "tls: self-signed certificate"},
            "its certificate is not accepted: self-signed certificate",
        ),
        ({"status": 0, "error": "no route to host"}, "no route to host"),
        ({"status": 401}, "it wants a login (HTTP 401)"),
        ({"status": 403}, "access is refused (HTTP 403)"),
        ({"status": 429}, "it limits its requests (HTTP 429)"),
        ({"status": 502}, "the server is broken (HTTP 502)"),
    ],
)
def test_servers(answer: dict[str, Any], reason: str) -> None:
    found = readiness.server("index", "https://index", {**ANSWER, **answer}, needed=True)
    assert (found["verdict"], found["reason"]) == ("fail", reason)
    assert found["cure"]
    assert readiness.server("index", "https://index", {**ANSWER, **answer}, needed=False)["verdict"] == "warn"


def test_an_index_without_that_project_is_an_index() -> None:
    assert readiness.server("index", "https://index", {**ANSWER, "status": 404}, needed=True)["verdict"] == "pass"


@pytest.mark.parametrize(
    ("facts", "verdict", "reason"),
    [
        ({"status": 200}, "pass", "1.0 KiB of 2.0 KiB to fetch"),
        ({"status": 403}, "fail", "does not let this node read it"),
        ({"status": 404}, "fail", "no such repository"),
        ({"status": 200, "absent": ["x.bin"]}, "fail", "the repository has no x.bin"),
        ({"status": 0}, "skip", "not known"),
        ({"status": 0, "refused": "size is -1"}, "fail", "cannot be believed: size is -1"),
        (
            {"status": 200, "foreign": {"what": "/w is a link", "why": "of theirs", "todo": "look"}},
            "fail",
            "/w is a link",
        ),
    ],
)
def test_repositories(facts: dict[str, Any], verdict: str, reason: str) -> None:
    found = readiness.repository("a/b", FACTS | facts)
    assert (found["verdict"], reason in found["reason"]) == (verdict, True)


@pytest.mark.parametrize(
    ("ahead", "verdict"),
    [(0.0, "pass"), (30.0, "pass"), (-31.0, "warn"), (301.0, "fail"), (-3600.0, "fail"), (None, "skip")],
)
def test_the_clock(ahead: float | None, verdict: str) -> None:
    assert readiness.clock("controller", ahead)["verdict"] == verdict


def test_the_time_that_a_connection_takes_is_no_difference_of_clocks() -> None:
    assert readiness.ahead_of(105.0, 100.0, 110.0) == 0
    assert readiness.ahead_of(90.0, 100.0, 110.0) == -10
    assert readiness.ahead_of(170.0, 100.0, 110.0) == 60


def test_what_is_missing_is_a_problem_only_for_those_who_may_not_install_it() -> None:
    found = {"family": "debian", "missing": ["g++", "git"], "privileged": False}
    assert readiness.os_packages(found, {})["verdict"] == "fail"
    assert "g++ git" in readiness.os_packages(found, {})["cure"]
    assert readiness.os_packages({**found, "privileged": True}, {})["verdict"] == "pass"
