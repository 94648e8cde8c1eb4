# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fail if a version that this repository locks has a known vulnerability; ``make lint`` runs it.

pip-audit asks pypi.org for the advisories. Where that cannot be asked (no network, a mirror that has none), this says
"not checked" with the reason, and does not fail: nothing here is wrong then.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
# What nodes get comes first: it has few packages, and says soon whether the service can be asked at all.
LOCKS = ("roles/model_env/files/tools-requirements.txt", "requirements/develop.txt", "requirements/proof.txt")
COMMAND = ("pip-audit", "--disable-pip", "--require-hashes", "--progress-spinner=off", "--timeout=10", "--format=json")


class NotChecked(Exception):
    """Why pip-audit could look up nothing."""


def judged(status: int, output: str, trouble: str) -> tuple[list[str], list[str]]:
    """What pip-audit says of a lock: a line for each known vulnerability, and one for each package not looked up.

    :param output: what it printed.
    :param trouble: what it printed to standard error.
    :raises NotChecked: no package was looked up.
    """
    try:
        found: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        last = (trouble.strip().splitlines() or [f"pip-audit ended with status {status}"])[-1]
        raise NotChecked(last) from error
    skipped = [str(one["skip_reason"]) for one in found if "skip_reason" in one]
    if len(skipped) == len(found):
        raise NotChecked(skipped[0] if skipped else "pip-audit found no package")
    vulnerable = [
        f"{one['name']} {one['version']}: {known['id']}, mended in {', '.join(known['fix_versions']) or 'no version'}"
        for one in found
        for known in one.get("vulns", ())
    ]
    return vulnerable, skipped


def main() -> int:
    """Ask for each lock, until one cannot be asked for."""
    vulnerable = False
    for lock in LOCKS:
        command = [*COMMAND, "--requirement", str(PROJECT / lock)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            lines, skipped = judged(done.returncode, done.stdout, done.stderr)
        except NotChecked as why:
            print(f"not checked: {lock} and what follows: {why}")
            break
        for line in [*lines, *(f"not checked: {reason}" for reason in skipped)]:
            print(f"{lock}: {line}")
        vulnerable = vulnerable or bool(lines)
    return 1 if vulnerable else 0


if __name__ == "__main__":
    sys.exit(main())
