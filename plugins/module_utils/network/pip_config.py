# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pip's configuration of a node: which of its settings say where packages come from, merged as pip merges them.

Only such *source* settings are kept, so that both installers honour them. Everything else in a pip.conf or in PIP_*
(``user``, ``target``, ``require-virtualenv``, ``no-deps``, ``cache-dir``, ...) is left out, because it would change
what is built or where.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.masking import secrets_in

# One file: section -> key -> value, as configparser reads it.
ConfigFile = Mapping[str, Mapping[str, str]]

_TRUE = ("y", "yes", "t", "true", "on", "1")
_FALSE = ("n", "no", "f", "false", "off", "0")
_LISTS = ("extra_index_urls", "find_links", "trusted_hosts")
_FIELDS = {  # pip's long option -> field below
    "index-url": "index_url",
    "pypi-url": "index_url",
    "extra-index-url": "extra_index_urls",
    "find-links": "find_links",
    "no-index": "no_index",
    "trusted-host": "trusted_hosts",
    "cert": "cert",
    "client-cert": "client_cert",
    "proxy": "proxy",
    "timeout": "timeout",
    "default-timeout": "timeout",
    "retries": "retries",
}
_NOT_OPTIONS = ("version", "help")  # PIP_VERSION and PIP_HELP; pip ignores them too


@dataclass(frozen=True)
class SourceSettings:
    """Where packages come from. Empty values: not configured.

    :ivar timeout: seconds for one network operation, as text; pip takes whole numbers only, uv too.
    :ivar retries: the installer's own repetitions of one request, as text.
    """

    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    trusted_hosts: tuple[str, ...] = ()
    cert: str = ""
    client_cert: str = ""
    proxy: str = ""
    timeout: str = ""
    retries: str = ""

    def secrets(self) -> list[str]:
        """Credentials in the settings' URLs, to be masked in logs."""
        return secrets_in((self.index_url, *self.extra_index_urls, *self.find_links, self.proxy))


def merge(files: Iterable[ConfigFile], environ: Mapping[str, str]) -> SourceSettings:
    """The settings that ``pip install`` would use.

    pip pools all files section by section, a later file winning over an earlier one; then ``[install]`` wins over
    ``[global]`` whatever file they are from, and PIP_* wins over both (``ConfigOptionParser`` of pip 26.0). A value
    that is empty after pooling counts as not set.

    :param files: parsed files, in rising order of precedence.
    :param environ: the environment with its PIP_* variables.
    :raises ModelEnvError: kind ``invalid``; ``no-index`` is neither yes nor no.
    """
    pools: dict[str, dict[str, str]] = {"global": {}, "install": {}, "environment": {}}
    for parsed in files:
        for section in ("global", "install"):
            for key, value in parsed.get(section, {}).items():
                pools[section][_normalized(key)] = value
    for key, value in environ.items():
        if key.startswith("PIP_") and _normalized(key[4:]) not in _NOT_OPTIONS:
            pools["environment"][_normalized(key[4:])] = value
    settings = SourceSettings()
    for pool in pools.values():
        for key, value in pool.items():
            if value and key in _FIELDS:
                settings = replace(settings, **{_FIELDS[key]: _converted(key, value)})
    return settings


def host(url: str) -> str:
    """The host (and port) of an index, for messages; "" for a folder."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _normalized(key: str) -> str:
    key = key.lower().replace("_", "-")
    return key.removeprefix("--")


def _converted(key: str, value: str) -> Any:
    field = _FIELDS[key]
    if field in _LISTS:
        return tuple(value.split())
    if field == "no_index":
        if value.lower() not in _TRUE + _FALSE:
            raise ModelEnvError(
                f"pip's configuration of this node sets no-index to {value!r}",
                why="pip takes yes or no only, and would stop as well",
                todo="correct it; `pip config debug` shows where it stands",
                kind="invalid",
            )
        return value.lower() in _TRUE
    return value
