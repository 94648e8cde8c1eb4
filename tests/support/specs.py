# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs for tests, by the keys that the test is about."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, Spec, Torch


def make_spec(**given: Any) -> Spec:
    """A spec that asks for nothing but what is given."""
    return Spec.from_dict({"name": "demo", "python": "3.11", **given})


def expectation(given: Mapping[str, Any]) -> Expectation:
    """What an environment must be, with torch and its extensions as a spec's normal form has them."""
    torch, extensions = given.get("torch"), given.get("torch_extensions") or []
    parts: dict[str, Any] = {
        "torch": Torch(**{"cuda": "", **torch}) if torch else None,
        "torch_extensions": [Extension.from_dict(extension) for extension in extensions],
    }
    return Expectation(**{**given, **parts})
