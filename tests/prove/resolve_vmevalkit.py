# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolve every spec of inventories/vmevalkit with uv and print a table; exit status 1 if one does not resolve.

Needs a network or a mirror, ansible-core and uv (on PATH, or --uv). Packages come from where pip's configuration on
this machine says. Where the PyTorch index of a build does not answer, its versions are resolved without ``+cuXYZ``,
and the table says so. What is built from source (git packages, build_packages) is left out: finding out what it
requires would mean building it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".collections"))

# pylint: disable=wrong-import-position
from ansible_collections.portable.model_env.plugins.module_utils.network import pip_config_files  # noqa: E402
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import decide  # noqa: E402
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs  # noqa: E402

# What nodes are; wheels for anything older than glibc 2.28 count, too.
PLATFORM = "x86_64-manylinux_2_28"
SECONDS_TO_ANSWER = 10
COLUMNS = ("model", "python", "torch", "pins", "distributions", "result", "left out")


def main() -> int:
    """Resolve, print, and tell by the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--uv", default="uv", help="path of uv")
    parser.add_argument("models", nargs="*", help="names; all if none is given")
    arguments = parser.parse_args()
    specs = load_specs(written_specs(), arguments.models)
    rows: list[tuple[str, ...]] = [COLUMNS]
    failures: list[str] = []
    for name, spec in sorted(specs.items()):
        row, failure = resolve(arguments.uv, name, spec.to_dict())
        rows.append(row)
        failures += [f"{name}:\n{failure}"] if failure else []
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print(f"\n{len(specs) - len(failures)} of {len(specs)} resolve on {PLATFORM}.")
    print("\n".join(failures))
    return 1 if failures else 0


def written_specs() -> dict[str, Any]:
    """The specs as Ansible reads them."""
    command = [sys.executable, "-m", "ansible", "adhoc", "-i", "inventories/vmevalkit", "gpu_nodes", "-m", "debug"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    done = subprocess.run(
        [*command, "-a", "var=model_env_specs"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.partition("=>")[2])["model_env_specs"]
    return answer


def resolve(uv: str, name: str, spec: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    """One row of the table, and what uv said if it found no solution."""
    torch = spec["torch"] or {"version": "", "cuda": "", "requirements": [], "index_url": ""}
    wanted = torch["requirements"] + spec["packages"]
    indexes = [torch["index_url"]] if torch["index_url"] and answers(torch["index_url"]) else []
    left_out = [git["name"] for git in spec["git_packages"]] + spec["build_packages"]
    if torch["index_url"] and not indexes:
        wanted = [re.sub(r"\+(cpu|cu\d+)\b", "", requirement) for requirement in wanted]
        left_out.append(f"+{torch['cuda']} (no answer from its index)")
    found, failure = solve(uv, spec["python"], tuple(wanted), tuple(spec["constraints"]), tuple(indexes))
    build = f"{torch['version']} {torch['cuda']}".strip()
    result = "no solution" if failure else "resolves"
    return (name, spec["python"], build, str(len(wanted)), str(found or "-"), result, ", ".join(left_out)), failure


@cache
def answers(index_url: str) -> bool:
    """Whether an index serves torch; any status but 200 is a no."""
    try:
        with urllib.request.urlopen(f"{index_url.rstrip('/')}/torch/", timeout=SECONDS_TO_ANSWER) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@cache
def solve(
    uv: str, python: str, wanted: tuple[str, ...], constraints: tuple[str, ...], indexes: tuple[str, ...]
) -> tuple[int, str]:
    """How many distributions the requirements lead to; 0 and uv's own words if to none. Equal models are asked once."""
    command = [uv, "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--python-platform", PLATFORM]
    command += ["--python-version", python, "--index-strategy", "unsafe-best-match"]
    limits = ROOT / ".build" / "resolve-constraints.txt"
    if constraints:
        limits.parent.mkdir(exist_ok=True)
        limits.write_text("\n".join(constraints), encoding="utf-8")
        command += ["--constraints", str(limits)]
    done = subprocess.run(
        command, input="\n".join(wanted), env=environment_of(indexes), capture_output=True, text=True, check=False
    )
    if done.returncode:
        return 0, done.stderr.strip()
    return len([line for line in done.stdout.splitlines() if "==" in line or " @ " in line]), ""


def environment_of(indexes: tuple[str, ...]) -> dict[str, str]:
    """The environment of uv, with the sources that pip's configuration on this machine names."""
    settings = pip_config_files.read(os.environ)
    given = {
        "UV_DEFAULT_INDEX": settings.index_url,
        "UV_INDEX": " ".join((*indexes, *settings.extra_index_urls)),
        "UV_FIND_LINKS": ",".join(settings.find_links),
        "UV_NO_INDEX": "1" if settings.no_index else "",
        "UV_HTTP_TIMEOUT": settings.timeout,
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    return {**decide(os.environ, settings).environment(own), **{name: value for name, value in given.items() if value}}


if __name__ == "__main__":
    sys.exit(main())
