# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journeys of docs/architecture.md: their files are there, connected, and their changes of folder counted."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
# Folder changes of the same journeys before there were rooms; they are to stay shorter.
BEFORE = {
    "A spec to an active release": 36,
    "A weight file from the Hub to disk": 19,
    "An extension's wheel, from a spec to a release": 39,
    "A check, from probe to page": 13,
}
# What Ansible starts by its name, and no file of ours imports.
STARTED = ("playbooks/", "roles/", "plugins/action/", "plugins/modules/", "plugins/filter/")


def journeys() -> dict[str, tuple[int, list[str]]]:
    """The stated number of folder changes, and the files in order, by the title of each journey."""
    text = (PROJECT / "docs" / "architecture.md").read_text().split("\n## The journeys\n", 1)[1].split("\n## ", 1)[0]
    found = {}
    for part in text.split("\n### ")[1:]:
        title, stated = re.match(r"(.+): (\d+) changes of folder\n", part).groups()  # type: ignore[union-attr]
        stays = re.findall(r"^    (\S+/) +(\S.*)$", part, re.MULTILINE)
        found[title] = (int(stated), [folder + name for folder, names in stays for name in names.split(", ")])
    return found


JOURNEYS = journeys()


def imports(path: str, other: str) -> bool:
    """Whether a file imports another one, or names it where that is no module."""
    text = (PROJECT / path).read_text()
    if not other.endswith(".py"):
        return Path(other).name in text
    package, name = other[: -len(".py")].replace("/", ".").rsplit(".", 1)
    direct = rf"^from \S+\.{re.escape(package)}\.{name} import "
    within = rf"^from \S+\.{re.escape(package)} import (\([^)]*|[^(\n]*)\b{name}\b"
    return bool(re.search(f"{direct}|{within}", text, re.MULTILINE))


def test_the_four_journeys_are_there() -> None:
    assert list(JOURNEYS) == list(BEFORE)


@pytest.mark.parametrize("title", BEFORE)
def test_a_journey_has_the_number_of_folder_changes_that_it_says(title: str) -> None:
    stated, files = JOURNEYS[title]
    changes = sum(Path(one).parent != Path(following).parent for one, following in pairwise(files))
    assert changes == stated < BEFORE[title]


@pytest.mark.parametrize("title", BEFORE)
def test_each_file_of_a_journey_is_there_and_connected_with_one_before_it(title: str) -> None:
    _stated, files = JOURNEYS[title]
    assert len(set(files)) == len(files)
    assert [path for path in files if not (PROJECT / path).is_file()] == []
    lost = [
        path
        for number, path in enumerate(files[1:], 1)
        if not path.startswith(STARTED)
        and not any(imports(before, path) or imports(path, before) for before in files[:number])
    ]
    assert lost == []
