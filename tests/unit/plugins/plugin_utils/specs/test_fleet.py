# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts: equal contents are checked once, equal offences are told once."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils.specs import fleet as fleet_module
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import validate
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.fleet import Fleet


def specs() -> dict[str, Any]:
    """New objects each time, as templating makes them for each host."""
    return {"svd": {"python": "3.11", "packages": ["einops"]}, "ok": {"python": "3.11"}}


def test_equal_contents_are_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []

    def counting(*arguments: Any) -> Any:
        checked.append(arguments)
        return validate(*arguments)

    monkeypatch.setattr(fleet_module, "validate", counting)
    fleet = Fleet(100)
    for number in range(100):
        fleet.add(f"gpu{number}", specs(), ["ok"] if number % 2 else None, "", {})
    assert len(checked) == 2
    assert len(fleet.environments) == 100
    assert fleet.environments["gpu1"] == ["ok"]


def test_equal_offences_are_told_once_with_their_hosts() -> None:
    fleet = Fleet(7)
    for number in range(7):
        fleet.add(f"gpu{number}", specs(), "ok", "", {"cu124": "x"} if number == 3 else {})
    fleet.add("gpu3", specs(), "ok,nope", "", {})
    assert [offence["hosts"] for offence in fleet.as_data()] == ["all 7 hosts", "gpu3", "gpu3"]
    assert fleet.summary() == (
        "3 things to correct in the specs\n"
        "\n"
        "svd (all 7 hosts)\n"
        '  - packages[0]: "einops" is not pinned\n'
        '      packages: ["einops==<version>"]\n'
        "\n"
        "variables (gpu3)\n"
        '  - cuda_torch_index_urls.cu124: "x" is no URL of a known kind (http, https, file)\n'
        '      cu124: "https://x"\n'
        '  - model_env_selected: no spec is named "nope"\n'
        "      choose from: svd, ok\n"
        "\n"
        "The line below each offence is what to write instead."
    )


@pytest.mark.parametrize(
    ("hosts", "total", "words"),
    [
        (["a"], 1, "a"), (["a"], 2, "a"), (list("abcde"), 9, "a, b, c, d, e"),
        (list("abcdefg"), 9, "a, b, c, d, e and 2 more"), (["a", "b"], 2, "all 2 hosts"),
    ],
)  # fmt: skip
def test_hosts_in_words(hosts: list[str], total: int, words: str) -> None:
    fleet = Fleet(total)
    for host in hosts:
        fleet.add(host, specs(), None, "", {})
    assert fleet.as_data()[0]["hosts"] == words
