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
from typing import Any, Callable

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import hold
from ansible_collections.portable.model_env.tests.support.waiting import until

HOLDER = """
import sys, time
sys.path.insert(0, sys.argv[2])
from ansible_collections.portable.model_env.plugins.module_utils.host.hold import Hold
Hold(sys.argv[1], "building svd").acquire()
print("held", flush=True)
time.sleep(600)
"""


MYSELF = hold._myself("it", "x").as_dict()


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
        assert found.what == "mine"
    assert os.listdir(tmp_path) == []


def test_a_zombie_does_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = hold_elsewhere(path)
    holder.kill()
    until(lambda: hold._looked_up(holder.pid) == "gone", "the holder is a zombie")
    assert hold.peek_holder(str(path)) is None
    holder.wait()


@pytest.mark.parametrize(("age", "held"), [(0, True), (hold.STALE_SECONDS + 60, False)], ids=["beating", "silent"])
def test_a_holder_elsewhere_lives_as_long_as_its_heartbeat(tmp_path: Path, age: float, held: bool) -> None:
    path = tmp_path / "lock"
    path.write_text(json.dumps({"place": "another boot", "pid": os.getpid(), "identity": "x", "what": "it"}))
    then = time.time() - age
    os.utime(path, (then, then))
    assert (hold.peek_holder(str(path)) is not None) is held
    if not held:
        with hold.Hold(str(path), "mine").acquire() as taken:
            assert taken.took_over, "it may wake up"


def test_who_is_first_after_a_silent_holder_knows_of_it_whoever_found_it_dead(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(json.dumps({"place": "another boot", "pid": os.getpid(), "identity": "x", "what": "it"}))
    found = hold._read(str(path))
    assert found is not None
    hold.Hold(str(path), "one of many who wait")._break(found)
    with hold.Hold(str(path), "the first").acquire() as first:
        assert first.took_over
    with hold.Hold(str(path), "the next").acquire() as second:
        assert not second.took_over
    assert os.listdir(tmp_path) == []


def test_a_process_number_used_again_does_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(json.dumps({**MYSELF, "started": "1"}))
    assert hold.peek_holder(str(path)) is None
    assert path.exists(), "peek changes nothing"


def test_waiting_takes_it_as_soon_as_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = hold_elsewhere(path)
    subprocess.Popen(["sh", "-c", f"sleep 0.3; kill -9 {holder.pid}"])
    with hold.Hold(str(path), "mine").acquire(wait=300):
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
        assert found.what == "theirs"


def test_a_heartbeat_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "HEARTBEAT_SECONDS", 0.01)
    path = tmp_path / "lock"
    with hold.Hold(str(path), "mine").acquire():
        os.utime(path, (0, 0))
        until(lambda: path.stat().st_mtime > 0, "a heartbeat")


def test_a_holder_sees_that_its_hold_was_lost(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold.Hold(str(path), "fetching").acquire() as taken:
        assert taken.held()
        path.write_text('{"identity": "of another run"}')
        assert not taken.held()
        with pytest.raises(ModelEnvError, match="was lost to another run") as lost:
            taken.demand()
        assert lost.value.kind == "lost"
    assert path.exists(), "what is another's is left alone"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "[" * 5000,
        '{"pid": "abc"}',
        '{"pid": null}',
        '{"pid": -1}',
        '{"pid": 1e400}',
        "\x00",
        '{"what": 7}',
    ],
)
def test_an_unreadable_hold_holds_until_it_is_stale(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lock"
    path.write_text(text)
    with pytest.raises(ModelEnvError) as refusal:
        hold.Hold(str(path), "mine").acquire()
    assert refusal.value.kind == "locked"
    then = time.time() - hold.STALE_SECONDS - 60
    os.utime(path, (then, then))
    with hold.Hold(str(path), "mine").acquire():
        pass
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: os.symlink("/etc/passwd", path)])
def test_what_is_no_file_is_refused_by_what_it_is(tmp_path: Path, make: Callable[[str], None]) -> None:
    path = tmp_path / "lock"
    make(str(path))
    for call in (hold.peek_holder, lambda path: hold.Hold(path, "mine").acquire()):
        with pytest.raises(ModelEnvError, match="is no plain file") as refusal:
            call(str(path))
        assert refusal.value.kind == "locked"
    assert os.listdir(tmp_path) == ["lock"]


