# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What installers are asked, and what they answer."""

from __future__ import annotations

from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Change, Tools


def test_changes_sort_by_name_and_travel_in_results() -> None:
    changes = [Change("b", "1", "2"), Change("a", "1", "2", "vcs")]
    assert [change.name for change in sorted(changes)] == ["a", "b"]
    assert changes[1].as_dict() == {"name": "a", "before": "1", "after": "2", "origin": "vcs"}


def test_tools_that_lack_an_installer_have_no_command_for_it() -> None:
    tools = Tools("/t/bin/python", {"x": ("/t/bin/x",)})
    assert (tools.command("x"), tools.command("y")) == (("/t/bin/x",), ())
