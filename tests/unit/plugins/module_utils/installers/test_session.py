# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One piece of work of an installer: real processes that succeed, fail and hang."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import InstallOptions, Tools
from ansible_collections.portable.model_env.plugins.module_utils.installers.output import NETWORK, Failure, Parser
from ansible_collections.portable.model_env.plugins.module_utils.installers.session import Context, Session
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings


def conflicts(_output: str, _asked: Sequence[str], _constraints: Sequence[str]) -> list[str]:
    return []


def network(match: re.Match[str]) -> Failure:
    return Failure(NETWORK, "got no answer", match.group())


PARSER = Parser([(r"unreachable", network)], [], conflicts, lambda _output, log: f"the log says {log}")


class Bench:
    """A session whose pauses are noted instead of slept."""

    def __init__(self, folder: Path, settings: SourceSettings | None = None, **options: Any) -> None:
        self.folder = folder
        self.pauses: list[float] = []
        context = Context(CommandRunner(), Tools(), {}, settings or SourceSettings(), self.pauses.append, lambda: 0.5)
        self.session = Session(
            context, "stand-in", PARSER, str(folder), InstallOptions(**options), tmpdir=str(folder), log=str(self.log)
        )

    @property
    def log(self) -> Path:
        """Where the output goes."""
        return self.folder / "log"

    def run(self, script: str, lines: Sequence[str] = (), debug: str = "") -> str:
        """Run a script of the shell; its output."""
        environment = self.session.environment({"PATH": "/usr/bin:/bin"})
        return self.session.run(["sh", "-c", script], environment, lines, debug).stdout


def test_lines_arrive_and_all_is_logged(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.run("cat", ["alpha==1.0"]) == "alpha==1.0\n"
    assert bench.session.attempts == 1
    assert "$ sh -c cat\n    alpha==1.0\n" in bench.log.read_text()


def test_network_faults_are_repeated_with_longer_pauses(tmp_path: Path) -> None:
    bench = Bench(tmp_path, retries=3, retry_delay=2.0)
    # Succeeds the third time.
    bench.run(f"echo x >> {tmp_path}/tries; [ $(wc -l < {tmp_path}/tries) = 3 ] || {{ echo unreachable; exit 1; }}")
    assert (bench.session.attempts, bench.pauses) == (3, [2.0, 4.0])


def test_network_faults_end_with_the_retries(tmp_path: Path) -> None:
    bench = Bench(tmp_path, retries=1)
    with pytest.raises(ModelEnvError, match=r"stand-in got no answer \(2 attempts\)") as caught:
        bench.run("echo unreachable; exit 1")
    assert (caught.value.kind, caught.value.log) == (NETWORK, str(bench.log))


def test_nothing_else_is_repeated(tmp_path: Path) -> None:
    bench = Bench(tmp_path, retries=3)
    with pytest.raises(ModelEnvError) as caught:
        bench.run("echo 'ERROR: it is broken' >&2; exit 1")
    assert (caught.value.kind, caught.value.why, bench.pauses) == ("other", "it is broken", [])


def test_the_debug_log_explains_a_failure_and_is_removed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, retries=0)
    debug = tmp_path / "debug"
    with pytest.raises(ModelEnvError) as caught:
        bench.run(f"echo unreachable > {debug}; exit 1", debug=str(debug))
    assert caught.value.kind == NETWORK
    assert not debug.exists()


def test_a_command_that_hangs_ends_with_the_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path, total_timeout=0.5)
    with pytest.raises(ModelEnvError) as caught:
        bench.run("sleep 600")
    assert caught.value.kind == "timeout"


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelEnvError) as caught:
        Bench(tmp_path).session.run(["/nowhere/program"], {})
    assert caught.value.kind == "interpreter"


def test_secrets_are_masked_in_errors_and_in_the_log(tmp_path: Path) -> None:
    settings = SourceSettings(index_url="https://u:index-word@h/simple")
    bench = Bench(tmp_path, settings, environment={"HF_TOKEN": "token-word"}, secrets=["own-word"], retries=0)
    words = "index-word token-word own-word"
    with pytest.raises(ModelEnvError) as caught:
        bench.run(f"echo 'ERROR: {words}' >&2; exit 1", ["x @ https://u:line-word@h/x.whl"])
    text = str(caught.value) + repr(caught.value.as_dict()) + bench.log.read_text()
    for word in [*words.split(), "line-word"]:
        assert word not in text


def test_without_isolation_a_build_finds_the_programs_of_the_environment(tmp_path: Path) -> None:
    bench = Bench(tmp_path, build_isolation=False)
    assert bench.session.environment({"PATH": "/usr/bin"})["PATH"] == f"{tmp_path}/bin:/usr/bin"


def test_constraints_lie_in_a_file(tmp_path: Path) -> None:
    assert Bench(tmp_path).session.constraints_file() == ""
    path = Bench(tmp_path, constraints=["a<2", "b<3"]).session.constraints_file()
    assert Path(path).read_text() == "a<2\nb<3\n"
