# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe in real interpreters, with modules that crash, exit, hang and shout."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import table
from ansible_collections.portable.model_env.plugins.module_utils.checks.check import Measured, ProbeCall
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.probe_runner import ProbeRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.tests.support import planted
from ansible_collections.portable.model_env.tests.support.specs import expectation
from ansible_collections.portable.model_env.tests.support.waiting import alive, until


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> planted.Environment:
    found = planted.Environment(tmp_path_factory.mktemp("probing") / "env")
    (found.site / "leftover" / "__pycache__").mkdir(parents=True)
    return found.plant(
        crashes=planted.CRASHES,
        exits=planted.EXITS,
        hangs=planted.HANGS,
        killed=planted.KILLED,
        cut=planted.CUT,
        leaves=planted.LEAVES,
        aborts=planted.ABORTS,
        lacks=planted.LACKS,
        noisy=planted.NOISY,
        good="__version__ = '2.0'\n",
    )


def calls(expect: Expectation) -> dict[str, ProbeCall]:
    return {check.name: check.probe for check in table.asked(expect) if check.probe is not None}


def measure(python: str, *imports: str, limit: float = 30.0, write_bytecode: bool = False) -> dict[str, Measured]:
    probes = ProbeRunner(CommandRunner(), python, environ=os.environ, limit=limit, write_bytecode=write_bytecode)
    return probes.measure(calls(expectation({"imports": imports})))


BAD = {
    "crashes": "it crashed the interpreter with SIGSEGV (in {site}/crashes.py, line 2)",
    "exits": "it ended the interpreter with status 3, without an exception",
    "killed": "it crashed the interpreter with SIGKILL, as the kernel does when memory runs out",
    "cut": "it crashed the interpreter with SIGBUS, as a library does that was cut off (in {site}/cut.py, line 7)",
    "aborts": "it crashed the interpreter with SIGABRT (in {site}/aborts.py, line 3), after it had printed "
    '"MPI is not initialised"',
    "leaves": "SystemExit: bye (in {site}/leaves.py, line 1)",
    "lacks": "ModuleNotFoundError: No module named 'missing_dependency' (in {site}/lacks.py, line 1)",
    "absent": "ModuleNotFoundError: No module named 'absent'",
    "leftover": "ImportError: {site}/leftover is left over from a package and holds no code, though Python imports it",
}


@pytest.mark.parametrize("bad", list(BAD))
def test_a_bad_import_is_its_own_failure_and_the_rest_is_measured(environment: planted.Environment, bad: str) -> None:
    found = measure(environment.python, "good", bad, "json")
    assert found[f"import:{bad}"].error == BAD[bad].format(site=environment.site)
    assert found["interpreter"].value["venv"] is True
    assert found["import:good"].value == "2.0"
    assert not found["import:json"].error


def test_all_of_them_together(environment: planted.Environment) -> None:
    found = measure(environment.python, *BAD, "good")
    assert [name for name in found if found[name].error] == [f"import:{name}" for name in BAD]


def test_a_hanging_import_ends_at_the_limit_and_says_where(environment: planted.Environment) -> None:
    found = measure(environment.python, "hangs", "good", limit=2.0)
    assert found["import:hangs"].error == f"not finished after 2 s (in {environment.site}/hangs.py, line 2)"
    assert found["import:hangs"].timed_out
    assert found["import:good"].value == "2.0"


def test_a_filesystem_that_hangs_costs_the_limit_three_times_only(environment: planted.Environment) -> None:
    environment.plant(**{f"hangs{number}": planted.HANGS for number in range(4)})
    found = measure(environment.python, "hangs0", "hangs1", "hangs2", "hangs3", "good", limit=2.0)
    assert [found[f"import:hangs{number}"].timed_out for number in range(4)] == [True, True, True, False]
    assert "time limit" in found["import:hangs3"].not_run
    assert found["import:good"].not_run


def test_noise_forges_nothing(environment: planted.Environment) -> None:
    found = measure(environment.python, "noisy", "good")
    assert found["import:noisy"] == Measured(value="1.0", seconds=found["import:noisy"].seconds)
    assert found["import:good"].value == "2.0"


@pytest.mark.parametrize("source", [planted.STARTS_DAEMON, planted.FORKS_DAEMON], ids=["starts", "forks"])
def test_a_process_that_an_import_leaves_running_is_not_waited_for(tmp_path: Path, source: str) -> None:
    pid = tmp_path / "pid"
    environment = planted.Environment(tmp_path / "env").plant(leaver=source.format(pid=str(pid)))
    try:
        found = measure(environment.python, "leaver", "json")
    finally:
        daemon = int(pid.read_text())
        os.kill(daemon, 0)  # else this test proves nothing: it has ended, and was waited for
        os.kill(daemon, signal.SIGKILL)
    assert not any(one.error for one in found.values())


def test_a_child_that_comes_out_of_an_import_measures_nothing_and_ends(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    environment = planted.Environment(tmp_path / "env")
    environment.plant(through=planted.FORKS_THROUGH.format(pid=str(pid)), good="")
    found = measure(environment.python, "through", "good")
    assert [one.error for one in found.values()] == ["", "", ""]
    until(lambda: not alive(pid.read_text()), f"process {pid.read_text()} has ended")


def test_no_file_is_left_behind(environment: planted.Environment, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path))
        measure(environment.python, "crashes", "noisy")
        assert list(tmp_path.iterdir()) == []
        patch.setattr(tempfile, "tempdir", "/proc/nowhere")
        assert measure(environment.python, "noisy")["import:noisy"].value == "1.0"


