# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks an environment's own interpreter what decides which compiled wheels work in it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult, Runner
from ansible_collections.portable.model_env.plugins.module_utils.probes import torch as probe
from ansible_collections.portable.model_env.plugins.module_utils.probes.text import source_of

_TIMEOUT = 300.0  # a first import of torch from a network filesystem takes minutes


def read(runner: Runner, python: str, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The facts that a ``WheelKey`` is made of; one process.

    :param python: absolute path of the environment's interpreter.
    :param environ: of the process; None: this one's own. ``CUDA_VISIBLE_DEVICES`` counts.
    :returns: ``python`` (3.11.2), ``python_tag`` (cp311), ``torch`` (2.11.0+cu130), ``cuda`` (13.0, "" for the CPU),
        ``cxx11abi``, ``platform`` (linux_x86_64), ``libc`` (glibc2.36, "" if it is no glibc) and ``gpus`` (their
        compute capabilities, such as 90; empty without a GPU).
    :raises ModelEnvError: the interpreter does not start, or has no torch that imports.
    """
    environ = {name: value for name, value in (environ or os.environ).items() if not name.startswith("PYTHON")}
    try:
        # -B: an environment is not modified after it was built.
        script = f"{source_of(probe)}\n\nmain()\n"
        result = runner.run([python, "-I", "-B", "-"], env=environ, stdin=script, timeout=_TIMEOUT)
    except OSError as error:
        raise _unknown(python, error.strerror or str(error)) from error
    facts = _facts(result.stdout)
    if result.rc != 0 or facts is None:
        raise _unknown(python, _last_words(result))
    return facts


def cxx_standard(site: str) -> int | None:
    """The C++ standard that the headers of an environment's torch ask for, e.g. ``17``; None if they do not say.

    ``torch/all.h`` begins with ``#if ... __cplusplus < 201703L`` and an ``#error`` (2.11 and 2.13: 201703L; 2.14:
    202002L).

    :param site: its ``site-packages``.
    """
    path = os.path.join(site, "torch", "include", "torch", "csrc", "api", "include", "torch", "all.h")
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            match = re.search(r"__cplusplus\s*<\s*20(\d\d)\d\dL", handle.read())
    except OSError:
        return None
    return int(match[1]) if match else None


def _facts(stdout: str) -> dict[str, Any] | None:
    _before, mark, text = stdout.rpartition(probe.MARK)
    try:
        found = json.loads(text) if mark else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _last_words(result: CommandResult) -> str:
    if result.timed_out:
        return "it did not answer in time"
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"it ended with status {result.rc}"


def _unknown(python: str, why: str) -> ModelEnvError:
    return ModelEnvError(
        "the environment does not say which torch it has",
        where=python,
        why=why,
        todo="build the environment anew: without a torch that imports, nothing can be compiled or chosen for it",
        kind="interpreter",
    )
