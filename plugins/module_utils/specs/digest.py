# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity of a spec: two normal forms with one digest lead to the same environment. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Mapping

# Raised when the meaning of the normal form changes so that what was built before it is not what it asks for now.
FORMAT = 1

# The name is in the folder's name already; the others change nothing in what is built.
_LEFT_OUT = ("name", "description", "api_keys", "system_packages", "weights")

# Each of these is one transaction or one set, so their order means nothing. Indexes, and sources that are built one
# after another, keep theirs.
_SETS = ("packages", "constraints", "imports")


def digest(normal: Mapping[str, Any]) -> str:
    """The sha256 (64 hex digits) of what determines the built and proven environment.

    Where torch and the wheels of extensions come from is left out: a mirror that moves must not rebuild a fleet, and a
    wheel that was compiled here is as good as one that was fetched. Everything else of the normal form counts,
    ``imports`` included, because a release is proven before it is switched to.

    :param normal: the normal form of a spec.
    """
    relevant = {key: value for key, value in normal.items() if key not in _LEFT_OUT}
    for key in _SETS:
        relevant[key] = sorted(normal.get(key) or [])
    if relevant.get("torch"):
        relevant["torch"] = {key: value for key, value in relevant["torch"].items() if key != "index_url"}
    # A spec without extensions keeps the digest that it had before there were any.
    extensions = relevant.pop("torch_extensions", None)
    if extensions:
        relevant["torch_extensions"] = [_extension(entry) for entry in extensions]
    relevant["format"] = FORMAT
    canonical = json.dumps(relevant, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _extension(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What determines an installed extension, whichever place its wheel comes from."""
    kept = ("name", "version", "url", "commit", "tag", "archs", "environment")
    return {**{key: entry[key] for key in kept}, "imports": sorted(entry["imports"])}
