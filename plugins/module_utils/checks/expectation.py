# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an environment must be: the part of a spec that checks look at. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, Spec, Torch


@dataclass(frozen=True)
class Expectation:
    """What an environment must be, for checks; everything that is empty is not asked.

    :ivar python: X.Y or X.Y.Z.
    :ivar torch: the build of torch, with ``cuda`` "" for any.
    :ivar imports: modules.
    :ivar api_keys: names of variables.
    :ivar isolated: whether it must be a virtual environment without the system's site packages.
    :ivar closed: whether it must take nothing from elsewhere by .pth files, either.
    """

    python: str = ""
    torch: Torch | None = None
    torch_extensions: Sequence[Extension] = ()
    imports: Sequence[str] = ()
    api_keys: Sequence[str] = ()
    isolated: bool = True
    closed: bool = False

    @classmethod
    def of_spec(cls, spec: Spec, closed: bool = False) -> Expectation:
        """What a spec says."""
        return cls(
            spec.python, spec.torch, spec.torch_extensions, spec.imports, spec.api_keys, isolated=True, closed=closed
        )

    @property
    def builds(self) -> dict[str, str]:
        """Version by name of torch and of those of its companions that are asked for."""
        torch = self.torch
        if torch is None:
            return {}
        versions = {"torch": torch.version, "torchvision": torch.torchvision, "torchaudio": torch.torchaudio}
        return {name: version for name, version in versions.items() if version}

    @property
    def modules(self) -> list[str]:
        """What must import: the modules that are named, and those of torch's extensions."""
        return [*self.imports, *(name for extension in self.torch_extensions for name in extension.imports)]
