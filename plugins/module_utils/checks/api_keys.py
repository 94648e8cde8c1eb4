# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the API keys that an environment needs are set. Their values never leave this file."""

from __future__ import annotations

from typing import Iterable, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import Verdict


def names_in(text: str) -> set[str]:
    """Names that have a non-empty value in a file of ``NAME=value`` lines.

    ``export NAME=value``, quotes around the value, empty lines and lines that begin with ``#`` are understood.
    """
    found = set()
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        name = name[len("export ") :] if name.startswith("export ") else name
        if equals and not name.startswith("#") and value.strip().strip("'\"").strip():
            found.add(name.strip())
    return found


def judge(
    names: Iterable[str], environ: Mapping[str, str], in_file: set[str], policy: str, file: str = "", trouble: str = ""
) -> list[Verdict]:
    """One verdict ``api_key:<NAME>`` for each name.

    :param in_file: what ``names_in`` found.
    :param policy: ``auto`` (a missing key is a skip), ``required`` (a fail), ``off`` (not looked at).
    :param file: path of the file, for the reason ("" for none).
    :param trouble: why the file could not be read ("" if it was).
    """
    found = []
    for name in dict.fromkeys(names):
        source = "environment" if environ.get(name, "").strip() else "file" if name in in_file else ""
        where = f" nor in {file}" + (f" ({trouble})" if trouble else "") if file else ""
        reason = (
            "" if source else f"{name} is not set, neither in the environment{where}" if file else f"{name} is not set"
        )
        verdict = verdicts.make(f"api_key:{name}", verdicts.PASS if source else verdicts.SKIP, source or None, reason)
        found.append(verdicts.by_policy(policy, verdict, "the key is required"))
    return found
