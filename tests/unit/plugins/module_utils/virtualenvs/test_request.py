# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module pip is asked for; what it refuses is in modules/pip/test_refusals.py."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.request import GitSource, absent, wanted

C1 = "1" * 40


def test_hashes_of_all_sources_come_together() -> None:
    listed = [Requirement("Alpha_X==1.0", ("sha256:1",))]
    found = wanted(["beta==2.0"], [], listed, policy="exact", hashes={"alpha-x": ["sha256:1", "sha256:2"]})
    assert found.requirements == (
        Requirement("Alpha_X==1.0", ("sha256:1", "sha256:2")),
        Requirement("beta==2.0"),
    )


def test_source_trees_are_installed_in_place() -> None:
    found = wanted(["/src/alpha[x]"], [], [], policy="exact", editable=True)
    assert found.requirements == (Requirement("/src/alpha[x]", editable=True),)
    with pytest.raises(ModelEnvError, match="absolute path"):
        wanted(["src/alpha"], [], [], policy="exact", editable=True)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"commit": C1}, f"gam-ma @ git+https://h/g@{C1}"),
        ({"tag": "v1", "extras": ["a", "b"]}, "gam-ma[a,b] @ git+https://h/g@refs/tags/v1"),
        ({"commit": C1, "subdirectory": "/py/"}, f"gam-ma @ git+https://h/g@{C1}#subdirectory=py"),
    ],
)
def test_git_packages(entry: dict[str, Any], text: str) -> None:
    (package,) = wanted([], [{"name": "Gam_ma", "url": "https://h/g", **entry}], [], policy="exact").git
    assert isinstance(package, GitSource)
    assert package.requirement() == Requirement(text, name="gam-ma")


def test_what_is_removed_is_named_once_whatever_its_version() -> None:
    git = [{"name": "Gamma", "url": "https://h/g", "commit": C1}]
    found = absent(["Alpha==1.0", "alpha"], git, [Requirement("beta>=1")], "/env")
    assert found.names == ("alpha", "beta", "gamma")
    with pytest.raises(ModelEnvError, match="does not name a distribution"):
        absent(["./alpha"], [], [], "/env")
