# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Style and script of the verification page. Plain files of their own could not be shipped among the plugins."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --back: #fff; --fore: #1b1f24; --soft: #57606a; --line: #d0d7de; --head: #f3f5f7;
  --pass: #116329; --pass-back: #dcf5e3; --fail: #a40e26; --fail-back: #ffdfe0; --warn: #7a4b00; --warn-back: #fff2cc;
  --skip: #57606a; --skip-back: #eceff2; --focus: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --fore: #e6edf3; --soft: #9da7b1; --line: #30363d;
  --head: #161b22; --pass: #7ee2a0; --pass-back: #10301c; --fail: #ffa5a8; --fail-back: #45161b; --warn: #f2cc60;
  --warn-back: #3b2b05; --skip: #9da7b1; --skip-back: #21262d; --focus: #79c0ff; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem 1.5rem; background: var(--back); color: var(--fore);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 0; }
p { margin: .25rem 0; } .soft { color: var(--soft); }
fieldset { border: 0; padding: 0; margin: 1rem 0; display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
legend { float: left; padding: 0; margin-right: .5rem; }
fieldset label { border: 1px solid var(--line); border-radius: 1rem; padding: .15rem .7rem; cursor: pointer; }
fieldset label:has(:checked) { outline: 2px solid var(--fore); }
.scroll { width: fit-content; max-width: 100%; overflow: auto; max-height: 80vh; border: 1px solid var(--line); }
table { border-collapse: separate; border-spacing: 0; }
th, td { padding: .3rem .5rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { position: sticky; top: 0; background: var(--head); z-index: 2; }
.matrix th { min-width: 8rem; max-width: 18rem; overflow-wrap: anywhere; }
.matrix tbody th { position: sticky; left: 0; background: var(--head); z-index: 1; }
.matrix thead th:first-child { left: 0; z-index: 3; }
.mark { display: inline-block; min-width: 4.8em; border-radius: .3rem; padding: .05rem .45rem; white-space: nowrap;
  font-weight: 600; }
.pass { color: var(--pass); background: var(--pass-back); } .fail { color: var(--fail); background: var(--fail-back); }
.warn { color: var(--warn); background: var(--warn-back); } .skip { color: var(--skip); background: var(--skip-back); }
button { font: inherit; border: 1px solid var(--line); border-radius: .3rem; padding: .25rem .5rem; cursor: pointer; }
button.cell { width: 100%; min-width: 9rem; text-align: left; }
button.cell small { display: block; font-weight: 400; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 1px; }
[hidden] { display: none !important; }
dialog { width: min(70rem, 95vw); max-height: 90vh; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--back); color: var(--fore); padding: 1rem; }
dialog header { display: flex; justify-content: space-between; gap: 1rem; align-items: start; }
dialog table { width: 100%; margin-top: .75rem; } dialog td { overflow-wrap: anywhere; }
dialog td.number { text-align: right; white-space: nowrap; } dialog pre { margin: 0; white-space: pre-wrap; }
@media print { .scroll { max-height: none; } fieldset { display: none; } }
"""

# Everything that comes from nodes goes in as text, never as markup.
SCRIPT = """
(function () {
  "use strict";
  var report = JSON.parse(document.getElementById("report").textContent);
  var marks = {pass: "\\u2713 pass", fail: "\\u2717 fail", warn: "! warn", skip: "\\u25cb skip"};
  var dialog = document.getElementById("checks");
  var title = document.getElementById("checks-title");
  var about = document.getElementById("checks-about");
  var rows = document.getElementById("checks-rows");
  var filter = "all";

  function add(parent, tag, text, name) {
    var made = document.createElement(tag);
    if (text !== undefined) { made.textContent = text; }
    if (name) { made.className = name; }
    parent.appendChild(made);
    return made;
  }

  function show(cell) {
    var host = report.hosts[Number(cell.dataset.host)];
    var row = host.environments[Number(cell.dataset.row)];
    title.textContent = host.host + ": " + row.name;
    about.textContent = row.summary + " in " + row.seconds.toFixed(1) + " s, " + row.python;
    rows.replaceChildren();
    row.verdicts.forEach(function (one) {
      var line = add(rows, "tr");
      line.dataset.verdict = one.verdict;
      line.hidden = filter !== "all" && one.verdict !== filter;
      add(line, "th", one.check).scope = "row";
      add(add(line, "td"), "span", marks[one.verdict] || one.verdict, "mark " + one.verdict);
      add(line, "td", one.seconds.toFixed(3) + " s", "number");
      var told = add(line, "td");
      if (one.reason) { add(told, "p", one.reason); }
      if (one.cure) { add(told, "p", "What to do: " + one.cure); }
      if (one.value !== null) {
        var more = add(told, "details");
        add(more, "summary", "measured");
        add(more, "pre", JSON.stringify(one.value, null, 1));
      }
    });
    dialog.showModal();
  }

  function apply() {
    var shown = 0;
    document.querySelectorAll("#matrix tbody tr").forEach(function (line) {
      var any = false;
      line.querySelectorAll("[data-has]").forEach(function (cell) {
        var fits = filter === "all" || cell.dataset.has.split(" ").indexOf(filter) >= 0;
        cell.hidden = !fits;
        any = any || fits;
      });
      line.hidden = !any;
      shown += any ? 1 : 0;
    });
    document.getElementById("shown").textContent = shown + " of " + report.hosts.length + " hosts shown";
  }

  document.querySelectorAll("button.cell").forEach(function (cell) {
    cell.addEventListener("click", function () { show(cell); });
  });
  document.querySelectorAll("input[name=filter]").forEach(function (input) {
    input.addEventListener("change", function () { filter = input.value; apply(); });
  });
  document.getElementById("close").addEventListener("click", function () { dialog.close(); });
  apply();
}());
"""
