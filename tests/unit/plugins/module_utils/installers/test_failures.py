# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both installers do when something is wrong: which faults are repeated, what is said, what is never shown."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.installers import site_packages
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Change, Tools
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement
from ansible_collections.portable.model_env.tests.support import packages
from ansible_collections.portable.model_env.tests.support.index import Fault, Index
from ansible_collections.portable.model_env.tests.support.waiting import alive

from .conftest import Bench, make_bench


@pytest.fixture
def stock(index: Index) -> Index:
    """Alpha 1.0 and 2.0, and beta which needs alpha 1.0."""
    wheels = index.folder / "wheels"
    for version in ("1.0", "2.0"):
        packages.wheel(wheels, "alpha", version)
    packages.wheel(wheels, "beta", "1.0", requires=["alpha==1.0"])
    return index


def refused(bench: Bench, *wanted: str | Requirement, **options: Any) -> ModelEnvError:
    """The error of an installation that must fail and leave nothing behind."""
    before = bench.versions()
    with pytest.raises(ModelEnvError) as caught:
        bench.install(*wanted, **options)
    assert bench.versions() == before
    assert caught.value.where == str(bench.prefix)
    assert caught.value.log == str(bench.log)
    assert caught.value.todo
    return caught.value


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/simple/alpha", status=503, times=2),
        Fault("/simple/alpha", status=429, times=2),
        Fault("/files/", status=502, times=2),
        Fault("/files/", hang=300, times=1),
    ],
    ids=["index 503", "index 429", "file 502", "file silent"],
)
def test_network_faults_are_repeated_and_counted(bench: Bench, stock: Index, fault: Fault) -> None:
    stock.faults = [Fault(**vars(fault))]
    # Silence is given up after five seconds, which nothing else takes, also on a loaded machine.
    result = bench.install("alpha==1.0", retries=4, retry_delay=2.0, timeout=5 if fault.hang else 60)
    assert result.changes == [Change("alpha", None, "1.0")]
    assert result.attempts == fault.times + 1
    assert bench.pauses == [2.0, 4.0][: fault.times]


def test_a_truncated_file_is_no_end(bench: Bench, stock: Index) -> None:
    """The one resumes by itself, the other does not: either way it arrives."""
    own = site_packages.read(sys.prefix)["pip"].version.split(".")
    if bench.installer.name == "pip" and tuple(map(int, own[:2])) < (25, 1):
        pytest.skip("before 25.1 pip takes what has arrived for the file, and finds another hash")
    stock.faults = [Fault("/files/", cut=100, times=1)]
    assert bench.install("alpha==1.0", retries=2).changes == [Change("alpha", None, "1.0")]


def test_git_faults_are_repeated(bench: Bench, stock: Index) -> None:
    repository = packages.Repository(stock.folder, "gamma")
    commit = repository.commit(packages.sources("gamma", "1.0"))
    stock.faults = [Fault("/git/", status=500, times=1)]
    result = bench.install(f"gamma @ git+{stock.url}/git/gamma.git@{commit}", retries=1)
    assert (result.attempts, len(result.changes)) == (2, 1)


def test_a_dead_index_is_given_up(bench: Bench, stock: Index) -> None:
    stock.faults = [Fault("/simple/", status=500)]
    error = refused(bench, "alpha==1.0", retries=2)
    assert (error.kind, error.details["attempts"]) == ("network", 3)
    assert "127.0.0.1" in error.what and "500" in error.why


def test_contradictions_are_not_repeated(bench: Bench, stock: Index) -> None:
    error = refused(bench, "beta==1.0", "alpha==2.0", retries=4)
    assert (error.kind, error.details["attempts"]) == ("resolution", 1)
    assert sorted(error.details["conflict"]) == ["beta 1.0 requires alpha==1.0", "you asked for alpha==2.0"]
    assert "beta 1.0 requires alpha==1.0" in error.message and "alpha==2.0" in error.message


