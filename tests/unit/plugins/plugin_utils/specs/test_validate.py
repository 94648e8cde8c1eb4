# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole specs: what tries to do more than its field, and what concerns the variables around the specs."""

from __future__ import annotations

import copy
from typing import Any, Iterator

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.names import has_control
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import validate
from ansible_collections.portable.model_env.tests.support.offences import (
    BUILD_LINE,
    CLIP,
    COMMIT,
    SHA256,
    TEMPLATE_LINE,
    TORCH,
    Row,
    checkout,
    git,
    packages,
    spec,
    the_only_offence,
    torch,
)

# fmt: off
ROWS: list[Row] = [
    (packages(f"x @ https://h/x.whl\n#sha256={SHA256}"), "packages[0]", "has more than one line",
     f'packages: ["x @ https://h/x.whl #sha256={SHA256}"]'),
    (git(commit=COMMIT, url="https://h/x.git\n--extra-index-url https://evil/"), "git_packages[0].url",
     "has more than one line", 'url: "https://h/x.git --extra-index-url https://evil/"'),
    (git(commit=COMMIT, url="ssh://-oProxyCommand=id/x"), "git_packages[0].url", "begins with a hyphen",
     'url: "https://host/..."'),
    (git(commit=COMMIT, url="ssh://-oProxyCommand=id@h/x"), "git_packages[0].url", "begins with a hyphen",
     'url: "https://host/..."'),
    (git(commit=COMMIT, url=CLIP, subdirectory="a b"), "git_packages[0].subdirectory", "a blank",
     'subdirectory: "a-b"'),
    (checkout(commit=COMMIT, path="-x"), "checkouts[0].path", "begins with a hyphen", 'path: "x"'),
    (spec(index_url="https://m/simple https://evil/"), "index_url", "more than one address",
     'index_url: "https://m/simple"'),
    (spec(extra_index_urls=["https://m/a,https://evil/"]), "extra_index_urls[0]", "more than one address",
     'extra_index_urls: ["https://m/a"]'),
    (spec(find_links=["/srv/a /srv/b"]), "find_links[0]", "has a blank", 'find_links: ["/srv/a-/srv/b"]'),
    (spec(system_packages=["ffmpeg/../../x.deb"]), "system_packages[0]", "no name of a package",
     "system_packages: [ffmpeg]"),
    (spec(imports=["torch\x1b[2J"]), "imports[0]", "control characters", 'imports: ["torch [2J"]'),
    (spec(environment={"A\nB": "1"}), "environment.A\\nB", "more than one line", '"A\\nB": "A B"'),
    *[
        (spec(environment={name: "1"}), f"environment.{name}", "not for a spec to set", f"remove {name}")
        for name in ("PATH", "LD_AUDIT", "LD_LIBRARY_PATH", "BASH_ENV", "HOME", "GIT_SSH_COMMAND", "PYTHONINSPECT")
    ],
]
# fmt: on


