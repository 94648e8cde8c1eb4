# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``weights``."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.portable.model_env.plugins.filter.weights import FilterModule

weights = FilterModule().filters()["weights"]
REPOSITORY = {"repo_id": "owner/name", "revision": "0" * 40, "local_dir": "name"}
SPECS: dict[str, Any] = {
    "svd": {"python": "3.11", "weights": [REPOSITORY]},
    "ltx": {"python": "3.11", "weights": [REPOSITORY]},
    "wan": {"python": "3.11"},
}


def test_what_several_specs_want_comes_once_and_below_the_root() -> None:
    (found,) = weights(SPECS, "/data")
    assert (found["repo_id"], found["local_dir"], found["move"]) == ("owner/name", "/data/name", False)


def test_only_the_selected_ones_count() -> None:
    assert weights(SPECS, "/data", "wan") == []


def test_a_spec_that_is_wrong_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="not pinned"):
        weights({"svd": {"python": "3.11", "packages": ["einops"]}}, "/data")
