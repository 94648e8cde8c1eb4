# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wheelhouse that a server lists: what is asked of it, and what of its answers can be used.

Of a page only names are taken, and each address below it is made of a name; what a ``wheel.json`` says is a stranger's
word.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import FileName
from ansible_collections.portable.model_env.plugins.module_utils.network.downloads import Downloader
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import (
    FILE_NAME,
    LARGEST_DESCRIPTION,
    LARGEST_WHEEL,
    Described,
    read_description,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey, mismatches

# So many wheels of one package, torch and Python, each for other architectures or C libraries, nobody has.
_MOST_FOLDERS = 100


@dataclass(frozen=True)
class Remote:
    """A wheel on a server.

    :ivar file: what it is called here.
    :ivar sha256: what it must be; "": nobody says, and what came is recorded.
    :ivar size: bytes; no more are taken.
    """

    url: str
    file: FileName
    sha256: str
    size: int = LARGEST_WHEEL

    @classmethod
    def at(cls, url: str, sha256: str) -> Remote:
        """The wheel at an address, which ends with its name.

        :raises ModelEnvError: (``invalid``) it does not.
        """
        try:
            return cls(url, FileName.parse(unquote(urlsplit(url).path.rpartition("/")[2])), sha256)
        except ValueError as error:
            why = f"its name {error}"
            raise ModelEnvError("the address leads to no file", where=url, why=why, kind="invalid") from error


@dataclass(frozen=True)
class ListedWheel:
    """A wheel of a folder of the page, and what its ``wheel.json`` says."""

    wheel: Remote
    described: Described


class WheelPage:
    """One page, read once.

    :param url: its address.
    :param web: asks servers.
    :ivar nonsense: what was said that cannot be believed, a clause for each folder.
    :raises ModelEnvError: (``network``) it cannot be had.
    """

    def __init__(self, url: str, web: Downloader) -> None:
        self.nonsense: list[str] = []
        self._web = web
        found = web.links(url)
        if found is None:
            raise ModelEnvError("there is no such page", where=url, why="the server has no such page")
        self._url, links = found
        self._files = {link.name: Remote(link.url, link.name, link.sha256) for link in links if not link.folder}
        self._folders = sorted({link.name for link in links if link.folder})

    def file(self, name: str) -> Remote | None:
        """The file of a name that it links; its hash may be missing."""
        return self._files.get(FileName(name))

    def built(self, wanted: WheelKey) -> list[ListedWheel]:
        """The wheels of its folders that work where ``wanted`` is asked for, the nearest first.

        :raises ModelEnvError: (``network``) the server cannot be asked. (``invalid``) it lists too many.
        """
        fitting = [name for name in self._folders if name.startswith(wanted.stem())]
        if len(fitting) > _MOST_FOLDERS:
            why = f"it lists {len(fitting)} folders that begin with {wanted.stem()}"
            raise ModelEnvError("the page cannot be believed", where=self._url, why=why, kind="invalid")
        found = (self._described(name) for name in fitting)
        works = [one for one in found if one is not None and not mismatches(one.described.key, wanted)]
        return sorted(works, key=lambda one: one.described.key.distance())

    def _described(self, folder: str) -> ListedWheel | None:
        address = urljoin(self._url, quote(folder)) + "/"
        page = self._web.text(address + FILE_NAME, LARGEST_DESCRIPTION)
        if page is None:
            return None
        try:
            described, _facts = read_description(page[1])
            if described.key.slug() != folder:
                raise strict.Refused("key", f"is that of {described.key.slug()}")
        except strict.Refused as refused:
            self.nonsense.append(f"{folder}/{FILE_NAME}: {refused}")
            return None
        file = described.file
        return ListedWheel(Remote(address + quote(file), file, described.sha256, described.size), described)