def test_noise_at_startup_forges_nothing(tmp_path: Path) -> None:
    environment = planted.Environment(tmp_path / "env")
    (environment.site / "loud.pth").write_text("import sys; sys.stdout.write('no newline at the end')\n")
    assert measure(environment.python)["interpreter"].value["venv"] is True


def test_imports_leave_nothing_behind_unless_told_to(tmp_path: Path) -> None:
    environment = planted.Environment(tmp_path / "env").plant(good="")
    measure(environment.python, "good")
    assert not list(environment.site.glob("**/*.pyc"))
    measure(environment.python, "good", write_bytecode=True)
    assert [path.name.split(".")[0] for path in environment.site.glob("**/*.pyc")] == ["good"]


def test_the_callers_python_variables_do_not_reach_in(
    environment: planted.Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outsider.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    environment.plant(child="import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'pass'], check=True)\n")
    found = measure(environment.python, "outsider", "child")
    assert found["import:outsider"].error == "ModuleNotFoundError: No module named 'outsider'"
    assert not found["import:child"].error


def test_an_interpreter_that_is_gone(tmp_path: Path) -> None:
    found = measure(str(tmp_path / "bin" / "python"), "json")
    assert found["interpreter"].error == f"{tmp_path}/bin/python does not run: No such file or directory"
    assert found["import:json"].not_run == "the interpreter does not run"


def test_an_interpreter_that_breaks_at_startup(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'libpython3.11.so.1.0: cannot open shared object file' >&2\nexit 127\n")
    python.chmod(0o755)
    error = measure(str(python))["interpreter"].error
    assert error == f"{python} does not run: status 127, libpython3.11.so.1.0: cannot open shared object file"


def test_system_site_packages_are_seen(tmp_path: Path) -> None:
    environment = planted.Environment(tmp_path / "env", "--system-site-packages")
    value = measure(environment.python)["interpreter"].value
    assert value["venv"] is True
    assert value["outside"]


def test_no_virtual_environment() -> None:
    base = os.path.join(sys.base_prefix, "bin", f"python3.{sys.version_info[1]}")
    assert measure(base)["interpreter"].value["venv"] is False


def test_a_broken_torch_is_one_failure(tmp_path: Path) -> None:
    environment = planted.Environment(tmp_path / "env")
    environment.plant(torch="import libcudart\n", torchvision="import torch\n")
    probes = ProbeRunner(CommandRunner(), environment.python, environ=os.environ, limit=30.0)
    wanted = calls(expectation({"torch": {"version": "2.5.1", "torchvision": "0.20.1"}, "imports": ["torch"]}))
    found = probes.measure(wanted)
    assert [check for check, one in found.items() if one.error] == ["torch_build"]
    assert {one.blocked for check, one in found.items() if check not in ("interpreter", "torch_build")} == {"torch"}


def test_a_torch_that_crashes_is_tried_once(tmp_path: Path) -> None:
    environment = planted.Environment(tmp_path / "env").plant(torch=planted.CRASHES, torchvision="import torch\n")
    probes = ProbeRunner(CommandRunner(), environment.python, environ=os.environ, limit=30.0)
    found = probes.measure(
        calls(expectation({"torch": {"version": "2.5.1", "torchvision": "0.20.1"}, "imports": ["json"]}))
    )
    assert "SIGSEGV" in found["torch_build"].error
    assert found["nms_cpu"].blocked == "torch"
    assert not found["import:json"].error


def test_the_probe_is_found_in_a_zip_too(tmp_path: Path, environment: planted.Environment) -> None:
    """As in a module on a node: Ansible sends it and what it imports as one zip."""
    import ansible_collections.portable.model_env.plugins.module_utils as package

    source = Path(str(package.__file__)).parent
    prefix = "ansible_collections/portable/model_env/plugins/module_utils"
    archive = tmp_path / "payload.zip"
    with zipfile.ZipFile(archive, "w") as payload:
        for folder in ("ansible_collections", *(prefix.rsplit("/", up)[0] for up in (3, 2, 1))):
            payload.writestr(f"{folder}/__init__.py", "")
        for path in source.rglob("*.py"):
            payload.write(path, f"{prefix}/{path.relative_to(source)}")
    dotted = prefix.replace("/", ".")
    script = tmp_path / "script.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(archive)!r})\n"
        f"from {dotted}.checks.prove import prove\n"
        f"from {dotted}.host.command import CommandRunner\n"
        f"from {dotted}.checks.expectation import Expectation\n"
        f"print(prove(CommandRunner(), {environment.python!r}, expect=Expectation(imports=['good']))[-1]['verdict'])\n"
    )
    result = CommandRunner().run([sys.executable, "-I", str(script)])
    assert (result.stdout, result.stderr) == ("pass\n", "")


def test_the_reason_below_an_import_that_fails_is_told(tmp_path: Path) -> None:
    source = (
        "try:\n    raise OSError('undefined symbol: x')\n"
        "except OSError as error:\n    raise OSError('not loaded') from error\n"
    )
    environment = planted.Environment(tmp_path / "env").plant(caused=source)
    probes = ProbeRunner(CommandRunner(), environment.python, environ=os.environ, limit=30.0)
    found = probes.measure({"import:caused": ProbeCall("import", {"module": "caused"})})["import:caused"]
    assert found.error.startswith("OSError: not loaded, because of OSError: undefined symbol: x (in ")
