# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wheels and the pages that list them, from a server of this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import FileName
from ansible_collections.portable.model_env.plugins.module_utils.network.downloads import Downloader, Link, link_of
from ansible_collections.portable.model_env.tests.support.index import Fault, Index
from ansible_collections.portable.model_env.tests.support.packages import wheel

MOST = 1 << 20
NAME = "single-1.0-py3-none-any.whl"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    (tmp_path / "wheels").mkdir()
    wheel(tmp_path / "wheels", "single", "1.0")
    (tmp_path / "house" / "sub").mkdir(parents=True)
    with Index(tmp_path).running() as server:
        yield server


def downloader(tries: int = 3) -> tuple[Downloader, list[float]]:
    """And the pauses that it takes."""
    pauses: list[float] = []
    return Downloader({"HOME": "/none", "PIP_CONFIG_FILE": "/dev/null"}, 60, tries, pauses.append), pauses


def test_links_have_the_name_and_the_hash_of_their_file(index: Index) -> None:
    sha256 = hashlib.sha256((index.folder / "wheels" / NAME).read_bytes()).hexdigest()
    asking, _pauses = downloader()
    page, folder = f"{index.simple}single/", f"{index.url}/house/"
    assert asking.links(page) == (page, [Link(f"{index.url}/files/{NAME}", FileName(NAME), False, sha256)])
    assert asking.links(folder) == (folder, [Link(f"{index.url}/house/sub/", FileName("sub"), True, "")])
    assert asking.links(f"{index.simple}nothing/") is None


def test_a_file_comes_with_its_hash(index: Index, tmp_path: Path) -> None:
    asking, pauses = downloader()
    url, path = f"{index.url}/files/{NAME}", tmp_path / "came"
    path_size = (index.folder / "wheels" / NAME).stat().st_size
    assert asking.exists(url)
    assert asking.download(url, str(path), path_size) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.read_bytes() == (index.folder / "wheels" / NAME).read_bytes()
    assert not asking.exists(f"{url}x")
    assert asking.download(f"{url}x", str(path), MOST) is None
    assert pauses == []


@pytest.mark.parametrize(
    ("fault", "requests"),
    [
        (Fault("/files/", status=503, times=2), 3),
        (Fault("/files/", cut=100, times=1), 2),
        (Fault("/files/", status=429, times=1), 2),
    ],
)
def test_faults_that_pass_are_met_with_another_try(index: Index, tmp_path: Path, fault: Fault, requests: int) -> None:
    asking, pauses = downloader()
    index.faults = [fault]
    assert asking.download(f"{index.url}/files/{NAME}", str(tmp_path / "came"), MOST)
    assert len(index.requests) == requests
    assert pauses == [1.0, 2.0][: requests - 1]


@pytest.mark.parametrize(
    ("fault", "requests", "why"),
    [
        (Fault("/files/", status=403), 1, "answered 403"),
        (Fault("/files/", status=503), 3, "answered 503"),
        (Fault("/files/", cut=100), 3, "closed after 100 of"),
    ],
)
def test_faults_that_stay_are_told(index: Index, tmp_path: Path, fault: Fault, requests: int, why: str) -> None:
    index.faults = [fault]
    with pytest.raises(ModelEnvError, match=why) as caught:
        downloader()[0].download(f"{index.url}/files/{NAME}", str(tmp_path / "came"), MOST)
    assert (caught.value.kind, len(index.requests)) == ("network", requests)


def test_a_setting_that_cannot_be_used_is_told_when_a_server_is_asked(index: Index) -> None:
    with pytest.raises(ModelEnvError, match="SSL_CERT_FILE names /gone"):
        Downloader({"SSL_CERT_FILE": "/gone", "PIP_CONFIG_FILE": "/dev/null"}).exists(index.url)


def test_no_more_comes_than_may(index: Index, tmp_path: Path) -> None:
    path, size = tmp_path / "came", (index.folder / "wheels" / NAME).stat().st_size
    asking, _pauses = downloader(tries=1)
    with pytest.raises(ModelEnvError, match=f"more than the {size - 1} bytes came"):
        asking.download(f"{index.url}/files/{NAME}", str(path), size - 1)
    assert path.stat().st_size < size
    with pytest.raises(ModelEnvError, match="more than the 10 bytes came"):
        asking.text(f"{index.url}/files/{NAME}", 10)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("a.whl", "a.whl"),
        ("x/a%20b.whl#sha256=0", "a b.whl"),
        ("https://other/x%2By/", "x+y"),
        ("%2Fsrv%2Fvictim%2Fkeys", None),
        ("..%2F..%2Fkeys", None),
        ("%2e%2e/", None),
        ("x/%2e", None),
        ("a%0Ab.whl", None),
        ("a%5Cb.whl", None),
        ("?C=N;O=D", "house"),
        ("/", None),
        ("http://[", None),
    ],
)
def test_a_link_has_a_name_after_decoding_or_is_none(reference: str, name: str | None) -> None:
    link = link_of("https://host/house/", reference)
    assert (link.name if link else None) == name


def test_a_page_of_beginnings_is_read_in_one_pass(index: Index) -> None:
    folder = index.folder / "house"
    (folder / "sub" / "page").write_text("<a " * 2_000_000)
    asking, _pauses = downloader()
    assert asking.links(f"{index.url}/house/sub/page") == (f"{index.url}/house/sub/page", [])
