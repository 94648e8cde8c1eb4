# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields with a meaning of their own."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support.offences import (
    COMMIT,
    SHA256,
    Row,
    git,
    packages,
    spec,
    the_only_offence,
)

# fmt: off
ROWS: list[Row] = [
    (spec(environment={"PIP_INDEX_URL": "x"}), "environment.PIP_INDEX_URL", "not for a spec to set",
     "remove PIP_INDEX_URL"),
    (spec(environment={"uv_cache_dir": "x"}), "environment.uv_cache_dir", "not for a spec to set",
     "remove uv_cache_dir"),
    (spec(environment={"TMPDIR": "/tmp"}), "environment.TMPDIR", "filesystem of the releases", "remove TMPDIR"),
    (spec(environment={"PYTHONPATH": "x"}), "environment.PYTHONPATH", "which code the env", "remove PYTHONPATH"),
    (spec(environment={"MAX-JOBS": "2"}), "environment.MAX-JOBS", "no name of a variable",
     "environment: {MAX_JOBS: ...}"),
    (spec(environment={"HF_TOKEN": "abc"}), "environment.HF_TOKEN", "looks like a secret",
     "remove HF_TOKEN; to have its presence checked: api_keys: [HF_TOKEN]"),
    (spec(environment={"A": "https://u:p@h/"}), "environment.A", "a URL with a secret", 'A: "https://h/"'),
    (spec(environment={"A": "1\n2"}), "environment.A", "more than one line", 'A: "1 2"'),
    (spec(api_keys=["luma-api-key"]), "api_keys[0]", "no name of an environment variable", "api_keys: [LUMA_API_KEY]"),
    (spec(api_keys=["sk-abc123"]), "api_keys[0]", "never values", "api_keys: [LUMA_API_KEY]"),
    (spec(imports=["huggingface-hub"]), "imports[0]", "no name of a module", "imports: [huggingface_hub]"),
    (spec(imports=["torch==2.5.1"]), "imports[0]", "no name of a module", "imports: [torch]"),
    (spec(imports=["a.class"]), "imports[0]", "no name of a module", "imports: [a.class]"),
    (spec(system_packages=["ffmpeg=7"]), "system_packages[0]", "no name of a package", "system_packages: [ffmpeg]"),
    (spec(system_packages=[{"ubuntu": "x"}]), "system_packages[0].ubuntu", "unknown family",
     "debian: x   (families: debian, redhat, suse)"),
    (spec(system_packages=[{}]), "system_packages[0]", "no name is given", "system_packages: [ffmpeg]"),
    (spec(index_url="mirror/simple"), "index_url", "is no URL", 'index_url: "https://mirror/simple"'),
    (spec(index_url="https://me:pw@m/simple"), "index_url", "a URL with a secret", 'index_url: "https://m/simple"'),
    (spec(extra_index_urls=["https://token@m/simple"]), "extra_index_urls[0]", "secret",
     'extra_index_urls: ["https://m/simple"]'),
    (spec(find_links=["wheels"]), "find_links[0]", "is a relative path", 'find_links: ["/wheels"]'),
    (spec(find_links=["/a/../b"]), "find_links[0]", "leads out of", 'find_links: ["/a/b"]'),
    (packages("x @ https://u:p@h/x.whl"), "packages[0]", "a URL with a secret", 'packages: ["x @ https://h/x.whl"]'),
    (git(commit=COMMIT, url="https://tok@h/r.git"), "git_packages[0].url", "secret", 'url: "https://h/r.git"'),
    (git(commit=COMMIT, url="ssh://git:pw@h/r.git"), "git_packages[0].url", "secret", 'url: "ssh://git@h/r.git"'),
    (packages("a==1", hashes={"b": [f"sha256:{SHA256}"]}), "hashes.b", "not listed",
     'remove it, or pin it: packages: ["b==<version>"]'),
    (packages("a==1", hashes={"a": ["md5:abc"]}), "hashes.a[0]", "known algorithm", 'a: ["sha256:<64 hex digits>"]'),
    (packages("a==1", hashes={"a": ["sha512:abc"]}), "hashes.a[0]", "128 hex digits", 'a: ["sha512:<128 hex digits>"]'),
    (packages("a==1", hashes={"a": []}), "hashes.a", "no hash is given", 'a: ["sha256:<64 hex digits>"]'),
]
# fmt: on


@pytest.mark.parametrize(
    ("written", "path", "problem", "fix"), ROWS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_one_offence(written: Any, path: str, problem: str, fix: str) -> None:
    the_only_offence(written, path, problem, fix)
