# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who builds which wheel, out of what all hosts found."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.assign import assignments, corrected, explained
from ansible_collections.portable.model_env.tests.support.wanted import KEY, wanted


def test_one_key_is_one_build_of_the_first_host_that_needs_it() -> None:
    found = {f"gpu{n}": [wanted("ready")] if n == 0 else [wanted()] for n in range(5)}
    assert list(assignments(found)) == ["gpu1"]
    (build,) = assignments(found)["gpu1"]
    assert (build["build_host"], build["hosts"]) == ("gpu1", ["gpu1", "gpu2", "gpu3", "gpu4"])


def test_two_environments_of_a_host_with_one_key_are_one_build() -> None:
    (build,) = assignments({"gpu1": [wanted(), wanted()]})["gpu1"]
    assert build["hosts"] == ["gpu1"]


@pytest.mark.parametrize(
    "change",
    [{"python_tag": "cp312"}, {"libc": "glibc2.41"}, {"torch": "2.12"}, {"cxx11abi": False}, {"commit": "0" * 40}],
)
def test_two_keys_are_two_builds_on_two_hosts(change: dict[str, Any]) -> None:
    found = {"gpu1": [wanted()], "gpu2": [wanted(**change)], "gpu3": [wanted(**change)]}
    builds = assignments(found)
    assert {host: [build["hosts"] for build in mine] for host, mine in builds.items()} == {
        "gpu1": [["gpu1"]], "gpu2": [["gpu2", "gpu3"]]
    }  # fmt: skip


def test_hosts_with_other_gpus_share_a_build_for_all_of_them() -> None:
    gpus = {"a100": "80", "h100": "90", "b200": "100"}
    (build,) = assignments({host: [wanted(archs=[arch])] for host, arch in gpus.items()})["a100"]
    assert build["key"]["archs"] == ["80", "90", "100"]
    assert build["slug"].endswith("-sm80_90_100")


def test_a_named_build_host_builds_everything_and_the_first_host_sees_to_it() -> None:
    found = {"gpu1": [wanted()], "gpu2": [wanted(torch="2.12")]}
    builds = assignments(found, "builder")
    assert {host: mine[0]["build_host"] for host, mine in builds.items()} == {"gpu1": "builder", "gpu2": "builder"}


def test_what_cannot_or_need_not_be_built_is_given_to_nobody() -> None:
    assert assignments({"gpu1": [wanted("none")], "gpu2": [wanted("fetch"), wanted("ready")], "gpu3": []}) == {}


def test_a_failed_build_is_told_to_all_who_wait_for_it() -> None:
    item = assignments({"gpu1": [wanted()], "gpu2": [wanted(archs=["80"])]})["gpu1"][0]
    results = [{"item": item, "msg": "nvcc was killed.\nWhy: memory", "failed": False}]
    (one,) = explained([wanted(archs=["80"])], results, final=True)
    assert "on gpu1: nvcc was killed" in one["error"]
    (other,) = explained([wanted(torch="2.12")], results)
    assert other["error"] == ""


def test_what_is_still_missing_at_the_end_is_an_error() -> None:
    assert explained([wanted()])[0]["error"] == ""
    assert explained([wanted()], [], final=True)[0]["error"]
    assert explained([wanted("none")])[0]["error"]
    assert explained([wanted("ready")], [], final=True)[0]["error"] == ""


def test_the_abi_that_torch_turned_out_to_have_is_looked_for_afterwards() -> None:
    item = assignments({"gpu1": [wanted()]})["gpu1"][0]
    built = {"item": item, "slug": "s", "path": "/p", "key": {**KEY, "cxx11abi": False}}
    assert corrected([wanted()], [built])[0]["key"]["cxx11abi"] is False
    assert corrected([wanted()], [])[0]["key"]["cxx11abi"] is True
