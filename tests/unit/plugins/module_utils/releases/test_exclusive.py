# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What being the only one on a root brings with it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import hold
from ansible_collections.portable.model_env.plugins.module_utils.releases import difference
from ansible_collections.portable.model_env.plugins.module_utils.releases.exclusive import Exclusive
from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import FILE_NAME, FORMAT, NONE
from ansible_collections.portable.model_env.plugins.module_utils.releases.sharers import REMEMBERED_SECONDS
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.tests.support.specs import make_spec


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Whatever a test sets ends with it."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.parametrize(("user", "mode"), [(0, 0o755), (1000, 0o700)])
def test_users_can_reach_what_root_makes_under_a_strict_umask(
    user: int, mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    tree = ModelRoot(str(tmp_path / "root"))
    with Exclusive(tree, "testing", 0.0, check_mode=False):
        pass
    assert os.stat(tree.releases).st_mode & 0o777 == mode


def taken_over(tree: ModelRoot) -> hold.Hold:
    """What another run does that takes this one for dead; its process cannot be looked up from there."""
    found = json.loads(Path(tree.hold_file).read_text())
    Path(tree.hold_file).write_text(json.dumps({**found, "place": "elsewhere"}))
    then = time.time() - hold.STALE_SECONDS - 60
    os.utime(tree.hold_file, (then, then))
    return tree.hold("another run").acquire()


def test_a_run_that_was_taken_for_dead_touches_nothing_any_more(tmp_path: Path) -> None:
    mine, theirs = ModelRoot(str(tmp_path)), ModelRoot(str(tmp_path))
    with Exclusive(mine, "building", 0, check_mode=False):
        Path(mine.release("demo-1")).mkdir()
        with taken_over(theirs):
            changes: list[Callable[[], object]] = [
                lambda: mine.finish("demo-1", NONE),
                lambda: mine.switch("demo", "demo-1"),
                lambda: mine.discard("demo-1"),
                lambda: mine.unlink("demo"),
                mine.clean,
                mine.prune_store,
                lambda: mine.begin("demo-2"),
                lambda: mine.abandon("demo-1"),
            ]
            for change in changes:
                with pytest.raises(ModelEnvError) as lost:
                    change()
                assert lost.value.kind == "lost"
            assert Path(mine.release("demo-1")).is_dir(), "the other run may be building there"
    assert not Path(mine.link("demo")).is_symlink()


def test_nobody_builds_where_a_run_may_wake_up(tmp_path: Path) -> None:
    mine, theirs = ModelRoot(str(tmp_path)), ModelRoot(str(tmp_path))
    base = difference.release_base("demo", "d" * 64)
    with Exclusive(mine, "building", 0, check_mode=False):
        # As early as a build can be stopped: nothing was written yet.
        mine.begin(base)
        found = json.loads(Path(mine.hold_file).read_text())
        Path(mine.hold_file).write_text(json.dumps({**found, "place": "elsewhere"}))
        then = time.time() - hold.STALE_SECONDS - 60
        os.utime(mine.hold_file, (then, then))
        with Exclusive(theirs, "building", 0, check_mode=False) as removed:
            assert theirs.release(base) in removed
            plan = difference.plan_environment(make_spec(), "d" * 64, theirs.environment("demo", "d" * 64))
            assert plan.release == f"{base}-r2"


def test_a_release_that_another_host_may_use_stays(tmp_path: Path) -> None:
    tree = ModelRoot(str(tmp_path))
    for folder in ("demo-1", "demo-2"):
        Path(tree.release(folder)).mkdir(parents=True)
        receipt = {"format": FORMAT, "name": "demo", "created": 1, "spec_digest": folder}
        Path(tree.release(folder), FILE_NAME).write_text(json.dumps(receipt))
    with Exclusive(tree, "switching", 0, check_mode=False):
        tree.switch("demo", "demo-1")
        tree.switch("demo", "demo-2")
        sign = Path(tree.state, ".hosts", "other%20pid")
        sign.touch()
        assert tree.retire("demo", 0) == []
        assert (tree.kept_for_others, tree.sharers.others()) == (["demo-1"], ["other"])
        old = time.time() - REMEMBERED_SECONDS - 60
        os.utime(sign, (old, old))
        assert tree.retire("demo", 0) == ["demo-1"], "the other host was not seen for a long time"


def test_a_name_that_looks_like_litter_is_none(tmp_path: Path) -> None:
    tree = ModelRoot(str(tmp_path))
    with Exclusive(tree, "switching", 0, check_mode=False):
        Path(tree.release("x")).mkdir()
        Path(tree.release("x"), FILE_NAME).write_text("{}")
        for name in ("wan.new-14b", "wan.new-14", "lock.x", "run-1", "new-1"):
            tree.switch(name, "x")
        assert tree.litter() == []
