# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a probe, which is what travels into an environment."""

from __future__ import annotations

from types import ModuleType


def source_of(module: ModuleType) -> str:
    """A probe's text, from wherever this collection was loaded: a folder, or the zip that Ansible sends."""
    loader = module.__loader__
    text = loader.get_source(module.__name__)  # type: ignore[union-attr]
    if not text:
        raise RuntimeError(f"the source of {module.__name__} cannot be had from {loader!r}")
    return str(text)
