# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The places of a wheel in their order, against a real server that has it, lacks it, lies, and breaks off."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.network.downloads import Downloader
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, NamedWheel
from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import (
    BUILT,
    FILE_NAME,
    RELEASED,
    Entry,
    Wheelhouse,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey
from ansible_collections.portable.model_env.plugins.module_utils.wheels.places import Found, Places
from ansible_collections.portable.model_env.plugins.module_utils.wheels.search import Wheels, WheelSettings
from ansible_collections.portable.model_env.tests.support import stand_in
from ansible_collections.portable.model_env.tests.support.index import Fault, Index

KEY = stand_in.key()
RELEASED_FILE = f"fused_part-1.0+cputorch2.13cxx11abiTRUE-{stand_in.TAG}-{stand_in.TAG}-{stand_in.PLATFORM}.whl"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Index]:
    (tmp_path / "server" / "wheels").mkdir(parents=True)
    with Index(tmp_path / "server").running() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path) -> Wheelhouse:
    return Wheelhouse(str(tmp_path / "house"))


def entry(server: Index, **changes: Any) -> Extension:
    """An extension whose project releases on the server."""
    return replace(Extension("fused-part", "1.0", released_url=f"{server.url}/files/{{name}}"), **changes)


def offer_released(server: Index, folder: Path) -> Path:
    made = stand_in.extension_wheel(folder / "released", local=RELEASED_FILE.split("+")[1].split("-", maxsplit=1)[0])
    return made.rename(server.folder / "wheels" / RELEASED_FILE)


def named(server: Index, folder: Path) -> NamedWheel:
    """The block of a wheel that the spec names."""
    made = stand_in.extension_wheel(folder / "named")
    file = made.rename(server.folder / "wheels" / made.name)
    return NamedWheel(f"{server.url}/files/{file.name}", stand_in.sha256(file))


def search(
    house: Wheelhouse, wanted: Extension, *, key: WheelKey = KEY, fleet: str = "", take: bool = True, **more: Any
) -> Found:
    web = Downloader({}, timeout=60, tries=3, sleep=lambda _seconds: None)
    return Places(house, fleet, more.get("offered", ()), web).find(wanted, key, take)


def results(found: Found) -> dict[str, str]:
    return {look.source: look.result for look in found.looks}


def reason(found: Found, source: str) -> str:
    return next(look.reason for look in found.looks if look.source == source)


