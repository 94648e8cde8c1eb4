# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many bytes builds and weights will fetch, as the indexes and the Hub say before anything is fetched."""

from __future__ import annotations

import os
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.encoding import on_disk
from ansible_collections.portable.model_env.plugins.module_utils.network.pages import Page, PageReader
from ansible_collections.portable.model_env.plugins.module_utils.preflight import index_pages
from ansible_collections.portable.model_env.plugins.module_utils.preflight.index_pages import File, Platform
from ansible_collections.portable.model_env.plugins.module_utils.requirements.parse import Parsed, parse_requirement
from ansible_collections.portable.model_env.plugins.module_utils.weights.files import Selection, select
from ansible_collections.portable.model_env.plugins.module_utils.weights.tree import LONGEST, read_tree


@dataclass
class DownloadSize:
    """How much must be downloaded at least, and what could not be counted.

    :ivar files: size by address, so that what several environments share counts once.
    :ivar unknown: requirements whose size nobody tells.
    :ivar unpinned: number of requirements without an exact pin, which only a resolver could follow.
    :ivar opaque: packages whose own requirements the index does not show apart from the package.
    """

    files: dict[str, int] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    unpinned: int = 0
    opaque: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        """The sum, in bytes: what will be needed at least."""
        return sum(self.files.values())


class Indexes:
    """Sums up the wheels that exact pins lead to, through the exact pins of their own metadata (torch pins its CUDA).

    :param web: asks the indexes.
    :param pool: runs the requests; not the pool that the caller of :meth:`add` runs in.
    """

    def __init__(self, web: PageReader, pool: Executor) -> None:
        self._web = web
        self._pool = pool
        self._pages: dict[tuple[str, str], list[tuple[str, File]]] = {}

    def add(self, found: DownloadSize, texts: Iterable[str], urls: Sequence[str], target: Platform) -> None:
        """Add what ``texts`` need.

        :param texts: requirement lines.
        :param urls: the indexes to look in; a version is counted from the first that tells its size.
        """
        pending = [parsed for parsed in map(parse_requirement, texts) if parsed is not None]
        done: set[tuple[str, tuple[str, ...]]] = set()
        while pending:
            level = [p for p in {(p.key, p.extras): p for p in pending}.values() if (p.key, p.extras) not in done]
            done.update((parsed.key, parsed.extras) for parsed in level)
            pending = []
            for parsed, file, needed, others in self._pool.map(lambda one: self._one(one, urls, target), level):
                if file is None:
                    found.unknown.add(parsed.head)
                    continue
                found.files[file.url] = file.size
                found.unpinned += others
                if not file.metadata:
                    found.opaque.add(parsed.key)
                pending.extend(needed)

    def _one(
        self, parsed: Parsed, urls: Sequence[str], target: Platform
    ) -> tuple[Parsed, File | None, list[Parsed], int]:
        file = None if parsed.url or not parsed.version else self._file(parsed, urls, target)
        if file is None or not file.metadata:
            return parsed, file, [], 0
        answer = self._web.get(file.metadata)
        return (parsed, file, *index_pages.needs(answer.body, parsed.extras, target))

    def _file(self, parsed: Parsed, urls: Sequence[str], target: Platform) -> File | None:
        for url in urls:
            key = (url, parsed.key)
            if key not in self._pages:
                address = f"{url.rstrip('/')}/{parsed.key}/"
                answer = self._web.get(address, accept=index_pages.ACCEPT)
                self._pages[key] = index_pages.files(answer.body, address) if answer.status == 200 else []
            file = index_pages.smallest(self._pages[key], parsed.version, target)
            if file is not None:
                return file
        return None


@dataclass(frozen=True)
class MissingWeights:
    """What one repository of the Hub still has to bring.

    :ivar answer: the Hub's last answer; its status says whether it is there and may be read.
    :ivar missing: bytes of the wanted files that do not lie there with their size.
    :ivar total: bytes of all wanted files.
    :ivar absent: files that are asked for by name and that the repository does not have.
    :ivar refused: why its listing cannot be believed; "" if it can.
    """

    answer: Page
    missing: int = 0
    total: int = 0
    absent: tuple[str, ...] = ()
    refused: str = ""


def weights(web: PageReader, endpoint: str, timeout: float, wanted: Mapping[str, Any]) -> MissingWeights:
    """Ask the Hub for the files of a repository, and compare sizes with what lies in its folder.

    :param web: asks the Hub; ``endpoint`` is its home.
    :param timeout: seconds for one request.
    :param wanted: an entry of ``snapshots`` of the module ``hf_snapshot``.
    """
    kind, repo = wanted.get("repo_type") or "model", wanted["repo_id"]
    revision = str(wanted.get("revision") or "main")
    try:
        answer, tree = read_tree(web, endpoint, kind, repo, revision, seconds=LONGEST * timeout)
    except ModelEnvError as error:
        return MissingWeights(Page(endpoint), refused=error.why)
    lists = (tuple(wanted.get(key) or ()) for key in ("allow_patterns", "ignore_patterns", "filenames"))
    files, absent = select(tree, Selection(*lists))
    folder = wanted["local_dir"]
    missing = sum(file.size for file in files if _size(on_disk(os.path.join(folder, file.path))) != file.size)
    return MissingWeights(
        answer, missing, sum(file.size for file in files), tuple(absent) if answer.status == 200 else ()
    )


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return -1
