# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts that share a root must know of each other, as files in its state folder.

No environment's name begins with a dot, so the records of environments have other names.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from typing import Iterable
from urllib.parse import quote, unquote

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.names import Sha256, one_line

REMEMBERED_SECONDS = 14 * 24 * 3600.0
_MOST_NAMES = 1000


class Sharers:
    """The hosts (and containers) that changed a root lately. Processes of the others cannot be seen from here.

    :param state: the root's state folder.
    """

    def __init__(self, state: str) -> None:
        self._folder = os.path.join(state, ".hosts")
        self._identity = os.path.join(state, ".identity.json")

    def sign(self) -> None:
        """Leave this host's sign, and give the root its identity if it has none; the root is held.

        :raises OSError: it cannot be written.
        """
        os.makedirs(self._folder, exist_ok=True)
        filesystem.write_text(os.path.join(self._folder, _own()), "")
        if not self.identity():
            filesystem.write_json(self._identity, secrets.token_hex(32))

    def identity(self) -> str:
        """What no other root has, and nobody can guess who does not read it here; "" before the first run."""
        found = filesystem.read_json(self._identity)
        return found if isinstance(found, str) and Sha256.fits(found) else ""

    def others(self) -> list[str]:
        """Names of the other hosts whose signs are not too old; [] where this host is alone."""
        found = []
        with contextlib.suppress(FileNotFoundError):
            own = os.stat(os.path.join(self._folder, _own())).st_mtime
            for entry in os.scandir(self._folder):
                # By the filesystem's clock, which stamped both.
                fresh = own - entry.stat(follow_symlinks=False).st_mtime < REMEMBERED_SECONDS
                if entry.name != _own() and fresh and not entry.name.startswith(".new-"):
                    found.append(one_line(unquote(entry.name)).partition(" ")[0])
        return sorted(set(found))


class AbandonedNames:
    """Folder names of releases that a run may still build that another one took for dead: nobody builds there again.

    :param state: the root's state folder.
    """

    def __init__(self, state: str) -> None:
        self._path = os.path.join(state, ".abandoned.json")

    def read(self) -> frozenset[str]:
        """All of them."""
        found = filesystem.read_json(self._path)
        return frozenset(name for name in found if isinstance(name, str)) if isinstance(found, list) else frozenset()

    def add(self, names: Iterable[str]) -> None:
        """Note more of them; the root is held."""
        known, new = self.read(), sorted(set(names))
        if not known.issuperset(new):
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            filesystem.write_json(self._path, [*sorted(known.difference(new)), *new][-_MOST_NAMES:])


def _own() -> str:
    """Names this host and its process namespace: that of a host is the same after each start, a container's is not."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = ""
    return quote(f"{socket.gethostname()} {namespace}", safe="")
