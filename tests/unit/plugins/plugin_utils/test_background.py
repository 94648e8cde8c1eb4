# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module in the background: real commands on this machine, and a module that a thread stands in for."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.names import has_control
from ansible_collections.portable.model_env.plugins.plugin_utils import background, screen
from ansible_collections.portable.model_env.plugins.plugin_utils.actions import NodeAction
from ansible_collections.portable.model_env.tests.support.action import make

JOB = "j123.456"


class Job:
    """Stands in for the async wrapper and what it runs."""

    def __init__(self, folder: Path, state: dict[str, Any], status: dict[str, Any] | None = None) -> None:
        self.folder, self.state, self.status = folder, state, status
        self.secrets: dict[str, Any] | None = None
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.thread: threading.Thread | None = None

    def execute(self, module_name: str = "", module_args: Any = None, wrap_async: bool = False, **_: Any) -> Any:
        """Start it, or answer for it."""
        self.calls.append((module_name, dict(module_args)))
        if module_name == "ansible.builtin.async_status":
            return {"changed": True, "answer": 42, "finished": 1, "ansible_job_id": JOB}
        if not wrap_async:
            return {"changed": True, "plain": True}
        self.thread = threading.Thread(target=self._work, args=(module_args,))
        self.thread.start()
        return {"ansible_job_id": JOB, "results_file": str(self.folder / JOB), "started": 1}

    def _work(self, arguments: dict[str, Any]) -> None:
        if "secrets_pipe" in arguments:
            self.secrets = json.loads(Path(arguments["secrets_pipe"]).read_text())
        if self.status is not None:
            Path(arguments["status_file"]).write_text(json.dumps(self.status))
        (self.folder / JOB).write_text(json.dumps(self.state))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was displayed."""
    texts: list[str] = []
    for name in ("display", "warning"):
        monkeypatch.setattr(screen._display, name, lambda text, *_args, **_options: texts.append(text))
    return texts


def follow(job: Job, secrets: dict[str, Any] | None = None, interval: float = 0.0) -> dict[str, Any]:
    action = make(NodeAction)
    action._execute_module = job.execute
    action._connection._shell.set_options(direct={"async_dir": str(job.folder), "remote_tmp": str(job.folder)})
    follower = background.Follower(action, {"inventory_hostname": "n1"}, interval)
    try:
        return follower.run("portable.model_env.release", {"name": "svd"}, secrets)
    finally:
        if job.thread is not None:
            job.thread.join(10)


def test_the_answer_comes_and_nothing_stays(tmp_path: Path, shown: list[str]) -> None:
    job = Job(tmp_path, {"changed": True})
    assert follow(job) == {"changed": True, "answer": 42}
    assert [arguments.get("mode") for _module, arguments in job.calls] == [None, "status", "cleanup"]
    assert [one.name for one in tmp_path.iterdir()] == [JOB], "the folder for the status is removed"


def test_secrets_go_through_the_pipe_alone(tmp_path: Path, shown: list[str]) -> None:
    job = Job(tmp_path, {"changed": True})
    follow(job, {"token": "hf_secret"})
    assert job.secrets == {"token": "hf_secret"}
    assert "hf_secret" not in json.dumps(job.calls)


def test_a_run_that_was_killed_is_a_failure(tmp_path: Path, shown: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(background, "_DEAD_LOOKS", 1)
    nobody = 2**22 + 1  # above the largest pid of Linux
    result = follow(Job(tmp_path, {"started": 1}, {"phase": "building", "pid": nobody}))
    assert result["failed"]
    assert "ended without a result" in result["msg"]


def test_without_a_folder_on_the_node_the_module_runs_in_the_foreground(tmp_path: Path, shown: list[str]) -> None:
    (tmp_path / "file").write_text("")
    job = Job(tmp_path / "file" / "below", {})
    assert follow(job, {"token": "t"}) == {"changed": True, "plain": True}
    assert job.calls == [("portable.model_env.release", {"name": "svd", "token": "t"})]
    assert any("no progress is shown" in text for text in shown)


def test_what_a_node_says_of_its_progress_is_shown_and_not_sent(
    tmp_path: Path, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its status may be anything, its process number, too."""
    monkeypatch.setattr(background, "_FIRST_PAUSE", 0.01)
    over = threading.Event()

    def display(text: str) -> None:
        shown.append(text)
        over.set()

    monkeypatch.setattr(screen._display, "display", display)
    lie = {"phase": "\x1b[2J\nok: [n1]", "detail": "\u202e" * 5, "pid": "1; reboot", "done": "x", "rate": [], "unit": 7}
    job = Job(tmp_path, {"started": 1}, lie)
    end = threading.Thread(target=lambda: (over.wait(60), (tmp_path / JOB).write_text('{"changed": true}')))
    end.start()
    assert follow(job, interval=0.01)["answer"] == 42
    end.join()
    assert shown[0].startswith("n1: \\x1b[2J\\nok: [n1], \\u202e")
    assert not any(has_control(text) for text in shown)
