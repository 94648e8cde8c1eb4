# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The weights of a spec: repositories of the Hub, pinned like everything else."""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.names import Commit
from ansible_collections.portable.model_env.plugins.module_utils.specs.keys import write
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec, Weights
from ansible_collections.portable.model_env.plugins.module_utils.weights.files import REPO_TYPES
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import addresses, shape
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offences, did_you_mean, yaml_value

_REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9_][\w.-]*")
_LISTS = ("allow_patterns", "ignore_patterns", "filenames")


def read_weights(report: Offences, items: Sequence[tuple[str, Any]]) -> list[Weights]:
    """The ``weights``; entries that are not in order are reported and left out."""
    result = []
    for path, item in items:
        before = len(report.offences)
        block = shape.read_block(report, path, item, shape.WEIGHTS, shape.SPEC["weights"].example)
        if block is None:
            continue
        _check_name(report, path, block)
        _check_revision(report, path, block)
        # Where nothing is said, the folder is named like the repository: no two repositories meet by accident.
        folder = block["local_dir"] = block["local_dir"] or block["repo_id"]
        if folder:
            addresses.check_path(report, f"{path}.local_dir", "local_dir", folder, absolute=folder.startswith("/"))
        for key in _LISTS:
            block[key] = tuple(dict.fromkeys(text for _path, text in block[key]))
        if block["filenames"] and (block["allow_patterns"] or block["ignore_patterns"]):
            problem = "filenames are exact; the patterns beside them would not be looked at"
            report.add(path, problem, f"filenames: {yaml_value(list(block['filenames']))}   (without patterns)")
        if len(report.offences) == before:
            result.append(Weights(**block))
    return result


def wanted(specs: Mapping[str, Spec], root: str) -> list[dict[str, Any]]:
    """The weights of specs as the module ``hf_snapshot`` takes them; what several specs want alike comes once.

    :param specs: by name.
    :param root: folder below which a relative ``local_dir`` lies.
    :raises ValueError: two specs want one repository in one folder, and not the same of it.
    """
    found: dict[tuple[str, str, str], tuple[str, dict[str, Any]]] = {}
    for name, spec in specs.items():
        for weights in spec.weights:
            entry = write(weights)
            folder = entry["local_dir"]
            whole = {**entry, "local_dir": folder if folder.startswith("/") else f"{root.rstrip('/')}/{folder}"}
            key = (whole["repo_type"], whole["repo_id"], whole["local_dir"])
            owner, other = found.setdefault(key, (name, whole))
            if other != whole:
                raise ValueError(
                    f"{owner} and {name} both want {whole['repo_id']} in {whole['local_dir']}, and not the same of it: "
                    "give both the same revision and files, or one of them another local_dir"
                )
    return [whole for _name, whole in found.values()]


def _check_name(report: Offences, path: str, block: dict[str, Any]) -> None:
    name = block["repo_id"]
    if name and not _REPO_ID.fullmatch(name):
        guess = re.sub(r"^(https?://)?(huggingface\.co|hf\.co)/(models/|datasets/)?", "", name).strip("/")
        fix = guess if _REPO_ID.fullmatch(guess) else "owner/name"
        report.add(f"{path}.repo_id", f"{yaml_value(name)} is no name of a repository", f"repo_id: {fix}")
    kind = block["repo_type"]
    if kind not in REPO_TYPES:
        fix = did_you_mean(kind, REPO_TYPES) or REPO_TYPES[0]
        problem = f"{yaml_value(kind)} is no type of repository; there are {', '.join(REPO_TYPES)}"
        report.add(f"{path}.repo_type", problem, f"repo_type: {fix}")


def _check_revision(report: Offences, path: str, block: Mapping[str, Any]) -> None:
    revision = block["revision"]
    if revision and not block["resolve"] and not Commit.fits(revision):
        problem = f"{yaml_value(revision)} may name a branch or a tag, which moves"
        fix = 'revision: "<40 hex digits>"   (or add resolve: true, which records the commit that it stands for now)'
        report.add(f"{path}.revision", problem, fix)
