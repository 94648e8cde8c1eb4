# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds, with real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import hold

HOLDER = """
import sys, time
sys.path.insert(0, sys.argv[2])
from ansible_collections.portable.model_env.plugins.module_utils.host.hold import Hold
Hold(sys.argv[1], "building svd").acquire()
print("held", flush=True)
time.sleep(60)
"""


def hold_elsewhere(path: Path) -> subprocess.Popen[str]:
    collections = next(entry for entry in sys.path if entry.endswith(".collections"))
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), collections], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_hold_refuses_others_and_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = hold_elsewhere(path)
    try:
        with pytest.raises(ModelEnvError) as refusal:
            hold.Hold(str(path), "mine").acquire()
    finally:
        holder.kill()
        holder.wait()
    assert refusal.value.kind == "locked"
    assert f"building svd by root on {os.uname().nodename}, process {holder.pid}" in refusal.value.message


def test_a_killed_holder_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = hold_elsewhere(path)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert path.exists()
    with hold.Hold(str(path), "mine").acquire():
        found = hold.peek_holder(str(path))
        assert found is not None
        assert found["what"] == "mine"
    assert os.listdir(tmp_path) == []


def test_a_zombie_does_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = hold_elsewhere(path)
    holder.kill()
    while hold._started(holder.pid):
        time.sleep(0.01)
    assert hold.read_holder(str(path)) is None
    holder.wait()


@pytest.mark.parametrize(("age", "held"), [(0, True), (hold.STALE_SECONDS + 60, False)], ids=["beating", "silent"])
def test_a_holder_elsewhere_lives_as_long_as_its_heartbeat(tmp_path: Path, age: float, held: bool) -> None:
    path = tmp_path / "lock"
    path.write_text(json.dumps({"place": "another boot", "pid": os.getpid(), "identity": "x", "what": "it"}))
    then = time.time() - age
    os.utime(path, (then, then))
    assert (hold.read_holder(str(path)) is not None) is held
    assert path.exists() is held


def test_a_process_number_used_again_does_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(json.dumps({**hold._myself(), "started": "1", "identity": "x"}))
    assert hold.peek_holder(str(path)) is None
    assert path.exists(), "peek changes nothing"


def test_waiting_takes_it_as_soon_as_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = hold_elsewhere(path)
    subprocess.Popen(["sh", "-c", f"sleep 0.3; kill -9 {holder.pid}"])
    with hold.Hold(str(path), "mine").acquire(wait=30):
        pass
    holder.wait()
    assert not path.exists()


def test_release_leaves_anothers_alone(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    mine = hold.Hold(str(path), "mine").acquire()
    path.unlink()
    with hold.Hold(str(path), "theirs").acquire():
        mine.release()
        found = hold.peek_holder(str(path))
        assert found is not None
        assert found["what"] == "theirs"


def test_a_heartbeat_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "HEARTBEAT_SECONDS", 0.01)
    path = tmp_path / "lock"
    with hold.Hold(str(path), "mine").acquire():
        os.utime(path, (0, 0))
        deadline = time.monotonic() + 20
        while path.stat().st_mtime == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert path.stat().st_mtime > 0


def test_breaking_puts_back_a_hold_that_was_taken_in_between(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(json.dumps({"identity": "new", "what": "theirs"}))
    hold._break(str(path), {"identity": "old"})
    assert json.loads(path.read_text())["identity"] == "new"
    assert os.listdir(tmp_path) == ["lock"]


def test_a_holder_sees_that_its_hold_was_lost(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold.Hold(str(path), "fetching").acquire() as taken:
        assert taken.held()
        path.write_text('{"identity": "of another run"}')
        assert not taken.held()
    assert path.exists(), "what is another's is left alone"
