# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment variables of installers, git and builds: what passes of the node's own, and what is added."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ansible_collections.portable.model_env.plugins.module_utils import masking
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import InstallOptions
from ansible_collections.portable.model_env.plugins.module_utils.network import trust
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings

# Variables of the caller that would change what is built, or where: another Python's modules, the installers' own
# configuration, a shell's active environment, the repository that a git hook runs in.
_DROPPED = re.compile(
    r"^(_?PIP_.*|UV_.*|PYTHON.*|_?CONDA_.*|VIRTUAL_ENV.*|PIPENV_.*|POETRY_.*|__PYVENV_LAUNCHER__"
    r"|GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|OBJECT_DIRECTORY|NAMESPACE))$"
)


def with_options(settings: SourceSettings, options: InstallOptions) -> SourceSettings:
    """The node's settings combined with the caller's: an index replaces the node's, all else is added."""
    return replace(
        settings,
        index_url=options.index_url or settings.index_url,
        extra_index_urls=_joined(settings.extra_index_urls, options.extra_index_urls),
        find_links=_joined(settings.find_links, options.find_links),
        no_index=options.no_index or settings.no_index,
        timeout=str(options.timeout) if options.timeout else settings.timeout,
    )


def offline(environ: Mapping[str, str], tmpdir: str) -> dict[str, str]:
    """The part of the node's environment that every installer, git and build gets.

    PATH and HOME pass; messages come in English, because they are read. What is secret in it is masked from now on,
    since a program may say what it finds there.
    """
    masking.conceal_environment(environ)
    kept = {key: value for key, value in environ.items() if not _DROPPED.match(key)}
    kept.pop("LANGUAGE", None)
    locale = kept.pop("LC_ALL", "")
    if locale:
        kept["LANG"] = locale
    kept.update(
        LC_MESSAGES="C",
        TMPDIR=tmpdir,
        TEMP=tmpdir,
        TMP=tmpdir,
        PYTHONNOUSERSITE="1",
        PYTHONUNBUFFERED="1",
        # Wheels hold names, and setup.py reads files, that the node's locale cannot (PEP 540); uv does not care.
        PYTHONUTF8="1",
        GIT_TERMINAL_PROMPT="0",
    )
    return kept


def online(
    environ: Mapping[str, str], tmpdir: str, settings: SourceSettings | None = None, urls: Iterable[str] = ()
) -> dict[str, str]:
    """The same, for what uses the network: git and builds.

    :param settings: pip's configuration; None: it is read.
    :param urls: addresses that will be asked, as far as they are known.
    :raises ModelEnvError: see ``network/trust.py``.
    """
    return trust.decide(environ, settings).environment(offline(environ, tmpdir), urls)


def with_own(values: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """An environment with a caller's own variables over it, less those that decide how the network is reached.

    These are in ``values`` already, where :func:`online` was told of them.
    """
    return {**values, **{name: value for name, value in own.items() if name not in trust.VARIABLES}}


def _joined(configured: tuple[str, ...], further: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*configured, *further]))
