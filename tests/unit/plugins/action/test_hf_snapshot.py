# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``hf_snapshot``: the token goes to a download and nowhere else."""

from __future__ import annotations

from ansible_collections.portable.model_env.plugins.action.hf_snapshot import ActionModule
from ansible_collections.portable.model_env.tests.support.action import Node, run


def test_a_look_does_not_get_the_token() -> None:
    node = Node([{"changed": False}])
    run(ActionModule, {"repo_id": "a/b", "token": "hf_secret"}, node=node)
    assert node.calls == [("portable.model_env.hf_snapshot", {"repo_id": "a/b", "only_look": True})]


def test_what_is_fetched_later_is_said_where_only_a_look_was_wanted() -> None:
    assert run(ActionModule, {"only_look": True}, node=Node([{"more": True}]))["more"] is True
