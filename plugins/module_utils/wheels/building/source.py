# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of a package that is compiled here: an sdist of an index, or a commit of a git repository."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from dataclasses import replace

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.git import Git
from ansible_collections.portable.model_env.plugins.module_utils.host.logfile import open_log
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import online
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import InstallOptions, Tools
from ansible_collections.portable.model_env.plugins.module_utils.installers.registry import NATIVE
from ansible_collections.portable.model_env.plugins.module_utils.installers.session import Context
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import output as build_output
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey


class WheelSource:
    """Brings the source into a folder; one that is there is kept, with all that was compiled in it.

    :param tools: what does the downloading.
    :param environ: the node's environment; its pip configuration says where packages come from.
    :param build: variables of the build: pip runs setup.py for the metadata, and that wants them.
    :param log: path of the log.
    """

    def __init__(
        self, runner: Runner, tools: Tools, environ: Mapping[str, str], build: Mapping[str, str], log: str
    ) -> None:
        self._runner = runner
        self._tools = tools
        self._environ = environ
        self._build = build
        self._log = log

    def from_git(self, url: str, commit: str, path: str, tmpdir: str) -> None:
        """Check out a commit with its submodules.

        :raises ModelEnvError: it cannot be had.
        """
        if os.path.isdir(path):
            return
        new = f"{path}.new"
        filesystem.remove_tree(new)
        with open_log(self._log) as log:
            environment = online(self._environ, tmpdir, urls=[url])
            Git(self._runner, environment).checkout(url, commit, new, log)
        os.rename(new, path)

    def from_index(
        self, key: WheelKey, sha256: str, python: str, path: str, options: InstallOptions, tmpdir: str
    ) -> None:
        """Fetch and unpack the sdist.

        :param sha256: what its content must be; "": as the index says.
        :param python: interpreter of the build environment.
        :raises ModelEnvError: it cannot be had, or is another one.
        """
        if os.path.isdir(path):
            return
        new, archives = f"{path}.new", os.path.join(tmpdir, "sdist")
        filesystem.remove_tree(new)
        # Without isolation, because the metadata come from setup.py, which imports torch.
        options = replace(options, build_isolation=False, environment=self._build)
        line = f"{key.package}=={key.version}" + (f" --hash=sha256:{sha256}" if sha256 else "")
        installer = NATIVE(Context(self._runner, self._tools, self._environ))
        try:
            installer.download_source(python, key.package, line, archives, options, tmpdir=tmpdir, log=self._log)
        except ModelEnvError as error:
            if error.kind != build_output.OTHER:
                raise
            # It is setup.py that failed, for its metadata; pip's own advice, to build without isolation, is followed.
            raise build_output.failure(key.package, key.slug(), error.why, self._log) from error
        found = glob.glob(os.path.join(archives, "*"))
        if len(found) != 1:
            raise ModelEnvError(f"the index has no source of {line}", where=key.slug(), kind="no_such_version")
        self._unpack(found[0], new)
        os.rename(new, path)

    def _unpack(self, archive: str, path: str) -> None:
        os.makedirs(path)
        # Which refuses names that lead out of the folder.
        argv = ["tar", "-xf", archive, "-C", path, "--strip-components=1", "--no-same-owner"]
        result = self._runner.run(argv)
        if result.rc != 0:
            raise ModelEnvError("the source cannot be unpacked", where=archive, why=result.stderr.strip()[-300:])
