# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""uv as an installer."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult
from ansible_collections.portable.model_env.plugins.module_utils.installers import (
    origins,
    site_packages,
    uv_output,
    uv_store,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.base import (
    BaseInstaller,
    identities,
    prefix_of,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.lines import Lines
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import (
    Change,
    InstallOptions,
    InstallResult,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.session import Session
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings
from ansible_collections.portable.model_env.plugins.module_utils.requirements import sources
from ansible_collections.portable.model_env.plugins.module_utils.requirements.parse import parse_requirement
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import (
    Requirement,
    RequirementLike,
    as_requirement,
)

# " + name==1.0", " + name @ git+https://host/x@<commit>", " - name==1.0 (from ...)", " ~ name==1.0" (the same again).
_PLANNED = re.compile(
    r"^ (?P<sign>[+\-~]) (?P<name>[\w.\-]+)(?:==(?P<version>\S+)| @ (?P<url>\S+))(?: \(from .*\))?$", re.M
)


class UvInstaller(BaseInstaller):
    """Installs with uv.

    :param store: folder of uv's cache, on the filesystem of the environments; "": no cache at all.
    """

    name = "uv"
    everywhere = False
    parser = uv_output.PARSER
    no_venv = ("", "check that this interpreter runs, or choose another")

    @staticmethod
    def own_variables(settings: SourceSettings, environment: Mapping[str, str]) -> dict[str, str]:
        """No configuration file, and the source settings as UV_*.

        All indexes are merged, as pip does, instead of stopping at the first that knows a name. For one version in two
        indexes pip takes the last index's file and uv the first's, so the order is turned round.
        """
        authorities = environment.get("SSL_CERT_FILE") or environment.get("SSL_CERT_DIR")
        return {
            "UV_DEFAULT_INDEX": settings.index_url,
            "UV_INDEX": " ".join(reversed(settings.extra_index_urls)),
            "UV_FIND_LINKS": ",".join(settings.find_links),
            "UV_HTTP_TIMEOUT": settings.timeout,
            "UV_HTTP_RETRIES": settings.retries,
            # Where none are known, let uv look for the operating system's authorities, as pip does.
            "UV_SYSTEM_CERTS": "" if authorities else "1",
            "UV_INDEX_STRATEGY": "unsafe-best-match",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_NO_CONFIG": "1",
            "UV_NO_PROGRESS": "1",
            # Asking a forge's API about commits would go round the mirrors of git's configuration.
            "UV_NO_GITHUB_FAST_PATH": "1",
        }

    @staticmethod
    def prune_store(folder: str) -> int:
        """See :func:`uv_store.prune`."""
        return uv_store.prune(folder)

    def install(
        self, python: str, requirements: Sequence[RequirementLike], options: InstallOptions, *, tmpdir: str, log: str
    ) -> InstallResult:
        """See :class:`Installer`."""
        prefix = prefix_of(python)
        session = self._session(python, options, tmpdir, log)
        before = identities(prefix)
        asked = [as_requirement(item) for item in requirements]
        lines = Lines(asked, prefix)
        self._install(session, python, lines, [])
        command = session.command
        _record_hashes(prefix, asked)
        if options.exact:
            self._exactly(session, python, Lines(asked, prefix), [])
        return self._result(session, before, command, log)

    def preview(
        self, python: str, requirements: Sequence[RequirementLike], options: InstallOptions, *, tmpdir: str, log: str
    ) -> list[Change]:
        """See :class:`Installer`; the answer is that of uv's own dry run."""
        prefix = prefix_of(python)
        session = self._session(python, options, tmpdir, log)
        before = identities(prefix)
        lines = Lines([as_requirement(item) for item in requirements], prefix)
        result = self._install(session, python, lines, ["--dry-run"])
        if options.exact:
            changing = bool(_PLANNED.search(result.stderr))
            result = self._exactly(session, python, lines, ["--dry-run"], offline=not changing)
        return origins.changes(before, _planned(before, result.stderr))

    def resolve(
        self, lines: Sequence[Requirement], options: InstallOptions, flags: Sequence[str], *, tmpdir: str, log: str
    ) -> str:
        """Resolve for another machine, and install nothing.

        :param flags: of ``uv pip compile``, beside those that follow from ``options``.
        :returns: ``pylock.toml`` (PEP 751).
        :raises ModelEnvError: see :class:`Installer`.
        """
        session = Session(self._context, self.name, self.parser, "", options, tmpdir=tmpdir, log=log)
        asked = Lines(lines, "")
        # A package's own [tool.uv.sources] have no say in where others come from.
        argv = ["pip", "compile", "-", "--format", "pylock.toml", "--no-header", "--no-sources", *flags]
        constraints = session.constraints_file()
        argv += ["--constraints", constraints] if constraints else []
        argv += ["--no-index"] if session.settings.no_index else []
        return self._uv(session, argv, asked.with_hashes()).stdout

    def _make_venv(self, session: Session, interpreter: str) -> None:
        self._uv(session, ["venv", "--no-project", "--python", interpreter, session.prefix])

    def _uninstall(self, session: Session, python: str, names: Sequence[str]) -> None:
        self._uv(session, ["pip", "uninstall", "--python", python, *names])

    def _exactly(
        self, session: Session, python: str, lines: Lines, flags: Sequence[str], offline: bool = True
    ) -> CommandResult:
        """Let uv remove what nothing requires. pip stays, as it does with pip as the installer.

        :param offline: everything is in place, so that no index need be asked.
        """
        present = site_packages.read(session.prefix).get("pip")
        more = [] if present is None or lines.names("pip") else [f"pip=={present.version}"]
        if offline:
            try:
                return self._install(session, python, lines, ["--exact", "--offline", *flags], more)
            except ModelEnvError as error:
                if error.kind not in ("resolution", "no_such_version", "network", "other"):
                    raise
        return self._install(session, python, lines, ["--exact", *flags], more)

    def _install(
        self, session: Session, python: str, lines: Lines, flags: Sequence[str], more: Sequence[str] = ()
    ) -> CommandResult:
        options = session.options
        argv = ["pip", "install", "--python", python, "--requirements", "-", *flags]
        constraints = session.constraints_file()
        argv += ["--constraints", constraints] if constraints else []
        argv += ["--no-index"] if session.settings.no_index else []
        argv += ["--require-hashes"] if options.require_hashes else []
        argv += [] if options.dependencies else ["--no-deps"]
        argv += ["--only-binary", ":all:"] if options.binaries_only else []
        argv += [] if options.build_isolation else ["--no-build-isolation"]
        argv += ["--compile-bytecode"] if options.compile else []
        for name in lines.again:
            argv += ["--reinstall-package", name]
        return self._uv(session, argv, [*lines.with_hashes(), *more])

    def _uv(self, session: Session, arguments: Sequence[str], lines: Sequence[str] = ()) -> CommandResult:
        cache = ["--cache-dir", self._store] if self._store else ["--no-cache"]
        argv = [*self._context.tools.command(self.name), "--color", "never", *arguments, *cache]
        environment = self.variables(session.environ, session.settings, session.tmpdir)
        return session.run(argv, session.environment(environment), lines)


def _planned(before: dict[str, tuple[str, str]], output: str) -> dict[str, tuple[str, str]]:
    """The state that a dry run leads to."""
    after = dict(before)
    found = list(_PLANNED.finditer(output))
    for match in found:
        if match.group("sign") == "-":
            after.pop(canonicalize_name(match.group("name")), None)
    for match in found:
        if match.group("sign") == "+":
            name = canonicalize_name(match.group("name"))
            after[name] = _identity(match.group("version") or "", match.group("url") or "")
    return after


def _identity(version: str, url: str) -> tuple[str, str]:
    if not url:
        return version, "index"
    source = sources.source(url)
    if source.kind == "dir":
        # uv writes an editable tree and a plain one alike; plain ones are not pinned, and so not asked for.
        return f"-e {unquote(source.url[len('file://') :])}", "editable"
    return source.words, source.kind


def _record_hashes(prefix: str, asked: Sequence[Requirement]) -> None:
    """Write the hash that uv has checked to ``direct_url.json``, where pip writes it (PEP 610) and uv leaves it out.

    Without it a later run could not tell an archive from another one under the same URL.
    """
    installed = site_packages.read(prefix)
    for requirement in asked:
        parsed = parse_requirement(requirement.text)
        source = sources.source(parsed.url) if parsed and parsed.url else None
        present = installed.get(parsed.key) if parsed else None
        if not source or not present or present.origin is None or source.kind != "url" or not source.sha256:
            continue
        if origins.identity("", present.origin)[0].partition("#")[0] != source.url or origins.sha256(present.origin):
            continue
        info = {"hash": f"sha256={source.sha256}", "hashes": {"sha256": source.sha256}}
        path = os.path.join(present.folder, "direct_url.json")
        with open(f"{path}.new", "w", encoding="utf-8") as handle:
            json.dump({**present.origin, "url": source.url, "archive_info": info}, handle)
        os.rename(f"{path}.new", path)
        _forget_record(present.folder)


def _forget_record(folder: str) -> None:
    """Take the old size and hash of ``direct_url.json`` out of RECORD, where both may be left empty (PEP 376)."""
    path = os.path.join(folder, "RECORD")
    with open(path, encoding="utf-8", newline="") as handle:
        text = handle.read()
    with open(f"{path}.new", "w", encoding="utf-8", newline="") as handle:
        handle.write(re.sub(r"(?m)^([^,\n]*/direct_url\.json),[^\r\n]*", r"\1,,", text))
    os.rename(f"{path}.new", path)
