# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host builds which wheel: one for each key of a play, however many hosts need it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey
from ansible_collections.portable.model_env.plugins.module_utils.wheels.known import by_number


def assignments(
    found: Mapping[str, Sequence[Mapping[str, Any]]], build_host: str = ""
) -> dict[str, list[dict[str, Any]]]:
    """The wheels to compile, by the host responsible for each: the first one that needs it.

    Keys that differ in their GPU architectures only are one build, for all of these architectures.

    :param found: what the module ``wheels`` answered, by host in the order of the play.
    :param build_host: the host on which everything is compiled; "": the responsible one.
    :returns: entries of ``found`` with the joint ``key`` and ``slug``, and ``build_host`` and ``hosts`` (who needs it).
    """
    wanted: dict[WheelKey, dict[str, Any]] = {}
    archs: dict[WheelKey, set[str]] = {}
    for host, wheels in found.items():
        for one in wheels:
            if one["outcome"] != choice.COMPILE:
                continue
            key = WheelKey.from_dict(one["key"])
            base = _base(one["key"])
            build = wanted.setdefault(base, {**one, "hosts": [], "first": host, "build_host": build_host or host})
            archs.setdefault(base, set()).update(key.archs)
            if host not in build["hosts"]:
                build["hosts"].append(host)
    result: dict[str, list[dict[str, Any]]] = {}
    for base, build in wanted.items():
        joint = replace(base, archs=by_number(archs[base]))
        build.update(key=joint.as_dict(), slug=joint.slug())
        result.setdefault(build.pop("first"), []).append(build)
    return result


def corrected(wanted: Sequence[Mapping[str, Any]], builds: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The wanted wheels, with the C++11 ABI that torch turned out to have where their wheels were built.

    :param wanted: what the module ``wheels`` answered before.
    :param builds: results of the loops over the builds of all hosts.
    """
    real = {_base(one["item"]["key"]): one["key"]["cxx11abi"] for one in builds if one.get("key")}
    result = []
    for one in wanted:
        abi = real.get(_base(one["key"])) if one["key"] else None
        result.append({**one, "key": {**one["key"], "cxx11abi": abi}} if abi is not None else dict(one))
    return result


def explained(
    wheels: Sequence[Mapping[str, Any]], builds: Sequence[Mapping[str, Any]] = (), final: bool = False
) -> list[dict[str, Any]]:
    """The wheels with ``error``: why one cannot be had, "" where it can.

    :param wheels: what the module ``wheels`` answered on one host.
    :param builds: results of the loops over the builds of all hosts.
    :param final: nothing comes after this: a wheel that is still to be built cannot be had.
    """
    troubles = {}
    for result in builds:
        if "slug" not in result:  # which every answer has
            said = str(result.get("msg") or "it was not built")
            troubles[_base(result["item"]["key"])] = f"on {result['item']['build_host']}: {said}"
    found = []
    for one in wheels:
        trouble = one["trouble"] or (troubles.get(_base(one["key"]), "") if one["key"] else "")
        lacking = one["outcome"] == choice.NONE or (one["outcome"] == choice.COMPILE and (final or trouble))
        error = choice.no_wheel(one["name"], one["slug"], one["looks"], trouble).message if lacking else ""
        found.append({**one, "trouble": trouble, "error": error})
    return found


def in_words(host: str, wheels: Sequence[Mapping[str, Any]]) -> str:
    """Where the wheels of a host were looked for, as text for the operator's terminal."""
    lines = []
    for one in wheels:
        lines.append(f"{host}: {one['environment']}: {one['wheel'] or one['name']} ({one['slug'] or 'key unknown'})")
        lines += [f"    {line}" for line in choice.lines(one["looks"])]
    return "\n".join(lines)


def _base(key: Mapping[str, Any]) -> WheelKey:
    """A key without its architectures."""
    return replace(WheelKey.from_dict(key), archs=())
