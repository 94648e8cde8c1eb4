# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ``wheel_build``: takes the wheel of the wheelhouse, or builds it, one run at a time, and puts it there."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.hold import Hold
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreters
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.host.root import ELSEWHERE, Root
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Tools
from ansible_collections.portable.model_env.plugins.module_utils.installers.toolbox import Toolbox
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.build import (
    Built,
    WheelBuild,
    WheelBuildSettings,
    WheelRequest,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import BUILT, Entry, Wheelhouse


@dataclass(frozen=True)
class WheelBuildOptions:
    """Where and how, for one call.

    :ivar root: the tree of environments; builds are below it.
    :ivar wheelhouse: folder of the wheels.
    :ivar tools_lock: hash-locked requirements of pip and uv.
    :ivar store: whether uv keeps its cache beside the releases.
    :ivar lock_wait: seconds to wait for another run that builds the same wheel.
    :ivar owners: whose folders are believed.
    """

    root: str
    wheelhouse: str
    tools_lock: str
    store: bool
    lock_wait: float
    build: WheelBuildSettings
    owners: Owners | None = None


class WheelBuildRunner:
    """Has one wheel in the wheelhouse.

    :param environ: the node's environment.
    :param check_mode: say what would be done, and leave no trace.
    """

    def __init__(
        self,
        runner: Runner,
        options: WheelBuildOptions,
        environ: Mapping[str, str],
        status: StatusFile,
        check_mode: bool,
    ) -> None:
        self._runner = runner
        self._options = options
        self._environ = environ
        self._status = status
        self._check_mode = check_mode
        self._tree = Root(options.root, options.owners)
        self._house = Wheelhouse(options.wheelhouse, options.owners)

    def run(self, request: WheelRequest) -> dict[str, Any]:
        """Take the wheel from the wheelhouse, or build it.

        :raises ModelEnvError: it cannot be built.
        """
        started = time.monotonic()
        entry = self._find(request)
        if entry is not None:
            return _result(entry, "keep", started)
        folder = os.path.join(self._tree.builds, request.key.slug())
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        log = "" if self._check_mode else self._tree.new_log(f"wheel-{request.key.package}", stamp)
        build = WheelBuild(
            self._runner,
            folder,
            request,
            self._options.build,
            store=self._tree.store if self._options.store else "",
            environ=self._environ,
            status=self._status,
            log=log,
        )
        build.refuse_early()
        if self._check_mode:
            return {"changed": True, "action": "build", "key": request.key.as_dict(), "slug": request.key.slug()}
        self._tree.prepare()
        with filesystem.explained("the build folder cannot be made", folder, ELSEWHERE):
            os.makedirs(self._tree.builds, exist_ok=True)
        what = f"building {request.key.slug()}"
        hold = Hold(os.path.join(self._tree.builds, f".{request.key.slug()}.lock"), what, self._tree.owners)
        self._status.phase("waiting for another run that builds the same wheel")
        with hold.acquire(self._options.lock_wait):
            entry = self._find(request)  # somebody else may have built it meanwhile
            if entry is not None:
                return _result(entry, "keep", started)
            with filesystem.explained("the wheel cannot be built", folder, ELSEWHERE):
                os.makedirs(folder, exist_ok=True)
                built = build.run(self._tools())
                entry = self._house.put(built.key, built.path, BUILT, _facts(built, log))
            with contextlib.suppress(OSError):
                filesystem.remove_tree(folder)
        return _result(entry, "build", started)

    def _find(self, request: WheelRequest) -> Entry | None:
        entry = self._house.lookup(request.key)
        if entry is not None:
            self._house.verified(entry)
        return entry

    def _tools(self) -> Tools:
        """The tools; made, if need be, while the root is held, which it is not while something compiles."""
        interpreters = Interpreters(self._runner, self._options.build.interpreters)
        requirements = self._options.tools_lock
        toolbox = Toolbox(self._runner, self._tree.tools, requirements, interpreters, self._environ)
        tools = toolbox.find()
        if tools is None:
            hold = self._tree.hold("making the tools")
            with hold.acquire(self._options.lock_wait), filesystem.run_folder(self._tree.temporary) as tmpdir:
                tools = toolbox.ensure(tmpdir)
        return tools


def _facts(built: Built, log: str) -> dict[str, Any]:
    return {**built.facts, "log": log}


def _result(entry: Entry, action: str, started: float) -> dict[str, Any]:
    return {
        "changed": action == "build",
        "action": action,
        "key": entry.key.as_dict(),
        "slug": entry.key.slug(),
        "path": entry.path,
        "sha256": entry.sha256,
        "size": entry.size,
        "origin": entry.origin,
        "facts": dict(entry.facts),
        "seconds": round(time.monotonic() - started, 1),
    }
