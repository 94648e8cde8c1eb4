# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheelhouse: what goes in comes out, is checked, and survives kills and a second writer."""

from __future__ import annotations

import hashlib
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import (
    BUILT,
    FILE_NAME,
    Entry,
    Wheelhouse,
    read_description,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey
from ansible_collections.portable.model_env.tests.support import other_user

KEY = WheelKey(
    package="x-y",
    version="1.0",
    commit="",
    python_tag="cp311",
    torch="2.11",
    cuda="130",
    cxx11abi=True,
    platform="linux_x86_64",
    libc="glibc2.36",
    archs=("90",),
)
NAME = "x_y-1.0-cp311-cp311-linux_x86_64.whl"


@pytest.fixture
def house(tmp_path: Path) -> Wheelhouse:
    return Wheelhouse(str(tmp_path / "house"))


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(b"wheel" * 1000)
    return path


def test_what_goes_in_comes_out(house: Wheelhouse, wheel: Path) -> None:
    assert house.lookup(KEY) is None
    put = house.put(KEY, str(wheel), BUILT, {"seconds": 12, "tools": {"ninja": "1.13.0"}})
    wheel.unlink()
    found = house.lookup(KEY)
    assert found == put
    assert found is not None
    assert found.path == os.path.join(house.folder, KEY.slug(), NAME)
    assert house.verified(found) == found.path
    assert Path(found.path).read_bytes() == b"wheel" * 1000
    assert (found.origin, found.size, found.sha256) == ("built", 5000, hashlib.sha256(b"wheel" * 1000).hexdigest())
    assert (found.facts["seconds"], found.facts["tools"]) == (12, {"ninja": "1.13.0"})
    assert {"host", "created"} <= set(found.facts)
    assert house.entries() == [found]


def test_another_key_that_fits_is_found(house: Wheelhouse, wheel: Path) -> None:
    for libc, archs in (("glibc2.28", ("90",)), ("glibc2.31", ("90",)), ("glibc2.36", ("80", "90"))):
        house.put(replace(KEY, libc=libc, archs=archs), str(wheel), BUILT)
    found = house.lookup(KEY)
    assert found is not None
    assert found.key == replace(KEY, libc="glibc2.31")
    assert house.lookup(replace(KEY, torch="2.10")) is None
    assert house.lookup(replace(KEY, libc="glibc2.17")) is None


def test_a_changed_wheel_is_refused(house: Wheelhouse, wheel: Path) -> None:
    entry = house.put(KEY, str(wheel), BUILT)
    Path(entry.path).write_bytes(b"WHEEL" * 1000)
    with pytest.raises(ModelEnvError) as caught:
        house.verified(entry)
    assert caught.value.kind == "corrupt"
    assert entry.sha256 in caught.value.why


def test_a_sound_wheel_stays_and_a_broken_one_is_replaced(house: Wheelhouse, wheel: Path) -> None:
    first = house.put(KEY, str(wheel), BUILT)
    wheel.write_bytes(b"other")
    assert house.put(KEY, str(wheel), BUILT).sha256 == first.sha256
    Path(first.path).write_bytes(b"WHEEL" * 1000)
    assert house.put(KEY, str(wheel), BUILT).sha256 == hashlib.sha256(b"other").hexdigest()
    assert os.listdir(house.folder) == [KEY.slug()]


def planted(house: Wheelhouse, entry: Entry, **lies: object) -> None:
    """Have the ``wheel.json`` of an entry say something else; None leaves a key out."""
    path = Path(entry.path).with_name(FILE_NAME)
    said = {**json.loads(path.read_text()), **lies}
    path.write_text(json.dumps({name: value for name, value in said.items() if value is not None}))


@pytest.mark.parametrize(
    "lies",
    [
        {"file": f"../../{NAME}"},
        {"file": f"/srv/victim/{NAME}"},
        {"file": f"%2Fsrv%2Fvictim%2F{NAME}"},
        {"file": "x_y.txt"},
        {"file": "other-1.0-py3-none-any.whl"},
        {"file": ["x"]},
        {"sha256": "0" * 63},
        {"sha256": "../" + "0" * 61},
        {"sha256": None},
        {"size": -1},
        {"size": True},
        {"size": 1 << 60},
        {"origin": "elsewhere"},
        {"from": {"a": ["b"] * 300_000}},
        {"host": "x" * (2 << 20)},
    ],
)
def test_what_a_description_may_not_say_makes_it_none(house: Wheelhouse, wheel: Path, lies: dict[str, object]) -> None:
    entry = house.put(KEY, str(wheel), BUILT)
    planted(house, entry, seconds=3)
    assert house.lookup(KEY) is not None
    planted(house, entry, **lies)
    assert house.lookup(KEY) is None
    assert house.entries() == []


@pytest.mark.parametrize("text", ["[" * 100_000, "1" * 5000, '{"key": NaN}', "\ud800", "null"])
def test_what_is_no_description(text: str) -> None:
    with pytest.raises(strict.Refused):
        read_description(text)


@pytest.mark.parametrize("what", ["wheel", "description"])
@pytest.mark.parametrize("how", ["link", "pipe", "folder"])
def test_only_plain_files_of_a_house_are_read(
    house: Wheelhouse, wheel: Path, tmp_path: Path, what: str, how: str
) -> None:
    entry = house.put(KEY, str(wheel), BUILT)
    path = Path(entry.path) if what == "wheel" else Path(entry.path).with_name(FILE_NAME)
    path.rename(tmp_path / "elsewhere")
    if how == "link":
        path.symlink_to(tmp_path / "elsewhere")
    elif how == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    assert house.lookup(KEY) is None
    if what == "wheel":
        with pytest.raises(ModelEnvError) as caught:
            house.copy(entry, str(tmp_path / "copy"))
        assert caught.value.kind == "io"


def test_a_copy_is_compared_as_it_is_written_and_has_no_more_bytes_than_were_said(
    house: Wheelhouse, wheel: Path, tmp_path: Path
) -> None:
    entry = house.put(KEY, str(wheel), BUILT)
    house.copy(entry, str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == wheel.read_bytes()
    with open(entry.path, "ab") as handle:
        handle.write(b"more" * 1000)
    with pytest.raises(ModelEnvError) as caught:
        house.copy(entry, str(tmp_path / "second"))
    assert caught.value.kind == "corrupt"
    assert (tmp_path / "second").stat().st_size == entry.size + 1
    with pytest.raises(ModelEnvError, match="cannot be copied"):
        house.copy(entry, str(tmp_path / "copy"))


@pytest.mark.parametrize("damage", ["shorter", "gone", "no JSON", "another key", "no key"])
def test_half_an_entry_is_none(house: Wheelhouse, wheel: Path, damage: str) -> None:
    entry = house.put(KEY, str(wheel), BUILT)
    facts = Path(entry.path).with_name(FILE_NAME)
    said = json.loads(facts.read_text())
    if damage == "shorter":
        os.truncate(entry.path, 10)
    elif damage == "gone":
        os.unlink(entry.path)
    elif damage == "no JSON":
        facts.write_text("{")
    elif damage == "another key":
        facts.write_text(json.dumps({**said, "key": replace(KEY, torch="2.10").as_dict()}))
    else:
        facts.write_text(json.dumps({**said, "key": {}}))
    assert house.lookup(KEY) is None
    assert house.put(KEY, str(wheel), BUILT) == house.lookup(KEY)


def test_many_writers_of_one_key(house: Wheelhouse, tmp_path: Path) -> None:
    wheels = []
    for number in range(8):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / NAME).write_bytes(str(number).encode() * 200_000)
        wheels.append(str(folder / NAME))
    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(lambda path: house.put(KEY, path, BUILT), wheels))
    assert len({entry.sha256 for entry in entries}) == 1, "the first one stays"
    assert house.verified(entries[0])
    assert os.listdir(house.folder) == [KEY.slug()]