def test_a_constraint_that_forbids_is_named(bench: Bench, stock: Index) -> None:
    error = refused(bench, "beta==1.0", constraints=["alpha==2.0"])
    assert sorted(error.details["conflict"]) == ["a constraint says alpha==2.0", "beta 1.0 requires alpha==1.0"]


def test_a_missing_version_is_not_repeated(bench: Bench, stock: Index) -> None:
    error = refused(bench, "alpha==3.0", retries=4)
    assert (error.kind, error.details["attempts"], error.details["requirement"]) == ("no_such_version", 1, "alpha==3.0")


def test_an_index_that_forbids_other_names_is_no_fault(bench: Bench, stock: Index, tmp_path: Path) -> None:
    """Some indexes answer 403 for every name that they do not have."""
    with Index(tmp_path / "second").running() as second:
        second.faults = [Fault("/simple/", status=403)]
        error = refused(bench, "no-such-thing==1.0", extra_index_urls=[second.simple])
    assert error.kind in ("no_such_version", "auth")


def test_wrong_hash(bench: Bench, stock: Index) -> None:
    error = refused(bench, Requirement("alpha==1.0", ("sha256:" + "0" * 64,)), retries=4)
    assert (error.kind, error.details["name"], error.details["attempts"]) == ("hash_mismatch", "alpha", 1)
    wrong = f"alpha @ {stock.url}/files/alpha-1.0-py3-none-any.whl#sha256={'0' * 64}"
    assert refused(bench, wrong).kind == "hash_mismatch"


def test_hashes_of_some(bench: Bench, stock: Index) -> None:
    data = (stock.folder / "wheels" / "beta-1.0-py3-none-any.whl").read_bytes()
    right = Requirement("beta==1.0", (f"sha256:{hashlib.sha256(data).hexdigest()}",))
    assert [change.name for change in bench.install(right).changes] == ["alpha", "beta"]
    error = refused(bench, Requirement("beta==1.0", right.hashes), "alpha==2.0")
    assert error.kind == "resolution"


def test_required_hashes(bench: Bench, stock: Index) -> None:
    def hashed(name: str) -> Requirement:
        data = (stock.folder / "wheels" / f"{name}-1.0-py3-none-any.whl").read_bytes()
        return Requirement(f"{name}==1.0", (f"sha256:{hashlib.sha256(data).hexdigest()}",))

    error = refused(bench, hashed("beta"), require_hashes=True)
    assert (error.kind, error.details["name"]) == ("hash_missing", "alpha")
    wanted = (hashed("beta"), hashed("alpha"))
    assert len(bench.preview(*wanted, require_hashes=True)) == 2
    assert len(bench.install(*wanted, require_hashes=True).changes) == 2
    assert bench.install(*wanted, require_hashes=True).changes == []


def test_a_failing_build_names_its_reason(bench: Bench, stock: Index) -> None:
    packages.sdist(stock.folder / "wheels", "broken", "1.0", prelude="raise RuntimeError('nvcc not found')")
    error = refused(bench, "broken==1.0", retries=4)
    assert (error.kind, error.details["name"], error.details["attempts"]) == ("build_failed", "broken", 1)
    assert error.why == "RuntimeError: nvcc not found"
    assert "nvcc not found" in bench.text()


def test_time_limit_kills_the_build(bench: Bench, stock: Index, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    sleeper = f"import subprocess; subprocess.run(['sh', '-c', 'echo $$ > {witness}; exec sleep 600'])"
    packages.sdist(stock.folder / "wheels", "slow", "1.0", prelude=sleeper)
    for limit in (5.0, 20.0, 80.0, 320.0):  # until one is long enough for the build to begin
        error = refused(bench, "slow==1.0", total_timeout=limit, retries=4)
        assert error.kind == "timeout" and f"{limit:g} seconds" in error.what
        if witness.exists():
            break
    assert not alive(witness.read_text().strip()), "the build lives on"


def test_no_space(bench: Bench, stock: Index) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small filesystem needs root")
    packages.wheel(stock.folder / "wheels", "large", "1.0", size=20_000_000)
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(bench.tmpdir)], check=False)
    if mount.returncode != 0:
        pytest.skip("this container may not mount")
    try:
        assert refused(bench, "large==1.0").kind == "no_space"
    finally:
        subprocess.run(["umount", str(bench.tmpdir)], check=True)