@pytest.mark.parametrize(
    ("written", "path", "problem", "fix"), ROWS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_one_offence(written: Any, path: str, problem: str, fix: str) -> None:
    the_only_offence(written, path, problem, fix)


@pytest.mark.parametrize(
    ("name", "fix"),
    [("SVD", "svd: {...}"), ("a b", "a-b: {...}"), ("../x", "x: {...}"), (".x", "x: {...}"), (2, '"2": {...}')],
)
def test_bad_names(name: Any, fix: str) -> None:
    _normal, offences = validate({name: spec()})
    assert [offence.fix for offence in offences] == [fix]
    assert "becomes a folder's name" in offences[0].problem


@pytest.mark.parametrize(
    ("arguments", "path", "fix"),
    [
        ({"selected": ["svdd"]}, "model_env_selected", "model_env_selected: [svd]"),
        ({"selected": "svd, other"}, "model_env_selected", "choose from: svd"),
        ({"selected": 3}, "model_env_selected", "model_env_selected: [svd]"),
        ({"selected": [1]}, "model_env_selected", "model_env_selected: [svd]"),
        ({"options": {"index_url": "https://m/whl"}}, "cuda_torch_index_url", TEMPLATE_LINE),
        ({"options": {"index_url": "https://u:p@m/{build}"}}, "cuda_torch_index_url",
         'cuda_torch_index_url: "https://m/{build}"'),
        ({"options": {"index_urls": "x"}}, "cuda_torch_index_urls", BUILD_LINE),
        ({"options": {"index_urls": {"12.4": "https://m"}}}, "cuda_torch_index_urls.12.4", BUILD_LINE),
        ({"options": {"index_urls": {"cu124": 1}}}, "cuda_torch_index_urls.cu124", BUILD_LINE),
        ({"options": {"index_urls": {"cu124": "m/whl"}}}, "cuda_torch_index_urls.cu124", 'cu124: "https://m/whl"'),
        ({"specs": []}, "model_env_specs", 'model_env_specs: {svd: {python: "3.11", packages: [...]}}'),
    ],
)  # fmt: skip
def test_variables_around(arguments: dict[str, Any], path: str, fix: str) -> None:
    _normal, offences = validate(**{"specs": {"svd": spec()}, **arguments})
    assert [(offence.spec, offence.path, offence.fix) for offence in offences] == [("", path, fix)]


@pytest.mark.parametrize("options", [{"index_url": "default"}, {"index_urls": {"cu118": "default"}}])
def test_the_node_s_own_index_may_carry_the_builds(options: dict[str, Any]) -> None:
    normal, offences = validate(specs={"svd": torch(cuda="cu118")}, options=options)
    assert not offences
    block = normal["svd"].torch
    assert block is not None
    assert (block.requirements, block.index_url) == (("torch==2.5.1",), "")


def test_everything_at_once() -> None:
    written = {
        "a": packages(1, "b", "c>1", git_packages=[{"name": "x", "url": "y"}], torch={"cuda": "z"}, nope=1, python=3.1),
        "B": spec(imports=["1"]),
    }
    _normal, offences = validate(written, ["c"])
    assert [(offence.spec, offence.path) for offence in offences] == [
        ("", "model_env_selected"),
        ("a", "python"),
        ("a", "packages[0]"),
        ("a", "nope"),
        ("a", "torch.version"),
        ("a", "torch.cuda"),
        ("a", "packages[1]"),
        ("a", "packages[2]"),
        ("a", "git_packages[0].url"),
        ("a", "git_packages[0]"),
        ("B", ""),
        ("B", "imports[0]"),
    ]


@pytest.mark.parametrize("secret", ["hunter2", "ghp_token"])
def test_no_offence_shows_a_secret(secret: str) -> None:
    url = f"https://me:{secret}@host/x.git"
    query = f"https://host/simple?access_token={secret}"
    written = {
        "a": packages(
            f"x @ {url}", f"git+{url}", f"{url}", f"-i {url}", f"x @ {query}", f"git+https://{secret}@host/x",
            index_url=query,
            find_links=[url],
            environment={"A": url, "TOKEN": secret},
            api_keys=[f"KEY={secret}"],
            git_packages=[{"name": "x", "url": url, "branch": "main"}, {"name": "y", "url": f"git+{url}@main"}],
        )
    }  # fmt: skip
    _normal, offences = validate(written)
    assert len(offences) > 10
    assert secret not in repr(offences)


FULL = {
    "python": "3.11",
    "torch": {**TORCH, "torchvision": "0.20.1", "index_url": "https://m/whl"},
    "packages": ["a==1"],
    "build_packages": ["b==1"],
    "torch_extensions": [
        {"name": "x", "version": "1", "build": "auto", "archs": ["90"], "environment": {"A": "1"}, "imports": ["x"],
         "wheel": {"url": "https://h/x-1-cp311-cp311-linux_x86_64.whl", "sha256": SHA256}, "released_url": "none"},
        {"name": "y", "url": CLIP, "tag": "v1"},
    ],
    "git_packages": [{"name": "clip", "url": CLIP, "commit": COMMIT, "subdirectory": "s", "extras": ["gpu"]}],
    "checkouts": [{"url": CLIP, "tag": "v1", "path": "model"}],
    "constraints": ["c<2"],
    "pins": "exact",
    "index_url": "https://m/simple",
    "extra_index_urls": ["https://m/extra"],
    "find_links": ["/srv/wheels"],
    "hashes": {"a": [f"sha256:{SHA256}"]},
    "system_packages": ["ffmpeg", {"debian": "libgl1"}],
    "environment": {"B": "1"},
    "api_keys": ["LUMA_API_KEY"],
    "imports": ["a"],
    "weights": [
        {"repo_id": "o/n", "repo_type": "model", "revision": COMMIT, "local_dir": "d", "allow_patterns": ["*.json"],
         "ignore_patterns": ["*.bin"]},
        {"repo_id": "o/m", "revision": COMMIT, "filenames": ["f"]},
    ],
}  # fmt: skip


def texts(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every text in a spec."""
    if isinstance(value, str):
        yield place
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from texts(inner, (*place, key))


def test_the_full_spec_is_in_order() -> None:
    assert validate({"model": FULL})[1] == []


@pytest.mark.parametrize("trick", ["\n--extra-index-url https://evil/", "\x1b[2J", "\r", "\u202e"])
@pytest.mark.parametrize("place", list(texts(FULL)), ids=str)
def test_no_text_of_a_spec_may_have_control_characters(place: tuple[Any, ...], trick: str) -> None:
    tricked = copy.deepcopy(FULL)
    block: Any = tricked
    for key in place[:-1]:
        block = block[key]
    block[place[-1]] += trick
    normal, offences = validate({"model": tricked})
    assert normal == {}
    assert any("control characters" in one.problem or "more than one line" in one.problem for one in offences)
    assert not any(has_control(text) for one in offences for text in one.as_dict().values())
