# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The specs of many hosts, each name once."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.locks.fleet import wanted_of


def host(**specs: Any) -> dict[str, Any]:
    return {"model_env_specs": {name: {"python": "3.11", "packages": pins} for name, pins in specs.items()}}


def test_each_name_once_and_only_what_is_selected() -> None:
    variables = {
        "n1": {**host(a=["x==1"], b=["x==1"], c=["x==1"]), "model_env_selected": ["a", "b"]},
        "n2": host(a=["x==1"]),
        "n3": {},
    }
    assert list(wanted_of(["n1", "n2", "n3"], variables)) == ["a", "b"]
    assert list(wanted_of(["n1", "n2"], variables, "b, a")) == ["a", "b"]
    assert list(wanted_of(["n1", "n2"], variables, ["b"])) == ["b"]


def test_what_one_lock_cannot_fit_is_refused() -> None:
    variables = {"n1": host(a=["x==1"]), "n2": host(a=["x==2"])}
    with pytest.raises(ModelEnvError, match="n1 and n2 have different specs of the name a"):
        wanted_of(["n1", "n2"], variables)


def test_a_name_that_nobody_has_is_refused() -> None:
    with pytest.raises(ModelEnvError, match="no host has selected z"):
        wanted_of(["n1"], {"n1": host(a=["x==1"])}, "z")


def test_a_wrong_spec_is_refused() -> None:
    with pytest.raises(ModelEnvError, match="packages"):
        wanted_of(["n1"], {"n1": host(a=["x"])})
