# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What checks see of a spec."""

from __future__ import annotations

from dataclasses import fields

from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.tests.support.specs import make_spec


def test_an_environment_must_be_what_its_spec_says() -> None:
    flash = {"name": "flash-attn", "version": "2.8.3", "imports": ["flash_attn"]}
    torch = {"version": "2.5.1", "cuda": "cu124"}
    spec = make_spec(torch=torch, torch_extensions=[flash], imports=["torch"], api_keys=["LUMA_API_KEY"])
    found = Expectation.of_spec(spec)
    asked = [one.name for one in fields(Expectation) if one.name not in ("isolated", "closed")]
    assert {name: getattr(found, name) for name in asked} == {name: getattr(spec, name) for name in asked}
    assert (found.isolated, found.closed) == (True, False)
    assert Expectation.of_spec(spec, closed=True).closed
