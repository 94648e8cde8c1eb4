# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdicts of a fleet as data, and as one HTML page that needs nothing else. Pure."""

from __future__ import annotations

import json
from html import escape
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.page_parts import SCRIPT, STYLE

FORMAT = 1  # of the data; raised when a reader of an older one would misunderstand it
# Colour is never all that tells verdicts apart.
MARKS = {verdicts.PASS: "✓ pass", verdicts.FAIL: "✗ fail", verdicts.WARN: "! warn", verdicts.SKIP: "○ skip"}
_ORDER = (verdicts.FAIL, verdicts.WARN, verdicts.SKIP, verdicts.PASS)


def collect(results: Mapping[str, Mapping[str, Any]], time: str) -> dict[str, Any]:
    """The data of a report.

    :param results: by host, what the module ``verify`` returned; {} for a host without a result.
    :param time: when, for people.
    """
    hosts = [_host(host, result) for host, result in results.items()]
    return {
        "format": FORMAT,
        "time": time,
        "verdict": verdicts.FAIL if any(host["verdict"] == verdicts.FAIL for host in hosts) else verdicts.PASS,
        "hosts": hosts,
    }


def _host(host: str, result: Mapping[str, Any]) -> dict[str, Any]:
    environments = list(result.get("environments") or ())
    lost = "" if environments or (result and not result.get("failed")) else _why_lost(result)
    failed = bool(lost) or any(row["verdict"] == verdicts.FAIL for row in environments)
    return {
        "host": host,
        "verdict": verdicts.FAIL if failed else verdicts.PASS,
        "lost": lost,
        "seconds": round(sum(row["seconds"] for row in environments), 3),
        "gpu": result.get("gpu"),
        "environments": environments,
    }


def _why_lost(result: Mapping[str, Any]) -> str:
    return str(result.get("msg") or "no result: an earlier task failed, or the host did not answer")


def render(report: Mapping[str, Any]) -> str:
    """The page.

    :param report: of :func:`collect`.
    """
    names = sorted({row["name"] for host in report["hosts"] for row in host["environments"]})
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = "\n".join(_row(index, host, names) for index, host in enumerate(report["hosts"]))
    # In a script element nothing is escaped, so what could end it, or begin a comment, must not stand in it.
    data = json.dumps(report).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Model environments: {escape(_sum(report))}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Model environments</h1>
<p>{_mark(report["verdict"])} {escape(_sum(report))}</p>
<p class="soft">Verified {escape(report["time"])}. Each cell opens its checks.</p>
<fieldset>
<legend>Show cells with a check that is</legend>
{_filters(report)}
<span id="shown" class="soft" role="status"></span>
</fieldset>
<div class="scroll" tabindex="0" role="region" aria-label="Hosts by environments">
<table class="matrix" id="matrix">
<thead><tr><th scope="col">host</th>{heads}<th scope="col">seconds</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
<dialog id="checks" aria-labelledby="checks-title">
<header><div><h2 id="checks-title"></h2><p id="checks-about" class="soft"></p></div>
<button id="close" type="button">Close</button></header>
<table>
<thead><tr><th scope="col">check</th><th scope="col">verdict</th><th scope="col">time</th><th scope="col">reason and
 measured value</th></tr></thead>
<tbody id="checks-rows"></tbody>
</table>
</dialog>
<noscript><p>Without scripts the table is complete, but its cells do not open.</p></noscript>
<script id="report" type="application/json">{data}</script>
<script>{SCRIPT}</script>
</body>
</html>
"""


def _row(index: int, host: Mapping[str, Any], names: Sequence[str]) -> str:
    head = f'<th scope="row">{_mark(host["verdict"])} {escape(host["host"])}</th>'
    if host["lost"]:
        cells = f'<td data-has="fail" colspan="{max(len(names), 1)}">{_mark(verdicts.FAIL)} {escape(host["lost"])}</td>'
        return f"<tr>{head}{cells}<td></td></tr>"
    places = {row["name"]: place for place, row in enumerate(host["environments"])}
    cells = "".join(
        f"<td>{_cell(index, places[name], host)}</td>" if name in places else '<td class="soft">not here</td>'
        for name in names
    )
    return f"<tr>{head}{cells}<td>{host['seconds']:.1f}</td></tr>"


def _cell(host_index: int, place: int, host: Mapping[str, Any]) -> str:
    row = host["environments"][place]
    has = {one["verdict"] for one in row["verdicts"]}
    # A warning does not fail an environment, but nobody should have to open a cell to find it.
    shown = verdicts.WARN if row["verdict"] == verdicts.PASS and verdicts.WARN in has else row["verdict"]
    label = f"{host['host']}, {row['name']}: {row['verdict']}, {row['summary']}"
    return (
        f'<button type="button" class="cell {escape(shown)}" data-host="{host_index}" data-row="{place}"'
        f' data-has="{escape(" ".join(sorted(has)))}" aria-haspopup="dialog" aria-label="{escape(label)}">'
        f"<b>{escape(MARKS.get(shown, shown))}</b>"
        f"<small>{escape(row['summary'])}; {row['seconds']:.1f} s</small></button>"
    )


def _filters(report: Mapping[str, Any]) -> str:
    everything = [one for host in report["hosts"] for row in host["environments"] for one in row["verdicts"]]
    counts = verdicts.counts(everything)
    made = [_filter("all", f"all {len(everything)}", " checked")]
    made += [_filter(word, f"{MARKS[word]} {counts[word]}", "") for word in _ORDER]
    return "\n".join(made)


def _filter(value: str, text: str, checked: str) -> str:
    return f'<label class="{value}"><input type="radio" name="filter" value="{value}"{checked}> {escape(text)}</label>'


def _mark(verdict: str) -> str:
    return f'<span class="mark {escape(verdict)}">{escape(MARKS.get(verdict, verdict))}</span>'


def _sum(report: Mapping[str, Any]) -> str:
    hosts = report["hosts"]
    broken = sum(host["verdict"] == verdicts.FAIL for host in hosts)
    environments = sum(len(host["environments"]) for host in hosts)
    return f"{len(hosts)} hosts, {environments} environments; {broken or 'no'} of the hosts failed"
