# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of hosts, from what they registered."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade import outcomes
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade.outcomes import Records
from ansible_collections.portable.model_env.tests.support.answers import ERROR, answer
from ansible_collections.portable.model_env.tests.support.upgrades import (
    BACK,
    DONE,
    LOST,
    NEW,
    keeps,
    of,
    plan,
    records,
)

NO_PYTHON = of(blocked=[{"name": "demo", "msg": "no Python 3.11.\nmore", "reasons": [], "error": ERROR}])
FAILED = {"item": {"name": "demo"}, "failed": True, "msg": "x"}
OUTCOMES: list[tuple[str, Records, str]] = [
    ("nothing to do", records(keeps()), "current"),
    ("work", records(plan()), "waiting"),
    ("on trial", records(keeps(trial=True)), "waiting"),
    ("only a removal", records(of(work=[{"name": "x", "action": "remove", "release": "", "reasons": []}])), "current"),
    ("lost at the plan", records(LOST), "unreachable"),
    ("no result", records(), "unreachable"),
    ("plan failed", records({"failed": True}, failure={"msg": "no Python"}), "blocked"),
    ("plan cannot be read", records(of(kept=[])), "blocked"),
    ("preflight cannot be read", records(plan(), preflight={"verdicts": [{"check": "a"}]}), "blocked"),
    (
        "cannot be built",
        records(NO_PYTHON),
        "blocked",
    ),
    ("preflight", records(plan(), preflight=answer("preflight", go=False, verdicts=[])), "not ready"),
    ("lost while weights are looked at or fetched", records(plan(), weights=LOST), "unreachable"),
    ("preflight lost", records(plan(), preflight=LOST), "unreachable"),
    (
        "build failed",
        records(plan(), prepared={"results": [FAILED]}),
        "not built",
    ),
    ("build lost", records(plan(), prepared={"results": [{"unreachable": True}]}), "unreachable"),
    ("weights failed", records(keeps(), failure={"msg": "x"}), "blocked"),
    ("drain failed", records(plan(), hook={"msg": "busy"}), "not drained"),
    ("switched", records(plan(), switched=DONE), "switched"),
    ("refused", records(plan(), hook={"msg": "x"}, switched={"failed": True, "back": []}), "refused"),
    ("switched back", records(plan(), hook=BACK, switched=BACK), "switched back"),
    ("answer of the switch cannot be read", records(plan(), switched={"switched": 3}), "lost"),
    ("died", records(plan(), switched=LOST), "lost"),
    ("canary confirmed", records(plan(), switched=DONE, confirmed=DONE), "switched"),
    ("no canary", records(plan(), switched=DONE, confirmed={"skipped": True}), "switched"),
    ("failed the second check", records(plan(), hook=BACK, switched=DONE, confirmed=BACK), "switched back"),
    ("died while watched", records(plan(), switched=DONE, confirmed=LOST), "lost"),
    ("resume failed", records(plan(), switched=DONE, resume={"msg": "x"}), "not resumed"),
    ("failed, and resume failed", records(plan(), switched=BACK, resume={"msg": "x"}), "switched back"),
]


@pytest.mark.parametrize(("found", "expected"), [row[1:] for row in OUTCOMES], ids=[row[0] for row in OUTCOMES])
def test_what_became_of_a_host(found: Records, expected: str) -> None:
    assert outcomes.outcome(found)[0] == expected


def test_a_host_that_failed_and_is_still_drained_says_so() -> None:
    found = records(plan(), switched=BACK, resume={"msg": "no scontrol"})
    assert outcomes.outcome(found) == ("switched back", "not resumed: no scontrol; it failed")


def test_what_was_built_is_switched_to_also_under_another_name_than_planned() -> None:
    built = {"results": [{"item": {"name": "demo"}, "release": f"{NEW}-r2"}]}
    assert outcomes.releases(records(plan(), prepared=built)) == {"demo": f"{NEW}-r2"}
