# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: one row per situation of an environment on a node."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.releases import difference
from ansible_collections.portable.model_env.plugins.module_utils.releases.difference import ReleaseState
from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import Installed, Receipt
from ansible_collections.portable.model_env.tests.support.specs import make_spec

DIGEST = "d" * 64
OTHER = "e" * 64
BASE = "demo-" + "d" * 12
OLD = "demo-" + "e" * 12
EINOPS = {"einops": Installed("0.8.1", "0.8.1", "index", (10, 1))}
SPEC = make_spec(packages=["einops==0.8.1"])


def release(
    digest: str = DIGEST, found: Any = None, runs: bool = True, packages: list[str] | None = None
) -> ReleaseState:
    receipt = Receipt(
        spec_digest=digest,
        distributions=EINOPS,
        spec={**SPEC.to_dict(), "packages": packages if packages is not None else list(SPEC.packages)},
        python={"executable": "/usr/bin/python3.11"},
    )
    return ReleaseState(receipt, runs, EINOPS if found is None else found)


CASES: list[tuple[str, Any, dict[str, Any], str, str, str]] = [
    # situation, active, releases, action, release, reason
    ("nothing there", None, {}, "build", BASE, "there is none yet"),
    ("matches", BASE, {BASE: release()}, "keep", BASE, ""),
    ("a rebuild matches", f"{BASE}-r2", {f"{BASE}-r2": release()}, "keep", f"{BASE}-r2", ""),
    ("killed build", None, {BASE: ReleaseState()}, "build", BASE, "there is none yet"),
    (
        "pin changed",
        OLD,
        {OLD: release(OTHER, packages=["einops==0.8.0"])},
        "build",
        BASE,
        "packages: einops==0.8.0 -> einops==0.8.1",
    ),
    (
        "back to a kept one",
        OLD,
        {OLD: release(OTHER, packages=[]), BASE: release()},
        "activate",
        BASE,
        "packages: (none)",
    ),
    ("its receipt is gone", BASE, {BASE: ReleaseState()}, "build", f"{BASE}-r2", "it has no receipt"),
    ("removed by hand", BASE, {BASE: release(found={})}, "build", f"{BASE}-r2", "einops 0.8.1 was removed by hand"),
    (
        "drifted, an older rebuild fits",
        BASE,
        {BASE: release(found={}), f"{BASE}-r2": release()},
        "activate",
        f"{BASE}-r2",
        "einops 0.8.1 was removed by hand",
    ),
    (
        "interpreter gone",
        BASE,
        {BASE: release(runs=False)},
        "build",
        f"{BASE}-r2",
        "its interpreter /usr/bin/python3.11 is gone",
    ),
    ("active folder gone", BASE, {}, "build", BASE, f"the active release {BASE} is gone"),
]


@pytest.mark.parametrize(
    ("active", "releases", "action", "folder", "reason"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_plan(active: Any, releases: dict[str, Any], action: str, folder: str, reason: str) -> None:
    plan = difference.plan_environment(SPEC, DIGEST, difference.EnvironmentState(active, releases))
    assert (plan.action, plan.release, plan.active) == (action, folder, active)
    assert "; ".join(plan.reasons).startswith(reason)
    assert bool(plan.reasons) == bool(reason)


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return difference.spec_changes(Receipt(name="demo", spec=make_spec(**old).to_dict()), make_spec(**new))


def test_a_spec_change_is_told_key_by_key() -> None:
    old = {"python": "3.11", "torch": {"version": "2.5.1", "cuda": "cu124"}, "packages": ["a==1", "b==1"]}
    new = {"python": "3.12", "torch": {"version": "2.6.0", "cuda": "cu124"}, "packages": ["a==1"], "imports": ["a"]}
    assert changes(old, new) == [
        "imports: (none) -> a",
        "packages: b==1 -> (none)",
        "python: 3.11 -> 3.12",
        "torch.version: 2.5.1 -> 2.6.0",
    ]


def test_what_changes_nothing_in_what_is_built_is_no_change() -> None:
    assert changes({"description": "old", "api_keys": ["A"]}, {"description": "new", "system_packages": ["git"]}) == []


def test_a_block_that_was_not_there_is_told_in_one_line() -> None:
    torch = {"version": "2.5.1", "cuda": "cu124", "requirements": ["torch==2.5.1"], "index_url": ""}
    flash = {"name": "flash-attn", "version": "2.8.3"}
    assert changes({}, {"torch": torch, "torch_extensions": [flash]}) == [
        "torch: (none) -> version=2.5.1 cuda=cu124",
        "torch_extensions: (none) -> name=flash-attn version=2.8.3",
    ]


def test_a_source_tree_is_told_by_its_commit() -> None:
    def git(commit: str) -> dict[str, Any]:
        return {"git_packages": [{"name": "clip", "url": "https://host/clip.git", "commit": commit}]}

    assert changes(git("a1"), git("b2")) == ["git_packages: https://host/clip.git@a1 -> https://host/clip.git@b2"]


def test_a_receipt_of_another_version_is_told_by_what_cannot_be_read() -> None:
    receipt = Receipt(name="demo", spec={**make_spec().to_dict(), "later": "x"})
    assert difference.spec_changes(receipt, make_spec()) == [
        "the receipt of demo says nothing that can be compared: later is a key that is not known"
    ]


@pytest.mark.parametrize(
    ("folder", "expected"),
    [(BASE, True), (f"{BASE}-r2", True), (f"{BASE}-rx", False), (f"{BASE}2", False), (OLD, False), ("-r2", False)],
)
def test_belongs_to(folder: str, expected: bool) -> None:
    assert difference.belongs_to(folder, BASE) is expected
