# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a file in a transfer."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.below import open_folder
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.jobs import (
    SEGMENT,
    Job,
    Progress,
    TransferResult,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.partial import PartialFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.ranges import Ranges
from ansible_collections.portable.model_env.tests.support.hub_files import hub_file

SIZE = 2 * SEGMENT + 5


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    file = hub_file("a", SIZE, "sha256:" + "a" * 64)
    folder = open_folder(str(tmp_path), Owners())
    job = Job(0, "acme/x: a", file, "http://hub/a", folder, folder)
    return Progress(job, PartialFile(job.partials, file), missing=Ranges([(0, SIZE)]))


def test_segments_are_handed_out_in_order(progress: Progress) -> None:
    pieces = []
    while piece := progress.segment():
        progress.missing.remove(*piece)
        pieces.append(piece)
    assert pieces == [(0, SEGMENT), (SEGMENT, 2 * SEGMENT), (2 * SEGMENT, SIZE)]


def test_a_server_without_ranges_gives_one_stream_all_of_it(progress: Progress) -> None:
    progress.single = True
    assert progress.segment() == (0, SIZE)
    progress.streams = 1
    assert progress.segment() is None


def test_starting_over_forgets_all_and_stops_older_streams(progress: Progress) -> None:
    progress.partial.open()
    progress.partial.write(0, memoryview(b"x" * 100))
    progress.missing = Ranges([(100, SIZE)])
    assert progress.start_over(single=True) == 100
    assert (progress.generation, progress.single, list(progress.missing)) == (1, True, [(0, SIZE)])
    assert progress.partial.present.total() == 0
    progress.partial.close()


def test_results_add_up() -> None:
    one, two = TransferResult(1, 2, 3), TransferResult(10, 20, 30)
    one.faults["HTTP 503"] += 1
    two.faults["HTTP 503"] += 2
    one.add(two)
    assert (one.received, one.refetched, one.requests, one.faults["HTTP 503"]) == (11, 22, 33, 3)
