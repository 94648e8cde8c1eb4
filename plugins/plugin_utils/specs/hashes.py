# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hashes of a spec: by distribution, what the downloaded file must match."""

from __future__ import annotations

import re
from typing import Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.no_requirement import item_line
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offences, yaml_value

# What pip accepts in its hash-checking mode, with the digits of each.
HASH_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}


def check_hashes(
    report: Offences, hashes: Mapping[str, Sequence[str]], listed: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """The hashes by canonical name; unknown algorithms and distributions that nothing lists are reported."""
    result: dict[str, list[str]] = {}
    for name, values in hashes.items():
        path, distribution = f"hashes.{name}", str(canonicalize_name(name))
        if distribution not in listed:
            fix = f"remove it, or pin it: {item_line('packages', f'{name}==<version>')}"
            report.add(path, f"{name} is not listed in this spec", fix)
            continue
        if not values:
            report.add(path, "no hash is given", f'{name}: ["sha256:<64 hex digits>"]')
        for index, value in enumerate(values):
            if _hash_fits(report, f"{path}[{index}]", name, value):
                result.setdefault(distribution, []).append(value.lower())
    return {name: tuple(sorted(set(values))) for name, values in result.items()}


def _hash_fits(report: Offences, path: str, name: str, value: str) -> bool:
    algorithm, _colon, digest = value.partition(":")
    if algorithm not in HASH_DIGITS:
        problem = f"{yaml_value(value)} is no hash of a known algorithm ({', '.join(HASH_DIGITS)})"
        report.add(path, problem, f'{name}: ["sha256:<64 hex digits>"]')
        return False
    if not re.fullmatch(rf"[0-9a-fA-F]{{{HASH_DIGITS[algorithm]}}}", digest):
        problem = f"a {algorithm} has {HASH_DIGITS[algorithm]} hex digits, {yaml_value(digest)} has not"
        report.add(path, problem, f'{name}: ["{algorithm}:<{HASH_DIGITS[algorithm]} hex digits>"]')
        return False
    return True
