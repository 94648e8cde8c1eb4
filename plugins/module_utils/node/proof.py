# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that an environment works by running it: what is imported, built and computed there, as verdicts."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.portable.model_env.plugins.module_utils.node.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.pure.verdicts import Verdict


def prove(
    runner: Runner,
    python: str,
    *,
    expect: Mapping[str, Any],
    gpu_policy: str = "auto",
    api_keys_policy: str = "auto",
    api_keys_file: str = "",
    distributions: Optional[Mapping[str, Mapping[str, str]]] = None,
    gpu: Optional[Any] = None,
    environ: Optional[Mapping[str, str]] = None,
    timeout: float = 120.0,
    write_bytecode: bool = False,
) -> List[Dict[str, Any]]:
    """Run every check that ``expect`` asks for, and return one verdict for each, in a fixed order.

    Never raises for what it finds: an interpreter that does not start, crashes or hangs is a fail of a check.

    :param runner: starts the processes.
    :param python: absolute path of the environment's interpreter.
    :param expect: ``python`` (X.Y or X.Y.Z), ``torch`` (the normal form's dict, or None), ``imports`` (list) and
        ``api_keys`` (list), every key optional, so the normal form of a spec can be handed in as it is. Further:
        ``isolated`` (default True) expects a virtual environment without the system's site packages.
    :param gpu_policy: ``auto``: GPU checks fail only where the node has a GPU; ``required``: also where it has none;
        ``off``: they are not run.
    :param api_keys_policy: ``auto``: a missing key is a skip; ``required``: a fail; ``off``: not looked at.
    :param api_keys_file: file of ``NAME=value`` lines that counts beside the environment ("" for none).
    :param distributions: what the receipt lists, name -> {"version": ...}; None: not compared.
    :param gpu: what ``node.gpu.NvidiaSmi.read`` returned, to read it once for many environments; None: read it here.
    :param environ: the environment of the checks and of the API keys; None: this process's own.
    :param timeout: seconds that each single check may take.
    :param write_bytecode: let the imports leave ``__pycache__`` behind (True only while a release is being built).
    """
    raise NotImplementedError
