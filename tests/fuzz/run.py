# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the targets: a few examples that are always the same, or as many as come up in some time (``make fuzz``)."""

from __future__ import annotations

import argparse
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, given, settings

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.tests.fuzz.targets import TARGETS, Target

# Of the processor, not of the clock: what else the machine does counts for nothing. What is handed over is small.
MOST_SECONDS = 10.0
MOST_MIB = 512
_ROUND = 500  # examples, between two looks at the clock


class Unbounded(BaseException):
    """A parser took more time or memory than what it was handed can be worth."""


def run(target: Target, examples: int, random: bool = False) -> None:
    """Hand over some examples, and raise what the parser must not.

    :param random: other ones each time.
    """

    @settings(
        max_examples=examples, derandomize=not random, database=None, deadline=None, print_blob=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(target.given)
    def one(said: object) -> None:
        with _bounded():
            try:
                target.call(said)
            except (ModelEnvError, strict.Refused):
                pass  # what it says that it raises

    one()


@contextmanager
def _bounded() -> Iterator[None]:
    """End what takes too much of the processor; and tell what took too much memory."""

    def end(_signal: int, _frame: object) -> None:
        raise Unbounded(f"more than {MOST_SECONDS:g} seconds of the processor")

    before, largest = signal.signal(signal.SIGVTALRM, end), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - largest) >> 10
    if grown > MOST_MIB:
        raise Unbounded(f"{grown} MiB of memory")


def main() -> int:
    """Run for as long as asked, each target in turn."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60.0, help="for all targets together")
    arguments.add_argument("--target", action="append", choices=sorted(TARGETS), help="only this one; may be repeated")
    chosen = arguments.parse_args()
    names = chosen.target or list(TARGETS)
    counts, until = dict.fromkeys(names, 0), time.monotonic() + chosen.seconds
    while True:
        for name in names:
            if time.monotonic() > until:
                print(", ".join(f"{name}: {count}" for name, count in counts.items()), "examples, no fault")
                return 0
            run(TARGETS[name], _ROUND, random=True)
            counts[name] += _ROUND


if __name__ == "__main__":
    sys.exit(main())