def test_what_a_killed_writer_left_goes_after_a_day(house: Wheelhouse, wheel: Path) -> None:
    old, young = (Path(house.folder, f".new-{name}") for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / NAME).write_bytes(b"half")
    os.utime(old, (0, time.time() - 90000))
    house.put(KEY, str(wheel), BUILT)
    assert sorted(os.listdir(house.folder)) == [".new-young", KEY.slug()]


def test_a_house_that_cannot_be_written(tmp_path: Path, wheel: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelEnvError, match="the wheelhouse cannot be written"):
        Wheelhouse(str(tmp_path / "file")).put(KEY, str(wheel), BUILT)


@other_user.needs_root
@pytest.mark.parametrize("kind", other_user.KINDS)
@pytest.mark.parametrize("place", ["", "slug"])
def test_a_wheelhouse_that_others_could_write_is_refused(wheel: Path, place: str, kind: str) -> None:
    with other_user.public_folder() as shared:
        outside, house = other_user.outside_of(shared), shared / "open" / "house"
        path = house / place.replace("slug", KEY.slug())
        path.parent.mkdir(parents=True)
        path.parent.chmod(0o777)
        other_user.plant(kind, path, outside)
        path.parent.chmod(0o755)
        before = other_user.snapshot(outside)
        try:
            Wheelhouse(str(house)).put(KEY, str(wheel), BUILT)
            refused = ""
        except ModelEnvError as error:
            refused = error.kind
        assert other_user.snapshot(outside) == before
        assert refused == "foreign" or kind in ("hard link", "device"), "root's own is in the way, or replaced"
        if kind == "folder":
            assert Wheelhouse(str(house), Owners(["nobody"])).put(KEY, str(wheel), BUILT).key == KEY
