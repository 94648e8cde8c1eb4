# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that share a root, and want one thing or another of it."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.plugin_utils.answers import PlanAnswer
from ansible_collections.portable.model_env.plugins.plugin_utils.sharing import conflicts
from ansible_collections.portable.model_env.tests.support.upgrades import of

ONE, TWO = "1" * 64, "2" * 64


def plan(place: str | None = None, identity: str | None = None, **wanted: str) -> PlanAnswer:
    answer = of(root={"place": place, "identity": identity}, wanted=wanted)
    return strict.read(PlanAnswer, answer, extra=True)


def refused(*plans: PlanAnswer) -> list[tuple[str, str, str]]:
    """Host, the one that it is refused for, and the name; hosts are n1, n2 and so on."""
    found = conflicts((f"n{number}", one) for number, one in enumerate(plans, 1))
    return [(one.host, one.other, one.name) for against in found.values() for one in against]


@pytest.mark.parametrize(("place", "identity"), [(ONE, None), (None, ONE), (ONE, TWO)])
def test_the_later_of_two_hosts_is_refused(place: str | None, identity: str | None) -> None:
    assert refused(plan(place, identity, b="x"), plan(place, identity, b="y")) == [("n2", "n1", "b")]


def test_one_spec_or_different_names_are_no_conflict() -> None:
    assert refused(plan(ONE, b="x"), plan(ONE, b="x"), plan(ONE, c="y"), plan(ONE)) == []


def test_what_one_wants_and_another_removes_is_one() -> None:
    assert refused(plan(ONE, b=""), plan(ONE, b="x")) == [("n2", "n1", "b")]


def test_different_places_are_different_roots() -> None:
    assert refused(plan(ONE, b="x"), plan(TWO, b="y"), plan(None, b="z")) == []


def test_identities_tell_two_servers_of_one_name_apart() -> None:
    assert refused(plan(ONE, ONE, b="x"), plan(ONE, TWO, b="y")) == []
    assert refused(plan(ONE, ONE, b="x"), plan(ONE, TWO, b="y"), plan(ONE, TWO, b="z")) == [("n3", "n2", "b")]


def test_a_host_that_planned_before_the_root_had_an_identity_is_known_by_its_place() -> None:
    assert refused(plan(ONE, None, b="x"), plan(ONE, TWO, b="y")) == [("n2", "n1", "b")]


def test_a_refused_host_is_no_reason_to_refuse_another() -> None:
    assert refused(plan(ONE, b="x"), plan(ONE, b="y", c="y"), plan(ONE, c="x")) == [("n2", "n1", "b")]


def test_a_node_that_claims_the_place_of_others_refuses_nobody_before_it() -> None:
    assert refused(plan(ONE, b="x"), plan(TWO, b="y"), plan(ONE, TWO, b="z")) == [("n3", "n1", "b")]


def test_a_thousand_hosts_of_one_root_are_compared_with_one_of_them() -> None:
    same = {f"model{number}": "x" for number in range(20)}
    looks = []

    class Seen(str):
        __slots__ = ()

        def __ne__(self, other: object) -> bool:
            looks.append(other)
            return str.__ne__(self, other)

        __hash__ = str.__hash__

    plans = [plan(ONE, TWO, **same) for _host in range(1000)]
    for one in plans:
        object.__setattr__(one, "wanted", {name: Seen(digest) for name, digest in one.wanted.items()})
    assert refused(*plans) == []
    assert len(looks) <= 2 * 20 * 1000
