# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The specs of all hosts of a play, each name once."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.locks.question import resolved_digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.load import load_specs, plain


def wanted_of(hosts: Sequence[str], variables: Mapping[str, Any], names: Any = None) -> dict[str, Spec]:
    """The specs that the hosts have selected.

    :param variables: of each host.
    :param names: only these, as a list or separated by commas; None or empty: all.
    :raises ModelEnvError: (invalid) a spec is wrong, a name is in no spec, or two hosts mean different things by one
        name, of which one lock cannot be made.
    """
    found: dict[str, Spec] = {}
    owners: dict[str, str] = {}
    for host in hosts:
        own = variables[host]
        loaded = load_specs(
            plain(own.get("model_env_specs") or {}),
            plain(own.get("model_env_selected")),
            index_url=plain(own.get("cuda_torch_index_url") or ""),
            index_urls=plain(own.get("cuda_torch_index_urls") or {}),
        )
        for name, spec in loaded.items():
            if name not in found:
                found[name], owners[name] = spec, host
            elif resolved_digest(found[name]) != resolved_digest(spec):
                raise ModelEnvError(
                    f"{owners[name]} and {host} have different specs of the name {name}",
                    why="one lock cannot fit both",
                    todo="give one of them another name, or limit the play to hosts that agree (-l)",
                    kind="invalid",
                )
    wanted = plain(names) or []
    wanted = [name.strip() for name in wanted.split(",")] if isinstance(wanted, str) else wanted
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise ModelEnvError(
            f"no host has selected {', '.join(unknown)}",
            why=f"the play's hosts have {', '.join(sorted(found)) or 'none'}",
            todo="correct lock_names",
            kind="invalid",
        )
    return {name: spec for name, spec in sorted(found.items()) if not wanted or name in wanted}
