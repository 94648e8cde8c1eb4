# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs for plugins that act on them, or one error that tells everything that is wrong."""

from __future__ import annotations

import collections.abc
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError, OwnLines
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, Spec
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offence, Offences
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.torch_extensions import read_torch_extensions
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.validate import validate


def load_specs(
    specs: Any,
    selected: Any = None,
    index_urls: str | Mapping[str, str] | None = None,
    index_url: str = "",
) -> dict[str, Spec]:
    """The selected specs.

    :param specs: what users write: spec by name.
    :param selected: names, as a list or separated by commas; None or empty: all.
    :param index_urls: URL of PyTorch-style indexes by build; a text is taken as ``index_url``.
    :param index_url: template with ``{build}`` for every other build; "": PyTorch's own.
    :raises ModelEnvError: (invalid) with every offence of every spec in its message, and in ``details`` as data.
    """
    if isinstance(index_urls, str):
        index_url, index_urls = index_urls, None
    normal, offences = validate(
        plain(specs), plain(selected), {"index_url": plain(index_url), "index_urls": plain(index_urls)}
    )
    if offences:
        raise _offended(offences)
    return normal


def _offended(offences: Sequence[Offence]) -> ModelEnvError:
    return ModelEnvError(
        OwnLines(summary({"": offences})),
        why="the specs are checked before anything is changed",
        todo="correct the inventory and run again",
        kind="invalid",
        details={"offences": [offence.as_dict() for offence in offences]},
    )


def load_extensions(extensions: Any) -> list[Extension]:
    """Torch extensions outside of a spec, for an environment that something else owns.

    :raises ModelEnvError: (invalid) with every offence.
    """
    report = Offences("")
    items = plain(extensions) if isinstance(extensions, (list, tuple)) else [extensions]
    pairs = [(f"extensions[{index}]", item) for index, item in enumerate(items)]
    normal = read_torch_extensions(report, pairs)
    if report.offences:
        raise _offended(report.offences)
    return normal


def plain(value: Any) -> Any:
    """The same value of Python's own types: Ansible's texts, lists and blocks carry templates, origins and trust."""
    if isinstance(value, collections.abc.Mapping):
        return {plain(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, str):
        return "".join(value)
    return value


def summary(by_hosts: Mapping[str, Sequence[Offence]]) -> str:
    """All offences as text for people.

    :param by_hosts: offences by the hosts that have them, in words ("": not said).
    """
    number = sum(len(offences) for offences in by_hosts.values())
    lines = [f"{number} thing{'s' if number != 1 else ''} to correct in the specs"]
    for hosts, offences in by_hosts.items():
        for name in dict.fromkeys(offence.spec for offence in offences):
            lines += ["", " ".join(filter(None, (name or "variables", f"({hosts})" if hosts else "")))]
            for offence in offences:
                if offence.spec == name:
                    where = f"{offence.path}: " if offence.path else ""
                    lines += [f"  - {where}{offence.problem}", f"      {offence.fix}"]
    return "\n".join([*lines, "", "The line below each offence is what to write instead."])
