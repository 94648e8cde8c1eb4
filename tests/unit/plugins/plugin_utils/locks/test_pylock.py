# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pylock.toml``: what a resolver wrote is read, and whatever else such a file may hold is refused by its place."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.locks import pylock
from ansible_collections.portable.model_env.tests.support.locks import COMMIT, SHA

HEAD = 'lock-version = "1.0"\ncreated-by = "uv"\n'
FACTS = pylock.facts_of(spec=SHA, python="3.11", platform="p", resolver="uv 1", created="2026-01-01T00:00:00Z")
HASHES = f'hashes = {{ sha256 = "{SHA}" }}'
# As uv 0.13.9 writes it.
WRITTEN = f"""{HEAD}requires-python = ">=3.11"

[[packages]]
name = "a"
version = "1.0"
sdist = {{ url = "https://host/a-1.0.tar.gz", size = 9, hashes = {{ sha256 = "{SHA}" }} }}
wheels = [
    {{ url = "https://u:secret@host/a%2Db-1-py3-any.whl", upload-time = 2026-01-01T00:00:00Z, size = 5, {HASHES} }},
]

[[packages]]
name = "clip"
version = "0.1"
vcs = {{ type = "git", url = "https://host/clip.git", requested-revision = "v1", commit-id = "{COMMIT}" }}

[[packages]]
name = "x"
archive = {{ url = "https://host/x.zip", hashes = {{ sha256 = "{SHA}" }} }}
"""


def test_what_a_resolver_wrote() -> None:
    lock = pylock.parse(pylock.with_facts(WRITTEN, FACTS), "here")
    assert (lock.spec, lock.python, lock.platform, lock.resolver) == (SHA, "3.11", "p", "uv 1")
    a, clip, x = lock.packages
    assert [file.name for file in a.wheels] == ["a-b-1-py3-any.whl"]
    assert a.wheels[0].size == 5
    assert a.sdist is not None and a.sdist.name == "a-1.0.tar.gz"
    assert clip.source is not None and clip.source.commit == COMMIT
    assert x.source is not None and x.source.sha256 == SHA


def test_no_credentials_are_kept() -> None:
    text = pylock.with_facts(WRITTEN, FACTS)
    assert "secret" not in text and "https://host/a%2Db" in text


def _with(packages: str) -> str:
    return pylock.with_facts(HEAD + packages, FACTS)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("= 1", "no TOML"),
        (HEAD.replace("1.0", "2.0"), "lock-version"),
        (HEAD, "[tool.model_env]"),
        (_with("packages = 7\n"), "no list of packages"),
        (_with("packages = [7]\n"), "no list of packages"),
        (_with('[[packages]]\nname = 7\nversion = "1"\n'), "packages[0].name"),
        (_with('[[packages]]\nname = "a"\nversion = "1"\n'), "neither files"),
        (_with('[[packages]]\nname = "a"\nversion = "1"\nwheels = ["a.whl"]\n'), "packages[0].wheels[0]"),
        (_with('[[packages]]\nname = "a"\nversion = "1"\nwheels = [{ url = "https://h/a.whl" }]\n'), "sha256"),
        (
            _with(
                f'[[packages]]\nname = "a"\nversion = "1"\nwheels = [{{ url = "https://h/%2F..%2Fb.whl", {HASHES} }}]\n'
            ),
            "",
        ),
        (_with('[[packages]]\nname = "a"\nvcs = 7\n'), "packages[0].source"),
        (_with('[[packages]]\nname = "a"\nvcs = { url = "https://h/a.git", commit-id = "main" }\n'), "no commit"),
    ],
)
def test_what_is_refused(text: str, why: str) -> None:
    if not why:  # the last part of a path after every decoding is a plain name, whatever stood before it
        assert pylock.parse(text, "here").packages[0].wheels[0].name == "b.whl"
        return
    with pytest.raises(ModelEnvError) as error:
        pylock.parse(text, "here")
    assert why in error.value.why
    assert "lock.yml" in error.value.todo
    assert error.value.where == "here"
