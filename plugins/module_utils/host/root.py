# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders of a root, who is changing it, and its logs: what everything that works below a root shares."""

from __future__ import annotations

import contextlib
import os

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.hold import Hold, Holder, peek_holder
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners

LOGS_KEPT = 20

# What to do where the root cannot be used, for ``filesystem.explained``.
ELSEWHERE = "choose another root (the option `root`)"


class Root:
    """Where things are below a root, and what belongs to all of it.

    :param root: absolute path of the tree; need not exist yet.
    :param owners: whose folders are believed.
    :raises ModelEnvError: (``invalid``) the path is not absolute; (``foreign``) see :meth:`refuse_others`.
    """

    def __init__(self, root: str, owners: Owners | None = None) -> None:
        if not os.path.isabs(root):
            raise ModelEnvError(f"root {root!r} is not an absolute path", todo="give a path from /", kind="invalid")
        self.root = os.path.normpath(root)
        self.releases = os.path.join(self.root, "releases")
        self.environments = os.path.join(self.root, "envs")
        self.temporary = os.path.join(self.root, "tmp")
        self.store = os.path.join(self.root, "store")
        self.tools = os.path.join(self.root, "tools")
        self.builds = os.path.join(self.root, "build")
        self.wheelhouse = os.path.join(self.root, "wheelhouse")
        self.logs = os.path.join(self.root, "logs")
        self.hold_file = os.path.join(self.root, "lock")
        self.state = os.path.join(self.root, "state")
        self.owners = owners or Owners()
        self.refuse_others()

    def refuse_others(self) -> None:
        """Refuse a root that somebody else owns or may write, or in which something of it is somebody else's.

        Nothing of it is read or started before: who could have put it there would decide what this user runs. What is
        no part of it (``weights``) may be anybody's.

        :raises ModelEnvError: kind ``foreign``, with path and owner.
        """
        parts = (self.releases, self.environments, self.temporary, self.store, self.tools, self.builds, self.wheelhouse)
        for path in (self.root, *parts, self.logs, self.state, self.hold_file):
            self.owners.refuse(path)
        # A root that changed hands may still hold what its former owner made.
        for folder in (self.releases, self.environments, self.tools):
            self.owners.refuse_inside(folder)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for name in os.listdir(self.tools):
                self.owners.refuse_inside(os.path.join(self.tools, name))
                self.owners.refuse_inside(os.path.join(self.tools, name, "bin"))

    def prepare(self) -> None:
        """Make the folders; from here on this process shares what it makes, if it is root's.

        :raises ModelEnvError: they cannot be made (permission, full disk, read-only), or are somebody else's.
        """
        filesystem.share_what_root_makes()
        if not self.owners.named:
            os.umask(os.umask(0o022) | 0o022)  # what a group may write is refused by the next run
        with filesystem.explained("the folders of the environments cannot be made", self.root, ELSEWHERE):
            for folder in (self.releases, self.environments, self.temporary, self.tools, self.logs):
                os.makedirs(folder, exist_ok=True)
        self.refuse_others()

    def hold(self, what: str) -> Hold:
        """The hold on the whole root (not yet acquired)."""
        return Hold(self.hold_file, what, self.owners)

    def holder(self) -> Holder | None:
        """Who holds the root."""
        return peek_holder(self.hold_file, self.owners)

    def new_log(self, name: str, stamp: str) -> str:
        """Path of a new log of ``name``; older ones beyond the newest few are removed."""
        prefix = f"{name}-"
        with contextlib.suppress(FileNotFoundError):
            old = sorted(entry for entry in os.listdir(self.logs) if _is_log_of(entry, prefix))
            for entry in old[: max(0, len(old) - LOGS_KEPT + 1)]:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(self.logs, entry))
        return os.path.join(self.logs, f"{prefix}{stamp}.log")


def _is_log_of(entry: str, prefix: str) -> bool:
    return entry.startswith(prefix) and entry.endswith(".log") and "-" not in entry[len(prefix) :]
