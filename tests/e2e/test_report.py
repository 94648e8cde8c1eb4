# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table at the end, with hosts that fail or do not answer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import CHECKOUT, PYTHON, Site

BROWSER = CHECKOUT / ".build" / "browser" / "bin" / "python"

pytestmark = pytest.mark.parametrize("site", ["uv"], indirect=True)


def test_a_host_that_does_not_answer_is_in_the_table(site: Site) -> None:
    site.lost = ("lost",)
    site.specs = {"demo": site.spec("single==1.0")}
    run = site.provision()
    assert run.rc != 0
    assert run.row("n1", "demo")[2] == "built"
    assert run.row("lost", "unreachable")


def test_a_verification_ends_with_the_table_whatever_it_finds(site: Site) -> None:
    site.hosts = ("n1", "n2")
    site.specs = {"demo": site.spec("single==1.0", imports=["single"])}
    site.converged()
    site.playbook = "verify.yml"
    assert site.converged().row("n1", "demo")[2] == "verified"
    next(site.root("n2").glob("releases/*/lib/*/site-packages/single.py")).unlink()
    run = site.provision()
    assert run.rc != 0
    assert run.row("n1", "demo")[2] == "verified"
    assert run.row("n2", "demo")[2] == "failed"
    assert "import:single" in run.output
    next(site.root("n1").glob("releases/*/lib/*/site-packages/single.py")).unlink()
    paths = {f"gpu_check_report_{kind}": str(site.folder / f"report.{kind}") for kind in ("json", "html")}
    assert site.provision(**paths).row("n1", "demo")[2] == "failed"
    report = json.loads((site.folder / "report.json").read_text())
    assert [(host["host"], host["verdict"]) for host in report["hosts"]] == [("n1", "fail"), ("n2", "fail")]
    assert (site.folder / "report.html").read_text().count('class="cell fail"') == 2


@pytest.mark.skipif(not BROWSER.exists(), reason="scripts/browser could not install one here, or was not run")
def test_the_page_in_a_real_browser(site: Site) -> None:
    site.hosts = ("n1", "n2")
    site.specs = {"demo": site.spec("single==1.0", imports=["single"])}
    site.converged()
    next(site.root("n2").glob("releases/*/lib/*/site-packages/single.py")).unlink()
    site.playbook = "verify.yml"
    page = site.folder / "report.html"
    site.provision(gpu_check_report_html=str(page))
    prove = [str(BROWSER), str(CHECKOUT / "tests" / "prove" / "page.py"), "--hosts", "2", "--broken", "1"]
    prove += ["--page", str(page), "--shots", str(site.folder)]
    looked = subprocess.run(prove, check=False, capture_output=True, text=True)
    assert looked.returncode == 0, looked.stdout + looked.stderr


def test_an_interpreter_that_nobody_provisioned_is_verified(site: Site) -> None:
    site.playbook = "verify.yml"
    expect = {"name": "train", "python": PYTHON, "isolated": False, "imports": ["json"]}
    assert site.converged(gpu_check_python=sys.executable, gpu_check_expect=expect).row("n1", "train")[2] == "verified"
    expect["imports"] = ["json", "absent_module"]
    run = site.provision(gpu_check_python=sys.executable, gpu_check_expect=expect)
    assert run.row("n1", "train")[2] == "failed"
    assert "import:absent_module: ModuleNotFoundError" in run.output


def test_a_file_that_was_changed_is_mended_by_what_the_report_says(site: Site) -> None:
    site.specs = {"demo": site.spec("single==1.0", imports=["single"])}
    site.converged()
    (module,) = site.root("n1").glob("releases/*/lib/*/site-packages/single.py")
    # In place, so that a file of the store which is the same file is changed with it.
    with module.open("a") as file:
        file.write("# by hand\n")
    site.playbook = "verify.yml"
    run = site.provision(gpu_check_verify="full")
    assert run.rc != 0
    assert "single: single.py was changed" in run.output
    cure = re.search(r"remove (\S+), if there is one, and (\S+), then provision again", " ".join(run.output.split()))
    assert cure
    shutil.rmtree(cure[1])
    Path(cure[2]).unlink()
    site.playbook = "provision.yml"
    assert site.provision().row("n1", "demo")[2] == "built"
    site.playbook = "verify.yml"
    assert site.provision(gpu_check_verify="full").row("n1", "demo")[2] == "verified"
