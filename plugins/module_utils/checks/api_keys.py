# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the API keys that an environment needs are set. Their values never leave this file."""

from __future__ import annotations

from typing import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.checks.check import Measured


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


def measure(name: str, environ: Mapping[str, str], in_file: set[str], file: str = "", trouble: str = "") -> Measured:
    """Where a key is set: the value is ``environment`` or ``file``.

    :param in_file: what ``names_in`` found.
    :param file: path of the file, for the reason ("" for none).
    :param trouble: why the file could not be read ("" if it was).
    """
    source = "environment" if environ.get(name, "").strip() else "file" if name in in_file else ""
    if source:
        return Measured(value=source)
    if not file:
        return Measured(missing=f"{name} is not set")
    why = f" ({trouble})" if trouble else ""
    return Measured(missing=f"{name} is not set, neither in the environment nor in {file}{why}")
