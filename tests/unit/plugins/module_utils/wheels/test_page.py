# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page that lists a wheelhouse, from a server of this machine: what is asked, and what of it is used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.network.downloads import Downloader
from ansible_collections.portable.model_env.plugins.module_utils.wheels import page as wheel_page
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import BUILT, FILE_NAME, Wheelhouse
from ansible_collections.portable.model_env.plugins.module_utils.wheels.page import Remote, WheelPage
from ansible_collections.portable.model_env.tests.support import stand_in
from ansible_collections.portable.model_env.tests.support.index import Index

KEY = stand_in.key()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Index]:
    with Index(tmp_path).running() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path) -> Wheelhouse:
    served = Wheelhouse(str(tmp_path / "house"))
    served.put(KEY, str(stand_in.extension_wheel(tmp_path / "made")), BUILT)
    return served


def read(server: Index) -> WheelPage:
    return WheelPage(f"{server.url}/house/", Downloader({}, 60, 1))


def test_the_wheels_of_its_folders_that_fit(server: Index, house: Wheelhouse, tmp_path: Path) -> None:
    made = str(stand_in.extension_wheel(tmp_path / "more"))
    house.put(replace(KEY, libc="glibc2.1"), made, BUILT)
    house.put(replace(KEY, libc="glibc99.1"), made, BUILT)
    house.put(replace(KEY, torch="2.12"), made, BUILT)
    found = read(server).built(KEY)
    assert [one.described.key for one in found] == [KEY, replace(KEY, libc="glibc2.1")]
    held = house.lookup(KEY)
    assert held is not None
    assert found[0].wheel.sha256 == held.sha256
    assert not [path for path in server.requests if "torch2.12" in path], "its name says that it does not fit"


def test_what_cannot_be_believed_is_named(server: Index, house: Wheelhouse) -> None:
    (folder,) = Path(house.folder).iterdir()
    said = json.loads((folder / FILE_NAME).read_text())
    (folder / FILE_NAME).write_text(json.dumps({**said, "key": replace(KEY, libc="glibc2.1").as_dict()}))
    page = read(server)
    assert page.built(KEY) == []
    assert page.nonsense[0].startswith(f"{KEY.slug()}/wheel.json: key is that of ")
    (folder / FILE_NAME).unlink()
    page = read(server)
    assert (page.built(KEY), page.nonsense) == ([], [])
    (folder / FILE_NAME).write_text(" " * (2 << 20))
    with pytest.raises(ModelEnvError, match="bytes came that it may have"):
        read(server).built(KEY)


def test_a_page_cannot_keep_a_node_busy(server: Index, house: Wheelhouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel_page, "_MOST_FOLDERS", 2)
    for number in range(2):
        Path(house.folder, f"{KEY.stem()}-glibc1.{number}").mkdir()
    with pytest.raises(ModelEnvError, match="it lists 3 folders that begin with"):
        read(server).built(KEY)


def test_a_page_that_is_not_there(server: Index) -> None:
    with pytest.raises(ModelEnvError, match="there is no such page"):
        read(server)


def test_an_address_ends_with_a_name() -> None:
    assert Remote.at("https://h/x%2By.whl?a=b", "").file == "x+y.whl"
    for url in ("https://h/", "https://h/..%2Fx.whl", "https://h/%2Fetc%2Fx.whl"):
        with pytest.raises(ModelEnvError, match="leads to no file"):
            Remote.at(url, "")
