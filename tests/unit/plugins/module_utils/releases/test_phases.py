# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a build: what goes into which transaction, in which order."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.releases import phases
from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import Installed
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement
from ansible_collections.portable.model_env.tests.support.locks import COMMIT, SHA, index_package, make_lock
from ansible_collections.portable.model_env.tests.support.specs import make_spec

TOOLS = ["ninja==1.13.0", "wheel==0.45.1"]
TORCH = {
    "version": "2.5.1",
    "cuda": "cu118",
    "requirements": ["torch==2.5.1+cu118"],
    "index_url": "https://mirror/cu118",
}


def git(name: str, **fields: Any) -> dict[str, Any]:
    empty = {"url": f"https://host/{name}.git", "subdirectory": "", "editable": False, "extras": []}
    return {"name": name, **empty, "build_isolation": True, **fields}


def lines(found: list[phases.Phase]) -> list[tuple[str, list[str], bool]]:
    return [(phase.name, [r.text for r in phase.requirements], phase.isolated) for phase in found]


def test_torch_and_packages_share_one_transaction_and_wheels_bring_no_build_tools() -> None:
    found = phases.phases(make_spec(torch=TORCH, packages=["einops==0.8.1"]), ["pip==26.0.1"], TOOLS, {})
    assert lines(found) == [("packages", ["pip==26.0.1", "torch==2.5.1+cu118", "einops==0.8.1"], True)]


def test_what_compiles_against_torch_comes_last_after_the_build_tools() -> None:
    clip, attention = git("clip"), git("attention", build_isolation=False)
    sources = {name: Requirement(f"{name} @ git+https://host/{name}.git@c") for name in ("clip", "attention")}
    wanted = make_spec(torch=TORCH, build_packages=["flash-attn==2.7.0"], git_packages=[attention, clip])
    assert lines(phases.phases(wanted, [], TOOLS, sources)) == [
        ("packages", [*TOOLS, "torch==2.5.1+cu118"], True),
        ("git_packages", ["clip @ git+https://host/clip.git@c"], True),
        ("builds", ["flash-attn==2.7.0", "attention @ git+https://host/attention.git@c"], False),
    ]


def test_the_spec_wins_over_seeds_and_build_tools() -> None:
    wanted = make_spec(packages=["Ninja==1.11.1", "pip==25.3"], build_packages=["x==1"])
    assert lines(phases.phases(wanted, ["pip==26.0.1"], TOOLS, {}))[0][1] == [
        "wheel==0.45.1",
        "Ninja==1.11.1",
        "pip==25.3",
    ]


def test_hashes_go_with_their_distribution() -> None:
    wanted = make_spec(packages=["Foo_Bar==1", "b==1"], hashes={"foo-bar": ["sha256:ab"]})
    found = phases.phases(wanted, [], [], {})[0].requirements
    assert [requirement.hashes for requirement in found] == [("sha256:ab",), ()]


def test_torch_limits_every_step_and_its_index_serves_every_step() -> None:
    wanted = make_spec(torch=TORCH, constraints=["tokenizers<0.22"], extra_index_urls=["https://own"])
    assert wanted.limits == ["tokenizers<0.22", "torch==2.5.1+cu118"]
    assert wanted.further_indexes == ["https://own", "https://mirror/cu118"]


def test_versions_of_the_previous_release_are_kept_except_what_the_spec_names() -> None:
    previous = {
        "einops": Installed("0.8.0", "0.8.0", "index"),
        "numpy": Installed("2.2.6", "2.2.6", "index"),
        "clip": Installed("1.0", "c0", "vcs"),
    }
    assert phases.preferences(previous, [Requirement("einops==0.8.1")]) == ["numpy==2.2.6"]


def test_a_lock_is_installed_in_steps_of_which_none_resolves() -> None:
    spec = make_spec(
        build_packages=["mmcv==2.1.0", "chumpy==0.70"],
        git_packages=[git("clip"), git("attention", build_isolation=False)],
        torch_extensions=[{"name": "flash-attn", "version": "2.8.3"}],
    )
    sdist = {"sdist": {"name": "x.tar.gz", "sha256": SHA}}
    lock = make_lock(
        {"name": "attention", "source": {"url": "https://host/attention.git", "commit": COMMIT}},
        {"name": "chumpy", "version": "0.70", **sdist},
        {"name": "clip", "source": {"url": "https://host/clip.git", "commit": COMMIT}},
        index_package("einops", "0.8.1", **sdist),
        {"name": "flash-attn", "version": "2.8.3", **sdist},
        {"name": "from-url", "source": {"url": "https://host/x.zip", "sha256": SHA}},
        {"name": "mmcv", "version": "2.1.0", **sdist},
        {"name": "source-only", "version": "1.0", **sdist},
    )
    sources = {name: Requirement(f"{name} @ git+https://host/{name}.git@{COMMIT}") for name in ("clip", "attention")}
    found = phases.locked_phases(spec, lock, sources)
    assert lines(found) == [
        ("packages", ["einops==0.8.1"], True),
        ("sources", ["source-only==1.0"], True),
        ("git_packages", [sources["clip"].text, f"from-url @ https://host/x.zip#sha256={SHA}"], True),
        ("builds", ["mmcv==2.1.0", "chumpy==0.70", sources["attention"].text], False),
    ]
    assert all(phase.locked for phase in found)
    assert [(phase.hashed, phase.binaries_only) for phase in found] == [
        (True, True),
        (True, False),
        (False, False),
        (False, False),
    ]
    assert found[1].requirements[0].hashes == found[3].requirements[0].hashes == (f"sha256:{SHA}",)
    assert phases.outline(spec, ["pip==26.0.1"], TOOLS, lock)[0] == "installing a package"
