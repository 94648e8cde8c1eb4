# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``torch_requirements``."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.portable.model_env.plugins.filter.torch_requirements import FilterModule

requirements = FilterModule().filters()["torch_requirements"]


def test_the_build_and_its_index() -> None:
    found = requirements({"version": "2.5.1", "cuda": "cu118", "torchvision": "0.20.1"})
    assert [one.partition("+")[0] for one in found["requirements"]] == ["torch==2.5.1", "torchvision==0.20.1"]
    assert found["index_url"].endswith("/cu118")


def test_a_mirror_takes_its_place() -> None:
    torch = {"version": "2.5.1", "cuda": "cu118"}
    assert requirements(torch, "https://m/{build}")["index_url"] == "https://m/cu118"
    assert requirements(torch, "https://m/{build}", {"cu118": "https://other"})["index_url"] == "https://other"


@pytest.mark.parametrize("torch", [{}, {"version": "2.5.1"}, "2.5.1", None, {"version": "2.5.1", "cuda": "cu999"}])
def test_what_names_no_build_is_refused(torch: Any) -> None:
    with pytest.raises(AnsibleFilterError):
        requirements(torch)


def test_what_has_no_index_is_told_the_variable_of_the_role() -> None:
    with pytest.raises(AnsibleFilterError, match="name it with cuda_torch_index_urls: "):
        requirements({"version": "2.5.1", "cuda": "cu999"})
