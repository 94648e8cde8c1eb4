# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``wheel_builds``."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.filter.wheel_builds import FilterModule
from ansible_collections.portable.model_env.tests.support.wanted import wanted

builds = FilterModule().filters()["wheel_builds"]
HOSTVARS: dict[str, Any] = {"n1": {}, "n2": {"found": {"wheels": [wanted()]}}, "n3": {"found": {"wheels": [wanted()]}}}


def test_the_first_host_that_needs_a_wheel_has_it_compiled() -> None:
    shares = {host: builds(HOSTVARS, list(HOSTVARS), host, "found") for host in HOSTVARS}
    assert (shares["n1"], shares["n3"]) == ([], [])
    (build,) = shares["n2"]
    assert (build["hosts"], build["build_host"]) == (["n2", "n3"], "n2")


def test_hosts_of_another_batch_do_not_count_and_the_build_host_can_be_named() -> None:
    (build,) = builds(HOSTVARS, ["n3"], "n3", "found", "builder")
    assert (build["hosts"], build["build_host"]) == (["n3"], "builder")
