# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command runner, with real commands."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils import masking
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.logfile import open_log
from ansible_collections.portable.model_env.tests.support.waiting import alive, content, until


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-c", code]


def test_both_streams_the_status_and_standard_input() -> None:
    code = "import sys; print(sys.stdin.read().upper()); print('err', file=sys.stderr); sys.exit(3)"
    result = CommandRunner().run(python(code), stdin="text")
    assert (result.rc, result.stdout, result.stderr, result.timed_out) == (3, "TEXT\n", "err\n", False)


def test_output_larger_than_a_pipe_on_both_streams() -> None:
    code = "import sys; sys.stdout.write('o' * 300000); sys.stderr.write('e' * 300000)"
    result = CommandRunner().run(python(code))
    assert (len(result.stdout), len(result.stderr)) == (300000, 300000)


def test_the_whole_process_group_dies_at_the_timeout(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    for seconds in (0.5, 5, 50):  # long enough for the shell to have started its child
        result = CommandRunner().run(["sh", "-c", f"sleep 600 & echo $! > {mark}; wait"], timeout=seconds)
        assert result.timed_out
        assert result.rc < 0
        if mark.exists() and mark.read_text():
            break
    child = int(mark.read_text())
    until(lambda: not alive(child), "the child has ended")


@pytest.mark.parametrize("end", ["exit 0", "kill -9 $$"], ids=["ended", "killed"])
def test_what_outlives_the_command_is_killed_and_not_waited_for(tmp_path: Path, end: str) -> None:
    mark = tmp_path / "pid"
    result = CommandRunner().run(["sh", "-c", f"sleep 600 & echo $! > {mark}; echo said; {end}"], timeout=500)
    assert (result.stdout, result.timed_out) == ("said\n", False)
    child = int(mark.read_text())
    until(lambda: not alive(child), "the child has ended")


def test_the_environment_is_replaced_not_merged() -> None:
    code = "import os; print('SECRET_MARK' in os.environ, os.environ['A'])"
    os.environ["SECRET_MARK"] = "1"
    try:
        assert CommandRunner().run(python(code), env={"A": "b"}).stdout == "False b\n"
    finally:
        del os.environ["SECRET_MARK"]


def test_a_stray_module_in_the_working_folder_is_not_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert CommandRunner().run(python("import os; print(os.getcwd())")).stdout == "/\n"


def test_secrets_are_masked_in_the_log_also_across_reads(tmp_path: Path) -> None:
    masking.conceal("password")
    code = "import sys, time; o = sys.stdout; o.write('pass'); o.flush(); time.sleep(0.2); o.write('word tail')"
    with open_log(str(tmp_path / "log")) as log:
        result = CommandRunner().run(python(code), log=log)
    assert (tmp_path / "log").read_bytes() == b"******** tail\n"
    assert result.stdout == "password tail"


def test_an_installer_dies_with_the_module_that_started_it(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner\n"
        "CommandRunner().run([sys.executable, '-I', '-c', "
        "f'import os, time; open({sys.argv[2]!r}, \"w\").write(str(os.getpid())); time.sleep(600)'])"
    )
    collections = next(entry for entry in sys.path if entry.endswith(".collections"))
    module = os.posix_spawn(sys.executable, [sys.executable, "-c", code, collections, str(mark)], dict(os.environ))
    installer = int(content(mark))
    os.kill(module, 9)
    os.waitpid(module, 0)
    until(lambda: not alive(installer), "the installer has ended")
