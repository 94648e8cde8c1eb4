# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the pip configuration of the node: the files that pip itself would read, and PIP_*."""

from __future__ import annotations

import configparser
import locale
import os
import sys
from collections.abc import Mapping
from dataclasses import replace

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings, merge

_NAME = "pip.conf"
# Python's own ensurepip brings a pip along as a wheel, which can be imported as it lies there.
_ASK_DEFAULT = """
import glob, os, sys
try:
    import pip
except ImportError:
    import ensurepip
    places = (os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"), "/usr/share/python-wheels")
    sys.path += [wheel for place in places for wheel in glob.glob(os.path.join(place, "pip-*.whl"))]
from pip._internal.models.index import PyPI
print(PyPI.simple_url)
"""
_ASK_SECONDS = 20


def files(environ: Mapping[str, str], prefix: str = "") -> list[str]:
    """Paths of the configuration files that pip would try, in rising order of precedence.

    :param environ: the environment; HOME, XDG_CONFIG_DIRS, XDG_CONFIG_HOME and PIP_CONFIG_FILE count.
    :param prefix: the environment that pip installs into; its own ``pip.conf`` counts ("" for none).
    """
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return []  # pip's documented way to say: no files at all
    home = environ.get("HOME") or os.path.expanduser("~")
    folders = [
        os.path.join(folder, "pip") for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    ]
    found = [os.path.join(folder, _NAME) for folder in [*folders, "/etc"]]
    if not (chosen and os.path.exists(chosen)):
        own = environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
        found += [os.path.join(home, ".pip", _NAME), os.path.join(own, "pip", _NAME)]
    if prefix:
        found.append(os.path.join(prefix, _NAME))
    if chosen:
        found.append(chosen)
    return found


def read(environ: Mapping[str, str], prefix: str = "") -> SourceSettings:
    """The effective source settings of the node.

    :param environ: see :func:`files`; its PIP_* variables win over all files.
    :param prefix: see :func:`files`.
    :raises ModelEnvError: kind ``invalid``; a file is broken (pip would stop, too).
    """
    settings = merge([_parse(path) for path in files(environ, prefix) if os.path.exists(path)], environ)
    # pip passes over a folder that is not there, and uv stops at it: leave it out for both.
    links = [os.path.expanduser(link) if link.startswith("~") else link for link in settings.find_links]
    return replace(settings, find_links=tuple(link for link in links if "://" in link or os.path.exists(link)))


def default_index(runner: Runner) -> str:
    """The index that pip asks where nothing is configured, in pip's own words; "" where Python has no pip here."""
    try:
        result = runner.run([sys.executable, "-I", "-c", _ASK_DEFAULT], timeout=_ASK_SECONDS)
    except OSError:
        return ""
    return result.stdout.strip() if result.rc == 0 else ""


def _parse(path: str) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding=locale.getpreferredencoding(False))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ModelEnvError(
            f"pip's configuration file {path} cannot be read",
            why=" ".join(str(error).split()),
            todo="correct the file, or set PIP_CONFIG_FILE=/dev/null for this user to ignore all of them",
            kind="invalid",
        ) from error
    return {section: dict(parser.items(section)) for section in parser.sections()}