def test_a_file_that_names_process_1_does_not_hold_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(json.dumps({**MYSELF, "pid": 1, "started": hold._looked_up(1)}))
    assert hold.peek_holder(str(path)) is not None
    then = time.time() - hold.ABANDONED_SECONDS - 60
    os.utime(path, (then, then))
    assert hold.peek_holder(str(path)) is None


def test_a_stamp_of_the_future_ends_when_nobody_renews_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "STALE_SECONDS", 0.2)
    monkeypatch.setattr(hold, "_RETRY_SECONDS", 0.05)
    path = tmp_path / "lock"
    path.write_text(json.dumps({"place": "another boot", "pid": 7, "identity": "x"}))
    future = time.time() + 10_000
    os.utime(path, (future, future))
    with hold.Hold(str(path), "mine").acquire(wait=60):
        pass


def test_words_of_a_holder_reach_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(json.dumps({**MYSELF, "what": "\x1b[2Jok: [n1]\n" + "x" * 1000}))
    with pytest.raises(ModelEnvError) as refusal:
        hold.Hold(str(path), "mine").acquire()
    assert "\x1b" not in refusal.value.message
    assert len(refusal.value.message) < 600
    assert "\x1b" not in json.dumps(refusal.value.as_dict())


def test_an_attempt_that_somebody_cleans_away_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lock"
    link = os.link
    lost: list[str] = []

    def cleaned(source: str, target: str, **more: Any) -> None:
        if not lost:
            lost.append(source)
            os.unlink(source)
        link(source, target, **more)

    monkeypatch.setattr(os, "link", cleaned)
    with hold.Hold(str(path), "mine").acquire() as taken:
        assert taken.held()
    assert lost


def test_only_old_files_beside_a_hold_are_litter(tmp_path: Path) -> None:
    path, old = tmp_path / "lock", tmp_path / "lock.0123"
    (tmp_path / "lock.4567").touch()
    old.touch()
    then = time.time() - hold.ABANDONED_SECONDS - 60
    os.utime(old, (then, then))
    assert hold.litter(str(path)) == [str(old)]


CONTENDER = """
import os, sys, time
sys.path.insert(0, sys.argv[2])
from ansible_collections.portable.model_env.plugins.module_utils.host import hold
from ansible_collections.portable.model_env.tests.support.waiting import until
link = os.link
def slow(source, target, **more):  # as a network filesystem is
    time.sleep(0.002)
    link(source, target, **more)
os.link = slow
hold._RETRY_SECONDS = 0.01
inside = os.path.join(os.path.dirname(sys.argv[1]), "inside")
for _turn in range(20):
    with hold.Hold(sys.argv[1], "turn").acquire(wait=120) as taken:
        os.close(os.open(inside, os.O_CREAT | os.O_EXCL))  # two at once: FileExistsError
        for path in hold.litter(sys.argv[1]):
            os.unlink(path)
        taken.demand()
        os.unlink(inside)
"""


def test_six_runs_take_turns(tmp_path: Path) -> None:
    collections = next(entry for entry in sys.path if entry.endswith(".collections"))
    argv = [sys.executable, "-c", CONTENDER, str(tmp_path / "lock"), collections]
    runs = [subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) for _number in range(6)]
    ended = [(run.communicate(timeout=300)[1], run.returncode) for run in runs]
    assert ended == [("", 0)] * 6
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hide processes and be other users")
def test_a_holder_that_proc_hides_is_not_dead(tmp_path: Path) -> None:
    collections = next(entry for entry in sys.path if entry.endswith(".collections"))
    tmp_path.chmod(0o777)
    for folder in [*tmp_path.parents][:-2]:
        folder.chmod(folder.stat().st_mode | 0o755)
    script = f"""
        mount -t proc -o hidepid=2 proc /proc || exit 77
        python=$(readlink -f {sys.executable})
        as() {{ setpriv --reuid "$1" --clear-groups "$python" -c "$2" {tmp_path}/lock {collections}; }}
        as 2001 "$HOLDER" & sleep 0.2
        until [ -e {tmp_path}/lock ]; do sleep 0.1; done
        as 2002 "$ASKER"; status=$?
        kill %1; exit $status
    """
    asker = HOLDER.replace("time.sleep(60)", "") + "sys.exit(66)\n"
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "bash", "-c", script],
        env={**os.environ, "HOLDER": HOLDER, "ASKER": asker},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip("no namespace of mounts here")
    assert done.returncode != 66, "the asker took a hold that somebody has"
    assert "is locked: building svd" in done.stderr
