# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of a node: what is litter, what is kept, what is in use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import FILE_NAME, FORMAT
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.tests.support.waiting import PATIENCE


@pytest.fixture
def tree(tmp_path: Path) -> ModelRoot:
    root = ModelRoot(str(tmp_path / "root"))
    root.prepare()
    return root


def build(tree: ModelRoot, folder: str, name: str = "demo", created: float = 1.0) -> None:
    path = Path(tree.release(folder))
    (path / "bin").mkdir(parents=True)
    (path / FILE_NAME).write_text(json.dumps({"format": FORMAT, "name": name, "created": created, "checkouts": {}}))


def test_litter_is_what_no_receipt_speaks_for(tree: ModelRoot) -> None:
    build(tree, "demo-1")
    for path in ("releases/demo-2/bin", "tmp/run-x/deep"):
        Path(tree.root, path).mkdir(parents=True)
    Path(tree.environments, ".new-demo-12").symlink_to("nowhere")
    assert [os.path.relpath(path, tree.root) for path in tree.clean()] == [
        "envs/.new-demo-12",
        "releases/demo-2",
        "tmp/run-x",
    ]
    assert tree.clean() == []
    assert tree.release_folders() == ["demo-1"]


def test_an_active_release_is_no_litter_whatever_it_lacks(tree: ModelRoot) -> None:
    for folder in ("demo-1", "demo-1-r2"):
        build(tree, folder)
    os.symlink("../releases/demo-1", tree.link("demo"))
    Path(tree.release("demo-1"), FILE_NAME).unlink()
    assert tree.clean() == []
    tree.switch("demo", "demo-1-r2")
    assert tree.retire_after("demo", "demo-1", keep=1) == ["demo-1"]
    Path(tree.release("demo-1-r2"), FILE_NAME).unlink()
    tree.forget("demo", really=True)
    assert tree.release_folders() == []


def test_what_a_killed_run_started_is_killed_before_its_litter_is_removed(tree: ModelRoot) -> None:
    Path(tree.temporary, "run-x").mkdir()
    code = "import time; print(1, flush=True); time.sleep(600)"
    ours, other = (
        subprocess.Popen([sys.executable, "-c", code], env={"TMPDIR": folder}, stdout=subprocess.PIPE)
        for folder in (f"{tree.temporary}/run-x", "/tmp")
    )
    try:
        for process in (ours, other):
            assert process.stdout is not None
            process.stdout.readline()
        tree.clean()
        assert ours.wait(PATIENCE) == -9
        assert other.poll() is None
    finally:
        ours.kill()
        other.kill()


def test_old_releases_go_but_not_those_in_use(tree: ModelRoot) -> None:
    for number in range(4):
        build(tree, f"demo-{number}", created=number)
    os.symlink("../releases/demo-3", tree.link("demo"))
    user = Path(tree.release("demo-0"), "bin", "tool")
    user.write_text("#!/bin/sh\necho; sleep 600\n")
    user.chmod(0o755)
    process = subprocess.Popen([str(user)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        assert tree.retire("demo", keep=1) == ["demo-1"]
    finally:
        process.kill()
    assert tree.release_folders() == ["demo-0", "demo-2", "demo-3"]


def test_the_active_release_is_one_of_ours(tree: ModelRoot) -> None:
    assert tree.active("demo") is None
    os.symlink("../releases/demo-1", tree.link("demo"))
    assert tree.active("demo") == "demo-1"
    os.symlink("/elsewhere/demo-1", tree.link("other"))
    assert tree.active("other") is None


def test_forgetting_says_first_what_it_would_do(tree: ModelRoot) -> None:
    build(tree, "demo-1")
    build(tree, "other-1", name="other")
    os.symlink("../releases/demo-1", tree.link("demo"))
    would = tree.forget("demo", really=False)
    assert tree.owns("demo")
    assert tree.forget("demo", really=True) == would == [tree.link("demo"), tree.release("demo-1")]
    assert not tree.owns("demo")
    assert tree.owns("other")


def test_a_receipt_of_another_format_is_none(tree: ModelRoot) -> None:
    build(tree, "demo-1")
    path = Path(tree.release("demo-1"), FILE_NAME)
    path.write_text(json.dumps({"format": FORMAT + 1}))
    assert tree.receipt("demo-1") is None


def test_a_process_started_through_the_link_keeps_the_release_that_it_led_to(tree: ModelRoot) -> None:
    """Its command line names the link, which leads elsewhere by now, and it has no file of the release open."""
    for number in range(2):
        build(tree, f"demo-{number}", created=number)
        os.symlink(sys.executable, os.path.join(tree.release(f"demo-{number}"), "bin", "python"))
    tree.switch("demo", "demo-0")
    environment = {**os.environ, "PATH": f"{tree.link('demo')}/bin:{os.environ['PATH']}"}
    code = "import sys; print(1, flush=True); sys.stdin.read()"
    for command in ([f"{tree.link('demo')}/bin/python", "-c", code], ["sh", "-c", f"exec python -c '{code}'"]):
        with subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            tree.switch("demo", "demo-1")
            assert tree.retire("demo", keep=0) == []
            process.communicate()
        tree.switch("demo", "demo-0")
    tree.switch("demo", "demo-1")
    assert tree.retire("demo", keep=0) == ["demo-0"]