def test_credentials_are_never_shown(bench: Bench, stock: Index, tmp_path: Path) -> None:
    stock.password = "s3cr3t-word"
    private = stock.simple.replace("://", "://user:s3cr3t-word@")
    tell = "import os, sys; sys.stderr.write(os.environ['HF_TOKEN'] + '\\n'); raise ValueError(os.environ['HF_TOKEN'])"
    packages.sdist(stock.folder / "wheels", "leaky", "1.0", prelude=tell)
    result = bench.install("alpha==1.0", index_url=private)
    error = refused(bench, "leaky==1.0", index_url=private, environment={"HF_TOKEN": "t0k3n-word"})
    repository = packages.Repository(stock.folder, "gamma")
    commit = repository.commit(packages.sources("gamma", "1.0"))
    url = f"git+{stock.url.replace('://', '://user:s3cr3t-word@')}/git/gamma.git@{commit}"
    found = bench.install(f"gamma @ {url}", index_url=private)
    again = bench.install(f"gamma @ {url}", index_url=private)
    assert (len(found.changes), again.changes) == (1, [])
    shown = "\n".join([str(result), str(found), error.message, str(error.as_dict()), bench.text()])
    assert "s3cr3t-word" not in shown and "t0k3n-word" not in shown
    assert "alpha==1.0" in bench.text()


def test_nothing_secret_in_argv(bench: Bench, stock: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """Watches real processes: every argument of every one that runs while the installer does."""
    seen: set[str] = set()
    runner = bench.installer._context.runner  # type: ignore[attr-defined]
    start = runner.run

    def watching(argv: list[str], **kwargs: object) -> object:
        seen.update(argv)
        return start(argv, **kwargs)

    monkeypatch.setattr(runner, "run", watching)
    stock.password = "s3cr3t-word"
    bench.install("alpha==1.0", index_url=stock.simple.replace("://", "://user:s3cr3t-word@"))
    assert seen and not any("s3cr3t-word" in argument for argument in seen)


def test_wrong_credentials_are_not_repeated(bench: Bench, stock: Index) -> None:
    stock.password = "right"
    error = refused(bench, "alpha==1.0", index_url=stock.simple.replace("://", "://user:mistaken@"), retries=4)
    assert (error.kind in ("auth", "no_such_version"), error.details["attempts"]) == (True, 1)
    assert "credentials" in error.message


def test_a_home_that_cannot_be_written(stock: Index, tmp_path: Path, tools: Tools, environ: dict[str, str]) -> None:
    for name in ("pip", "uv"):
        bench = make_bench(name, tmp_path / name, tools, {**environ, "HOME": "/proc", "PIP_INDEX_URL": stock.simple})
        assert bench.install("alpha==1.0").changes == [Change("alpha", None, "1.0")]
        assert list(bench.tmpdir.iterdir()) == []


def test_an_interpreter_that_cannot_make_environments(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(ModelEnvError) as caught:
        bench.installer.create_venv(
            str(tmp_path / "new"), str(tmp_path / "python9"), tmpdir=str(bench.tmpdir), log=str(bench.log)
        )
    assert caught.value.kind == "interpreter" and "python9" in caught.value.message


def test_own_pip_must_be_able_to_foretell(tmp_path: Path, environ: dict[str, str], stock: Index) -> None:
    packages.wheel(stock.folder / "wheels", "pip", "20.0")
    bench = make_bench("pip", tmp_path / "own", Tools(), environ)
    assert "pip" in bench.versions(), "without tools the environment gets a pip of its own"
    assert bench.install("alpha==1.0").changes == [Change("alpha", None, "1.0")]
    bench.install("pip==20.0")
    with pytest.raises(ModelEnvError, match="too old"):
        bench.preview("alpha==2.0")
