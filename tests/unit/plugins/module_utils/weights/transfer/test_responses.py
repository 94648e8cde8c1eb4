# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer means, how long to wait, and what the Hub's errors are called."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.responses import Reaction, reaction_to
from ansible_collections.portable.model_env.tests.support.hub_files import hub_file

SHA, OTHER = "a" * 64, "b" * 64
FILE = hub_file("w.bin", 1000, f"sha256:{SHA}")
RANGE = {"content-range": "bytes 100-199/1000"}
WHOLE = {"content-length": "1000"}


@pytest.mark.parametrize(
    ("status", "headers", "origin", "redirected", "reaction"),
    [
        (206, RANGE, {}, True, Reaction.BYTES),
        (206, {"content-range": "bytes 100-199/*"}, {}, True, Reaction.BYTES),
        (206, {"content-range": "bytes 0-99/1000"}, {}, True, Reaction.RETRY),
        (206, {"content-range": "bytes 100-199/2000"}, {}, True, Reaction.CHANGED),
        (206, {}, {}, True, Reaction.RETRY),
        (206, {**RANGE, "content-encoding": "gzip"}, {}, True, Reaction.RETRY),
        (206, RANGE, {"location": "x", "x-linked-etag": f'"{SHA}"', "x-linked-size": "1000"}, True, Reaction.BYTES),
        (206, RANGE, {"location": "x", "x-linked-etag": f'"{OTHER}"'}, True, Reaction.CHANGED),
        (206, RANGE, {"location": "x", "x-linked-size": "999"}, True, Reaction.CHANGED),
        (206, RANGE, {"location": "x", "etag": f'"{OTHER}"'}, True, Reaction.BYTES),
        (206, RANGE, {"etag": f'W/"{OTHER}"'}, False, Reaction.CHANGED),
        (206, RANGE, {"etag": '"d41d8cd98f00b204e9800998ecf8427e-3"'}, False, Reaction.BYTES),
        (200, WHOLE, {}, True, Reaction.WHOLE),
        (200, {}, {}, True, Reaction.WHOLE),
        (200, {"content-length": "999"}, {}, True, Reaction.CHANGED),
        (416, {}, {}, True, Reaction.CHANGED),
        (429, {}, {}, False, Reaction.LIMITED),
        (503, {"retry-after": "5"}, {}, True, Reaction.LIMITED),
        (503, {}, {}, True, Reaction.RETRY),
        (500, {}, {}, True, Reaction.RETRY),
        (408, {}, {}, True, Reaction.RETRY),
        (403, {}, {}, True, Reaction.EXPIRED),
        (400, {}, {}, True, Reaction.EXPIRED),
        (404, {}, {}, True, Reaction.EXPIRED),
        (403, {}, {}, False, Reaction.DENIED),
        (401, {}, {}, False, Reaction.DENIED),
        (404, {}, {}, False, Reaction.GONE),
        (400, {}, {}, False, Reaction.REFUSED),
    ],
)
def test_answers(
    status: int, headers: dict[str, str], origin: dict[str, str], redirected: bool, reaction: Reaction
) -> None:
    assert reaction_to(status, headers, origin, FILE, 100, 200, redirected=redirected) is reaction


def test_the_whole_file_is_what_was_asked_for() -> None:
    assert reaction_to(200, WHOLE, {}, FILE, 0, 1000, redirected=False) is Reaction.BYTES
