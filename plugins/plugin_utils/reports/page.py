# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdicts of a fleet as one HTML page that needs nothing else; ``page.html.j2`` is its template."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.module_utils.names import visible_data

# Colour is never all that tells verdicts apart.
MARKS = {verdicts.PASS: "✓ pass", verdicts.FAIL: "✗ fail", verdicts.WARN: "! warn", verdicts.SKIP: "○ skip"}
_ORDER = (verdicts.FAIL, verdicts.WARN, verdicts.SKIP, verdicts.PASS)
_TEMPLATE = Path(__file__).with_name("page.html.j2")


def render(data: Mapping[str, Any]) -> str:
    """The page.

    :param data: of ``verify.collect``.
    """
    data = visible_data(data)  # the template escapes markup; a browser obeys more, such as directions of writing
    loader = FileSystemLoader(_TEMPLATE.parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    rows = [row for host in data["hosts"] for row in host["environments"]]
    return environment.get_template(_TEMPLATE.name).render(
        report=data,
        names=sorted({row["name"] for row in rows}),
        summary=_summary(data),
        counts=verdicts.counts(one for row in rows for one in row["verdicts"]),
        marks=MARKS,
        order=_ORDER,
        worst=_worst,
        kinds=lambda row: " ".join(sorted(_kinds(row))),
        places_of=lambda host: {row["name"]: place for place, row in enumerate(host["environments"])},
    )


def _worst(row: Mapping[str, Any]) -> str:
    """What a cell shows: a warning fails no environment, but nobody should have to open a cell to find it."""
    if row["verdict"] == verdicts.PASS and verdicts.WARN in _kinds(row):
        return verdicts.WARN
    return str(row["verdict"])


def _kinds(row: Mapping[str, Any]) -> set[str]:
    return {one["verdict"] for one in row["verdicts"]}


def _summary(data: Mapping[str, Any]) -> str:
    hosts = data["hosts"]
    broken = sum(host["verdict"] == verdicts.FAIL for host in hosts)
    environments = sum(len(host["environments"]) for host in hosts)
    return f"{len(hosts)} hosts, {environments} environments; {broken or 'no'} of the hosts failed"
