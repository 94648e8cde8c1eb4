# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a wheel that was just built: is it what was asked for, and does its code load beside its torch?"""

from __future__ import annotations

import glob
import json
import os
import zipfile
from collections.abc import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.probes import libraries
from ansible_collections.portable.model_env.plugins.module_utils.probes.text import source_of
from ansible_collections.portable.model_env.plugins.module_utils.requirements import wheel_names
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey

_SECONDS = 600.0


def only_wheel(folder: str, key: WheelKey) -> str:
    """Path of the one wheel in a folder, whose name says that it is for ``key``.

    :raises ModelEnvError: kind ``build_failed``; there is none, or another one.
    """
    found = sorted(glob.glob(os.path.join(glob.escape(folder), "*.whl")))
    names = [os.path.basename(path) for path in found]
    if len(found) != 1:
        raise _bad(key, f"there are {len(found)} wheels where one should be: {', '.join(names) or 'none'}")
    name = wheel_names.parse(names[0])
    if name is None or name.name != key.package or not name.is_version(key.version):
        raise _bad(key, f"{names[0]} is not {key.package} {key.version}")
    if not name.is_compiled_for(key.python_tag, key.platform.partition("_")[2]):
        raise _bad(key, f"{names[0]} is not for {key.python_tag} on {key.platform}")
    return found[0]


def prove_loads(
    runner: Runner, python: str, wheel: str, key: WheelKey, environ: Mapping[str, str], tmpdir: str
) -> list[str]:
    """Load every compiled file of a wheel beside the torch of an environment.

    :param python: the environment's interpreter.
    :param tmpdir: gets the wheel's content.
    :returns: names of the files in the wheel that were loaded.
    :raises ModelEnvError: kind ``build_failed``; one does not load, e.g. for an undefined symbol.
    """
    folder = os.path.join(tmpdir, "proof")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
        names = [name for name in archive.namelist() if name.endswith(".so")]
    files = [os.path.join(folder, name) for name in names]
    script = f"{source_of(libraries)}\n\nmain(json.loads({json.dumps(json.dumps(files))}))\n"
    result = runner.run([python, "-I", "-B", "-"], env=environ, stdin=script, timeout=_SECONDS)
    _before, mark, text = result.stdout.rpartition(libraries.MARK)
    errors = json.loads(text) if mark else {wheel: result.stderr.strip()[-500:] or f"status {result.rc}"}
    if errors:
        path, error = next(iter(errors.items()))
        raise _bad(key, f"{os.path.basename(path)} does not load beside torch {key.torch}: {error}")
    return names


def _bad(key: WheelKey, why: str) -> ModelEnvError:
    return ModelEnvError(
        f"{key.package} was compiled, but its wheel is no good",
        where=key.slug(),
        why=why,
        todo="read the full output; remove the build folder to begin anew",
        kind="build_failed",
    )
