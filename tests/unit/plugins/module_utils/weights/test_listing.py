# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of the files of a repository."""

from __future__ import annotations

from ansible_collections.portable.model_env.plugins.module_utils.weights.listing import Listing


def test_a_path_is_quoted_and_its_folders_stay() -> None:
    listing = Listing("c0ffee", [], "https://hub/acme/x/resolve/c0ffee/\x00path\x00")
    assert listing.url("sub/a b+c#1.bin") == "https://hub/acme/x/resolve/c0ffee/sub/a%20b%2Bc%231.bin"
