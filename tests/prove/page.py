# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the page of verify.yml in a real headless browser, with mouse and keyboard, in light and dark.

    python tests/prove/page.py [--page PAGE.html --hosts 8 --broken 2] [--shots FOLDER]

Needs playwright and a Chromium (``scripts/browser`` installs both). It looks at PAGE, or at a made-up fleet of eight
hosts with two that are broken; further at one whose texts try to break out, and at one with a hundred hosts. Ends with
status 1 at the first thing that is not so.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright  # type: ignore[import-not-found,unused-ignore]

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.page import render
from ansible_collections.portable.model_env.tests.support.verified import collect

EVIL = '</script><script>document.title="broken"</script><img src=x onerror=\'document.title="broken"\'>"&<!--'
# WCAG 2.2, 1.4.3: text needs a contrast of 4.5 to 1.
CONTRAST = 4.5
_CONTRAST_OF = """element => {
  const light = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map(Number).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(element);
  const [low, high] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""


def so(claim: str, holds: Any) -> None:
    """Print a claim that holds; end the run at one that does not."""
    print(("ok    " if holds else "NOT   ") + claim)
    if not holds:
        raise SystemExit(1)


@contextmanager
def opened(browser: Browser, path: Path, scheme: str = "light") -> Iterator[Page]:
    """The page in a fresh window; nothing but the file may be asked for, and no error may be logged."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    yield page
    so(f"{path.name} asks for nothing but itself", asked == [path.as_uri()])
    so(f"{path.name} logs no error", not errors)
    context.close()


def make_fleet(folder: Path) -> Path:
    """A page of eight hosts with two environments each; two hosts have a fail, one has a warning."""
    fine = [verdicts.make("receipt", "pass"), verdicts.make("import:six", "pass", "1.17.0", seconds=0.2)]
    fail = verdicts.make("distributions", "fail", {"drift": ["six"]}, "six 1.17.0 was replaced by 1.16.0 by hand")
    warn = verdicts.make("gpu_health", "warn", {"xids": [31]}, "the kernel's log has Xid 31 of 0000:18:00")
    skip = verdicts.make("api_key:LUMA_API_KEY", "skip", None, "LUMA_API_KEY is not set")
    further = {"n3": [fail], "n6": [fail, warn], "n7": [warn]}
    results = {}
    for host in (f"n{number}" for number in range(1, 9)):
        rows = [("captions", [*fine, *further.get(host, [])]), ("upload", [*fine, skip])]
        results[host] = {"environments": [verdicts.row(name, found, f"/r/{name}", 3.2) for name, found in rows]}
    path = folder / "fleet.html"
    path.write_text(render(collect(results, "now")))
    return path


def look(browser: Browser, path: Path, hosts: int, broken: int, shots: Path) -> None:
    """The fleet's page."""
    with opened(browser, path) as page:
        rows, fails = page.locator("#matrix tbody tr"), page.locator("button.cell.fail")
        so(
            f"{hosts} hosts, {broken} of them failed",
            (rows.count(), rows.locator("th .fail").count()) == (hosts, broken),
        )
        so("verdicts are told in words, too", "✗ fail" in fails.first.inner_text())
        page.screenshot(path=shots / "page-light.png")
        fails.first.click()
        so("a click opens the checks", page.locator("dialog").is_visible())
        failed = page.locator("#checks-rows tr[data-verdict=fail]")
        so("they have reason and time", failed.count() and " s" in failed.first.inner_text())
        page.screenshot(path=shots / "page-checks.png")
        page.keyboard.press("Escape")
        so("Escape closes them", not page.locator("dialog").is_visible())
        so("and the focus is where it was", page.evaluate("document.activeElement.className") == "cell fail")
        page.get_by_label("✗ fail").check()
        so("the filter leaves the failed hosts", page.locator("#matrix tbody tr:visible").count() == broken)
        so("and says so", page.locator("#shown").inner_text() == f"{broken} of {hosts} hosts shown")
        page.locator("button.cell:visible").first.focus()
        page.keyboard.press("Enter")
        shown = page.locator("#checks-rows tr:visible")
        so(
            "the keyboard opens a cell, filtered",
            shown.count() and "pass" not in shown.first.get_attribute("data-verdict"),
        )
        page.locator("#close").press("Enter")
        page.get_by_label("all").check()
        so("all come back", page.locator("#matrix tbody tr:visible").count() == hosts)
        for _step in range(20):
            page.keyboard.press("Tab")
            if "cell" in page.evaluate("document.activeElement.className"):
                break
        so("Tab reaches the cells", "cell" in page.evaluate("document.activeElement.className"))
    for scheme in ("light", "dark"):
        with opened(browser, path, scheme) as page:
            marks = page.locator(".mark, button.cell").all()
            lowest = min(mark.evaluate(_CONTRAST_OF) for mark in marks)
            so(f"the lowest contrast in {scheme} is {lowest:.1f} to 1", lowest >= CONTRAST)
            if scheme == "dark":
                page.screenshot(path=shots / "page-dark.png")


def look_at_evil(browser: Browser, folder: Path) -> None:
    """Texts of nodes stay texts."""
    evil = verdicts.make(EVIL, "fail", {EVIL: EVIL}, EVIL, cure=EVIL)
    results: dict[str, Any] = {
        EVIL: {"environments": [verdicts.row(EVIL, [evil], EVIL, 1.0)]},
        "lost": {"failed": True, "msg": EVIL},
    }
    path = folder / "evil.html"
    path.write_text(render(collect(results, EVIL)))
    with opened(browser, path) as page:
        page.locator("button.cell").click()
        so("what a node says stays text", EVIL in page.locator("#checks-rows").inner_text())
        so("and runs nothing", page.title() != "broken" and page.locator("img").count() == 0)


def look_at_many(browser: Browser, folder: Path) -> None:
    """A hundred hosts, ten environments each."""
    checks = [verdicts.make(f"check{i}", "pass", {"value": i}, seconds=0.1) for i in range(25)]
    rows = [verdicts.row(f"env{i}", checks, "/r/python", 2.0) for i in range(10)]
    path = folder / "many.html"
    path.write_text(render(collect({f"n{i:03}": {"environments": rows} for i in range(100)}, "now")))
    with opened(browser, path) as page:
        page.locator("button.cell").last.click()
        so("the last of 1,000 cells opens its 25 checks", page.locator("#checks-rows tr").count() == 25)
        page.keyboard.press("Escape")
        page.get_by_label("✗ fail").check()
        so("no host is left by a filter that none meets", page.locator("#matrix tbody tr:visible").count() == 0)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", type=Path, help="one that verify.yml wrote")
    parser.add_argument("--hosts", type=int, default=8)
    parser.add_argument("--broken", type=int, default=2)
    parser.add_argument("--shots", type=Path, default=Path(".build"), help="folder for pictures")
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        path = arguments.page.resolve() if arguments.page else make_fleet(Path(folder))
        look(browser, path, arguments.hosts, arguments.broken, arguments.shots)
        look_at_evil(browser, Path(folder))
        look_at_many(browser, Path(folder))
        browser.close()
    print("The page is as it should be.")


if __name__ == "__main__":
    main()
