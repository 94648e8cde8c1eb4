# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requirements of a torch block of a spec, for playbooks that install torch into an environment of their own."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.specs import torch_builds
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Torch
from ansible_collections.portable.model_env.plugins.plugin_utils.words import by_variables

DOCUMENTATION = r"""
name: torch_requirements
short_description: The requirements and the index of a torch build
version_added: 0.1.0
author: portable.model_env contributors (@portable)
description:
  - Turns a torch block of a spec into the pinned requirements that install exactly this build, and the package index
    that they need beside the usual one.
positional: _input
options:
  _input:
    description: A dict with C(version), C(cuda) and, each optional, C(torchvision), C(torchaudio), C(index_url).
    type: dict
    required: true
  index_url:
    description: Template of the package indexes of torch builds, with C({build}); PyTorch's own if empty.
    type: str
    default: ""
  index_urls:
    description: Indexes of single builds, which win over O(index_url).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show how torch 2.5.1 for CUDA 11.8 is installed from a mirror
  ansible.builtin.debug:
    msg: "{{ {'version': '2.5.1', 'cuda': 'cu118'}
      | portable.model_env.torch_requirements(index_url='https://mirror.example/whl/{build}') }}"
"""

RETURN = r"""
_value:
  description: C(requirements), a list, and C(index_url), empty where the usual index carries this build.
  type: dict
"""

_OF_THE_ROLE = {"index_urls": "{{ cuda_torch_index_urls }}"}
_KEYS = ("version", "cuda", "torchvision", "torchaudio", "index_url")


def torch_requirements(
    torch: Mapping[str, Any], index_url: str = "", index_urls: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """See DOCUMENTATION."""
    if not isinstance(torch, Mapping) or not torch.get("version") or not torch.get("cuda"):
        raise AnsibleFilterError(
            "torch_requirements needs a dict with version and cuda, e.g. version: 2.5.1, cuda: cu124"
        )
    urls = torch_builds.index_urls(index_url, index_urls)
    try:
        given: dict[str, Any] = {key: str(torch.get(key) or "") for key in _KEYS}
        requirements, url = torch_builds.requirements_for(Torch(**given), urls)
    except ModelEnvError as error:
        # The role cuda_torch is who calls this for most people.
        raise AnsibleFilterError(by_variables(error.message, _OF_THE_ROLE, {})) from error
    return {"requirements": list(requirements), "index_url": url}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"torch_requirements": torch_requirements}
