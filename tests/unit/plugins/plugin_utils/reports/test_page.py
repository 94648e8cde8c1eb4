# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: what is in it, and that nothing of a node becomes markup. tests/prove/page.py tries how it behaves."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.module_utils.names import has_control
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import page
from ansible_collections.portable.model_env.tests.support.verified import collect

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&<!--"
PASS, WARN = verdicts.make("a", "pass", {"n": 1}, seconds=0.5), verdicts.make("w", "warn", reason="look")
FAIL, SKIP = verdicts.make("b", "fail", reason="broken"), verdicts.make("c", "skip", reason="no GPU")


def result(*found: verdicts.Verdict, name: str = "svd") -> dict[str, Any]:
    return {"environments": [verdicts.row(name, list(found), "/r/python", 1.25)], "gpu": None}


class Reader(HTMLParser):
    """Collects elements and text, as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.script = ""
        self._in_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.elements.append((tag, dict(attrs)))
        self._in_data = tag == "script" and dict(attrs).get("id") == "report"

    def handle_data(self, data: str) -> None:
        """Keep it."""
        if self._in_data:
            self.script += data
        self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Data end."""
        self._in_data = False

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """All elements with this tag."""
        return [attributes for name, attributes in self.elements if name == tag]


def read(results: dict[str, Any]) -> Reader:
    return Reader(page.render(collect(results, "now")))


def test_hosts_by_environments_with_words_beside_the_colours() -> None:
    found = read({"n1": result(PASS, SKIP), "n2": result(FAIL, PASS, name="ltx"), "n3": result(PASS, WARN)})
    cells = [one for one in found.named("button") if "cell" in str(one.get("class"))]
    assert [one["class"] for one in cells] == ["cell pass", "cell fail", "cell warn"]
    assert [one["aria-label"] for one in cells][1] == "n2, ltx: fail, 1 pass, 1 fail"
    assert [one["data-has"] for one in cells] == ["pass skip", "fail pass", "pass warn"]
    text = " ".join(found.text)
    for words in ("✓ pass", "✗ fail", "! warn", "○ skip", "1.2 s", "not here", "1 of the hosts failed"):
        assert words in text


def test_all_verdicts_are_in_the_page_as_data() -> None:
    report = collect({"n1": result(PASS, FAIL)}, "now")
    assert json.loads(Reader(page.render(report)).script) == report
    assert (report["format"], report["verdict"], report["hosts"][0]["verdict"]) == (1, "fail", "fail")


def test_nothing_that_a_node_says_becomes_markup() -> None:
    evil = verdicts.make(EVIL, "fail", {EVIL: [EVIL]}, EVIL, cure=EVIL)
    harmless = read({"n1": result(PASS)})
    found = read(
        {EVIL: {"environments": [verdicts.row(EVIL, [evil], EVIL, 1.0)]}, "lost": {"failed": True, "msg": EVIL}}
    )
    assert len(found.named("script")) == len(harmless.named("script")) == 2
    assert found.named("img") == []
    assert json.loads(found.script)["hosts"][0]["environments"][0]["verdicts"][0]["reason"] == EVIL


def test_what_turns_the_direction_or_is_unseen_is_shown_in_the_table_and_in_the_data() -> None:
    words = "\x1b[2J\x07 \x7f \x9b2J \u202ekcab"
    rows = [verdicts.row(words, [verdicts.make(words, "fail", {words: [words]}, words, cure=words)], words, 1.0)]
    report = collect({words: {"environments": rows}, "lost": {"failed": True, "msg": words}}, words)
    text = page.render(report)
    assert not any(has_control(line) for line in text.split("\n"))
    assert not any(has_control(line) for line in json.dumps(json.loads(Reader(text).script), ensure_ascii=False))
    assert r"\u202ekcab" in text


def test_nothing_is_loaded_from_elsewhere() -> None:
    text = page.render(collect({"n1": result(PASS)}, "now"))
    assert not re.search(r"(src|href)=|https?://|@import|url\(", text)
    assert "default-src 'none'" in text


@pytest.mark.parametrize("lost", [{}, {"unreachable": True, "failed": True, "msg": "no route"}, {"environments": 3}])
def test_a_host_without_a_result_is_a_fail_with_its_reason(lost: dict[str, Any]) -> None:
    report = collect({"n1": result(PASS), "n2": lost}, "now")
    assert [host["verdict"] for host in report["hosts"]] == ["pass", "fail"]
    assert report["hosts"][1]["lost"] in page.render(report)


def test_a_node_without_environments_is_no_fault() -> None:
    report = collect({"n1": {"environments": [], "gpu": None}}, "now")
    assert report["verdict"] == "pass"
    assert "0 environments" in page.render(report)


def test_a_hundred_hosts_are_one_page_of_some_megabytes() -> None:
    many = [verdicts.make(f"check{i}", "pass", {"value": i}, seconds=0.1) for i in range(25)]
    rows = [verdicts.row(f"env{i}", many, "/r/python", 2.0) for i in range(10)]
    text = page.render(collect({f"n{i}": {"environments": rows} for i in range(100)}, "now"))
    assert text.count('class="cell ') == 1000
    assert len(text) < 5_000_000