def test_the_order_of_the_places(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    """All of them have a wheel; one after the other is taken away."""
    offer_released(server, tmp_path)
    wanted = entry(server, wheel=named(server, tmp_path))
    shared = Wheelhouse(str(tmp_path / "shared"))
    built = stand_in.extension_wheel(tmp_path / "built")
    shared.put(KEY, str(built), BUILT)
    offered = [{"key": KEY.as_dict(), "file": built.name, "sha256": stand_in.sha256(built), "origin": "built",
                "facts": {}, "path": str(built)}]  # fmt: skip
    house.put(KEY, str(built), BUILT)

    def hit(**changes: Any) -> str:
        given = {"fleet": shared.folder, "offered": offered, **changes}
        found = search(Wheelhouse(str(tmp_path / f"house{len(given)}{len(seen)}")), wanted, **given)
        assert found.outcome == "ready"
        return next(source for source, result in results(found).items() if result == "hit")

    seen: list[str] = [search(house, wanted, fleet=shared.folder, offered=offered).looks[0].result]
    assert seen == ["hit"], "the node's own comes first"
    for changes in ({}, {"fleet": ""}, {"fleet": "", "offered": ()}):
        seen.append(hit(**changes))
    wanted = replace(wanted, wheel=None)
    seen.append(hit(fleet="", offered=()))
    assert seen[1:] == ["fleet wheelhouse", "controller's cache", "wheel of the spec", "released wheel"]
    (server.folder / "wheels" / RELEASED_FILE).unlink()
    last = search(Wheelhouse(str(tmp_path / "empty")), wanted)
    assert (last.outcome, results(last)["released wheel"], results(last)["build"]) == ("build", "miss", "hit")


def test_looking_takes_nothing_and_asks_for_the_computed_name(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    offer_released(server, tmp_path)
    found = search(house, entry(server), take=False)
    assert (found.outcome, server.requests) == ("fetch", [f"/files/{RELEASED_FILE}"])
    assert not Path(house.folder).exists()


@pytest.mark.parametrize(("user", "mode"), [(0, 0o755), (1000, 0o700)])
def test_users_can_reach_the_root_that_a_wheel_was_taken_into_first(
    user: int, mode: int, server: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_released(server, tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    request = {"entry": entry(server).to_dict(), "key": KEY.as_dict()}
    wheels = Wheels(CommandRunner(), WheelSettings(str(tmp_path / "root" / "wheelhouse")), {})
    before = os.umask(0o077)
    try:
        (found,) = wheels.search([request], take=True)
    finally:
        os.umask(before)
    assert found["outcome"] == "ready"
    assert (tmp_path / "root").stat().st_mode & 0o777 == mode


def test_what_was_taken_is_there_the_next_time(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    file = offer_released(server, tmp_path)
    first = search(house, entry(server))
    assert first.entry is not None
    assert (first.entry.sha256, first.entry.origin) == (stand_in.sha256(file), "released")
    assert Path(first.entry.path).name == RELEASED_FILE
    server.requests.clear()
    again = search(house, entry(server))
    assert (results(again)["node wheelhouse"], server.requests) == ("hit", [])
    assert [path.name for path in Path(house.folder).iterdir()] == [KEY.slug()], "nothing of the download is left"


@pytest.mark.parametrize(
    "key", [replace(KEY, torch="2.12"), replace(KEY, python_tag="cp39"), replace(KEY, version="2")]
)
def test_a_wheel_of_another_key_is_no_hit(house: Wheelhouse, server: Index, tmp_path: Path, key: WheelKey) -> None:
    house.put(key, str(stand_in.extension_wheel(tmp_path / "other", key.version)), BUILT)
    assert search(house, entry(server)).looks[0].result == "miss"


@pytest.mark.parametrize(
    ("fault", "said"),
    [(Fault("/files/", status=503), "answered 503"), (Fault("/files/", cut=300), "closed after 300 of"),
     (Fault("/files/", hang=0.01), "closed before the end")],
)  # fmt: skip
def test_a_download_that_fails_is_said_and_never_becomes_a_build(
    server: Index, house: Wheelhouse, tmp_path: Path, fault: Fault, said: str
) -> None:
    offer_released(server, tmp_path)
    server.faults.append(fault)
    found = search(house, entry(server))
    assert (found.outcome, results(found)["released wheel"], results(found)["build"]) == ("none", "failed", "refused")
    assert said in reason(found, "released wheel")
    assert "may have the wheel but failed" in reason(found, "build")
    server.faults.clear()
    assert search(house, entry(server)).outcome == "ready"


def test_a_fault_that_passes_is_met_with_another_try(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    offer_released(server, tmp_path)
    server.faults.append(Fault("/files/", status=503, times=2))
    assert search(house, entry(server)).outcome == "ready"


def test_a_named_wheel_that_fails_to_come_leaves_the_released_one(
    server: Index, house: Wheelhouse, tmp_path: Path
) -> None:
    offer_released(server, tmp_path)
    wheel = NamedWheel(f"{server.url}/files/fused_part-1.0-gone.whl", "0" * 64)
    found = search(house, entry(server, wheel=wheel))
    assert (results(found)["wheel of the spec"], results(found)["released wheel"]) == ("failed", "hit")
    assert found.entry is not None


def test_a_wrong_hash_ends_the_search(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    offer_released(server, tmp_path)
    wheel = replace(named(server, tmp_path), sha256="0" * 64)
    found = search(house, entry(server, wheel=wheel))
    assert (found.outcome, results(found)["wheel of the spec"], results(found)["released wheel"]) == (
        "none", "failed", "skipped"
    )  # fmt: skip
    assert "its sha256 is" in reason(found, "wheel of the spec")
    assert house.entries() == []


def test_a_damaged_wheel_of_the_own_house_ends_the_search(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    held = house.put(KEY, str(stand_in.extension_wheel(tmp_path / "built")), BUILT)
    content = bytearray(Path(held.path).read_bytes())
    content[100] ^= 1
    Path(held.path).write_bytes(content)
    found = search(house, entry(server))
    assert (found.outcome, found.looks[0].result) == ("none", "failed")
    assert "not what was put there" in found.looks[0].reason


def test_what_a_released_wheel_really_is_decides(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    """The computed name is there, and the file is of another version: refused, and it goes on to the next place."""
    other = stand_in.extension_wheel(tmp_path / "other", "9.9")
    (server.folder / "wheels" / RELEASED_FILE.replace("1.0+", "1.0+")).write_bytes(other.read_bytes())
    named(server, tmp_path)
    url = f"{server.url}/files/{other.rename(server.folder / 'wheels' / other.name).name}"
    wanted = entry(server, wheel=NamedWheel(url, stand_in.sha256(server.folder / "wheels" / other.name)))
    found = search(house, wanted)
    assert results(found)["wheel of the spec"] == "refused"
    assert "it is fused-part 9.9, wanted is fused-part 1.0" in reason(found, "wheel of the spec")


def test_the_policies_of_building(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    never = search(house, entry(server, build="never"))
    assert (never.outcome, reason(never, "build")) == ("none", "the spec says build: never")
    offer_released(server, tmp_path)
    always = search(house, entry(server, build="always", wheel=named(server, tmp_path)))
    assert (always.outcome, server.requests) == ("build", [f"/files/{RELEASED_FILE}"])
    house.put(KEY, str(stand_in.extension_wheel(tmp_path / "fetched")), RELEASED)
    assert results(search(house, entry(server, build="always")))["node wheelhouse"] == "refused"


def test_architectures_must_be_known_for_a_build_only(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    key = replace(KEY, cuda="130")
    found = search(house, entry(server, released_url=""), key=key)
    assert (found.outcome, "the option `archs`" in reason(found, "build")) == ("none", True)
    house.put(replace(key, archs=("90",)), str(stand_in.extension_wheel(tmp_path / "w")), BUILT)
    assert search(house, entry(server, released_url=""), key=key).outcome == "ready"


def test_a_page_lists_the_folders_of_a_wheelhouse(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    served = Wheelhouse(str(server.folder / "house"))
    held = served.put(KEY, str(stand_in.extension_wheel(tmp_path / "w")), BUILT)
    served.put(replace(KEY, torch="2.12"), str(stand_in.extension_wheel(tmp_path / "v")), BUILT)
    found = search(house, entry(server), fleet=f"{server.url}/house/")
    assert (results(found)["fleet wheelhouse"], found.outcome) == ("hit", "ready")
    assert found.entry is not None
    assert (found.entry.sha256, found.entry.key, found.entry.origin) == (held.sha256, KEY, "built")


def lie(folder: Path, **lies: Any) -> None:
    """Have the only ``wheel.json`` below a folder say something else."""
    (path,) = folder.rglob(FILE_NAME)
    path.write_text(json.dumps({**json.loads(path.read_text()), **lies}))


@pytest.mark.parametrize("spell", [str, lambda path: path.replace("/", "%2F"), lambda path: "../.." + path])
def test_a_page_names_no_place_of_the_node(
    server: Index, house: Wheelhouse, tmp_path: Path, spell: Callable[[str], str]
) -> None:
    """Its wheel.json names a file of the node, by its whole path."""
    victim = tmp_path / "victim" / "fused_part-1.0-py3-none-any.whl"
    victim.parent.mkdir()
    victim.write_text("the operator's")
    served = Wheelhouse(str(server.folder / "house"))
    served.put(KEY, str(stand_in.extension_wheel(tmp_path / "w")), BUILT)
    lie(server.folder, file=spell(str(victim)), sha256="0" * 64)
    found = search(house, entry(server, released_url="none"), fleet=f"{server.url}/house/")
    assert found.entry is None
    assert victim.read_text() == "the operator's"
    assert results(found)["fleet wheelhouse"] == "refused"
    assert "wheel.json: " in reason(found, "fleet wheelhouse")
    assert house.entries() == []


def test_no_more_comes_than_a_description_says(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    served = Wheelhouse(str(server.folder / "house"))
    held = served.put(KEY, str(stand_in.extension_wheel(tmp_path / "w")), BUILT)
    lie(server.folder, size=held.size - 1)
    found = search(house, entry(server), fleet=f"{server.url}/house/")
    assert results(found)["fleet wheelhouse"] == "failed"
    assert f"more than the {held.size - 1} bytes came" in reason(found, "fleet wheelhouse")
    assert not os.listdir(house.folder)


def test_what_a_shared_folder_holds_is_compared_as_it_is_copied(server: Index, tmp_path: Path) -> None:
    """Its owner exchanges the wheel once its hash was found right."""
    shared = Wheelhouse(str(tmp_path / "shared"))
    held = shared.put(KEY, str(stand_in.extension_wheel(tmp_path / "w")), BUILT)

    class Exchanged(Wheelhouse):
        def put(self, *arguments: Any, **more: Any) -> Entry:
            Path(held.path).write_bytes(b"other" * 100)
            return super().put(*arguments, **more)

    found = search(Exchanged(str(tmp_path / "house")), entry(server), fleet=shared.folder)
    assert found.entry is not None
    assert (found.entry.sha256, stand_in.sha256(Path(found.entry.path))) == (held.sha256, held.sha256)


def test_a_link_in_a_shared_folder_is_not_followed(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    shared = Wheelhouse(str(tmp_path / "shared"))
    held = shared.put(KEY, str(stand_in.extension_wheel(tmp_path / "w")), BUILT)
    Path(held.path).rename(tmp_path / "private")
    os.symlink(tmp_path / "private", held.path)
    assert search(house, entry(server, released_url="none"), fleet=shared.folder).entry is None


def test_a_wheel_of_a_shared_folder_stays_where_it_is_unpacked(
    server: Index, house: Wheelhouse, tmp_path: Path
) -> None:
    made = stand_in.extension_wheel(tmp_path / "w")
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("../../escape.py", "")
    shared = Wheelhouse(str(tmp_path / "shared"))
    shared.put(KEY, str(made), BUILT)
    found = search(house, entry(server), fleet=shared.folder)
    assert (found.outcome, house.entries()) == ("none", [])
    assert "does not stay below the folder" in reason(found, "fleet wheelhouse")


@pytest.mark.parametrize(("hashes", "result"), [(True, "hit"), (False, "refused")])
def test_a_page_lists_released_wheels_with_their_hashes(
    server: Index, house: Wheelhouse, tmp_path: Path, hashes: bool, result: str
) -> None:
    offer_released(server, tmp_path)
    server.hashes = hashes
    found = search(house, entry(server), fleet=f"{server.url}/simple/fused-part/", take=False)
    assert results(found)["fleet wheelhouse"] == result


def test_a_page_that_is_not_there_is_a_failure_and_no_miss(server: Index, house: Wheelhouse) -> None:
    found = search(house, entry(server), fleet=f"{server.url}/simple/nothing/")
    assert (results(found)["fleet wheelhouse"], results(found)["build"]) == ("failed", "refused")


def test_the_message_of_a_wheel_that_cannot_be_had_names_every_place(server: Index, house: Wheelhouse) -> None:
    server.faults.append(Fault("/files/", status=503))
    found = search(house, entry(server))
    error = choice.no_wheel("fused-part", KEY.slug(), [look.as_dict() for look in found.looks])
    assert KEY.slug() in error.message
    assert "released wheel: failed (whether" in error.message
    assert "released_url: none" in error.message
