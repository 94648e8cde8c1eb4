# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many compilers run at once."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.sizes import GIB
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import jobs as build_jobs
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.jobs import Jobs


@pytest.mark.parametrize(
    ("cores", "gib", "archs", "most", "jobs"),
    [
        (2.0, 24, 1, 0, Jobs(2, 1)),
        (16.0, 128, 1, 0, Jobs(16, 1)),
        (16.0, 128, 4, 0, Jobs(16, 1)),  # a job helps more than a thread
        (16.0, 128, 4, 4, Jobs(4, 4)),
        (16.0, 128, 2, 4, Jobs(4, 2)),
        (16.0, 13, 4, 0, Jobs(4, 1)),  # memory allows four
        (16.0, 13, 4, 2, Jobs(2, 2)),
        (16.0, 3, 4, 0, Jobs(1, 1)),
        (0.5, 24, 4, 0, Jobs(1, 1)),
        (1.5, 24, 1, 0, Jobs(1, 1)),
        (8.0, 0, 1, 0, Jobs(1, 1)),
    ],
)
def test_jobs(cores: float, gib: float, archs: int, most: int, jobs: Jobs) -> None:
    assert build_jobs.plan(cores, int(gib * GIB), 3.0, archs, most) == jobs


def test_fewer_until_there_is_nothing_smaller() -> None:
    tried = [Jobs(7, 2)]
    while True:
        less = build_jobs.fewer(tried[-1])
        if less is None:
            break
        tried.append(less)
    assert tried == [Jobs(7, 2), Jobs(7, 1), Jobs(3, 1), Jobs(1, 1)]


@pytest.mark.parametrize(("gib", "enough"), [(8, True), (3, True), (2, True), (1.9, False), (0.5, False)])
def test_whether_one_job_fits(gib: float, enough: bool) -> None:
    assert build_jobs.enough(int(gib * GIB), 3.0) is enough
