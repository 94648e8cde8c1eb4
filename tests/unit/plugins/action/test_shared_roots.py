# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``shared_roots``: which hosts of a play must not go on, and what they are told."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.action import shared_roots
from ansible_collections.portable.model_env.plugins.modules import shared_roots as documented
from ansible_collections.portable.model_env.tests.support.action import run
from ansible_collections.portable.model_env.tests.support.upgrades import of

ROOT = {"place": "1" * 64, "identity": None}


def host(name: str, version: str, **more: Any) -> dict[str, Any]:
    """The variables of a host that wants this version."""
    return {
        "inventory_hostname": name,
        "model_env_root": "/srv/model_env",
        "model_env_specs": {"b": {"python": "3.11", "packages": [f"single=={version}"]}},
        "model_env_plan": of(root=ROOT, wanted={"b": version}),
        **more,
    }


def refused(*hosts: dict[str, Any]) -> dict[str, str]:
    by_name = {one["inventory_hostname"]: one for one in hosts}
    result = run(shared_roots.ActionModule, {}, {"hostvars": by_name, "ansible_play_hosts_all": list(by_name)})
    assert "failed" not in result, result
    found: dict[str, str] = result["refused"]
    return found


def test_the_refusal_names_hosts_name_root_and_what_differs() -> None:
    found = refused(host("n1", "1.0"), host("n2", "2.0"))
    assert list(found) == ["n2"]
    assert "two hosts want different specs of one name in one root: n1 and n2" in found["n2"]
    assert "different b in /srv/model_env" in found["n2"]
    assert "packages: single==1.0 -> single==2.0" in found["n2"]


def test_equal_specs_are_let_through() -> None:
    assert refused(host("n1", "1.0"), host("n2", "1.0")) == {}


def test_absent_is_told() -> None:
    second = host("n2", "", model_env_specs={})
    assert "n2 lists it as absent" in refused(host("n1", "1.0"), second)["n2"]


def test_who_went_on_in_an_earlier_batch_is_not_refused_by_who_comes_later() -> None:
    before = host("n2", "2.0", model_env_shared={"refused": {"n9": "x"}})
    assert list(refused(host("n1", "1.0"), before)) == ["n1"]
    stopped = host("n2", "2.0", model_env_shared={"refused": {"n2": "x"}})
    assert list(refused(host("n1", "1.0"), stopped)) == ["n2"]


@pytest.mark.parametrize(
    "planned", [None, {}, {"failed": True, "msg": "x"}, {"unreachable": True}, {"root": "../x"}, "nonsense"]
)
def test_a_host_without_a_plan_is_nobodys_conflict(planned: Any) -> None:
    assert refused(host("n1", "1.0", model_env_plan=planned), host("n2", "2.0")) == {}


def test_the_module_has_the_options_of_the_action() -> None:
    assert all(name in documented.DOCUMENTATION for name in shared_roots.ActionModule.ARGUMENTS)
