# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times VMEvalKit's `svd` built five ways, cold and with nothing to do, and prints medians and ratios of one run.

Each way builds the same 18 pins (torch 2.5.1 with CUDA 12.4 among them) for the same interpreter on the same
filesystem, with nothing cached. The ways take turns, so that a slow minute of the network or the machine meets all.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
DATA = ROOT / "tests" / "unit" / "data" / "vmevalkit-models.yml"
MODEL = "svd"
IMPORT_CHECK = "import torch, torchvision; assert torch.version.cuda == '12.4', torch.version.cuda"


def run(argv: list[str], log: Path, **variables: str) -> None:
    """Run a command with its output in ``log``; stop with its tail if it fails."""
    with log.open("ab") as output:
        done = subprocess.run(
            argv, stdout=output, stderr=output, env={**os.environ, **variables}, cwd=ROOT, check=False
        )
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}:\n" + log.read_text(errors="replace")[-3000:])


def uv_settings() -> dict[str, str]:
    """Pip's configuration of this machine in uv's words, since bare uv does not read it."""
    listed = subprocess.run([str(BIN / "pip"), "config", "list"], capture_output=True, text=True, check=True).stdout
    found = dict(line.split("=", 1) for line in listed.splitlines() if "=" in line)
    values = {key.rpartition(".")[2]: value.strip("'\"").replace("\\n", " ") for key, value in found.items()}
    settings = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_NO_CONFIG": "1"}
    for option, variable in (
        ("index-url", "UV_DEFAULT_INDEX"),
        ("extra-index-url", "UV_INDEX"),
        ("find-links", "UV_FIND_LINKS"),
    ):
        if values.get(option):
            settings[variable] = " ".join(values[option].split())
    return settings


class Ways:
    """The five ways; each method builds in a folder of its own, or finds nothing to do there."""

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        self.python = python
        model = yaml.safe_load(DATA.read_text())[MODEL]
        self.groups = [entry["requirements"] for entry in model["installs"]]
        self.log = folder / "log"

    def venv(self, name: str) -> Path:
        """A virtual environment with the pip that its interpreter brings."""
        path = self.folder / name
        if not path.exists():
            run([self.python, "-m", "venv", str(path)], self.log)
        return path

    def setup_script(self) -> None:
        """(a) What the setup script does: a new virtual environment, and pip once for each group."""
        shutil.rmtree(self.folder / "a", ignore_errors=True)  # it rebuilds from zero each time
        pip = str(self.venv("a") / "bin" / "pip")
        for group in self.groups:
            run([pip, "install", "--no-cache-dir", *group], self.log)

    def builtin_pip(self) -> None:
        """(b) A playbook of ansible.builtin.pip tasks, one for each group, and an import check."""
        self.play(self.builtin_playbook(), {})

    def collection(self, installer: str, folder: str) -> None:
        """(c), (d) This collection."""
        settings = {
            "model_env_root": str(self.folder / folder),
            "model_env_selected": [MODEL],
            "model_env_installer": installer,
        }
        self.play(ROOT / "provision.yml", settings)

    def bare_uv(self) -> None:
        """(e) uv in one transaction, without a cache."""
        path = self.folder / "e"
        settings = uv_settings()
        uv = str(BIN / "uv")
        if not path.exists():
            run([uv, "venv", "--python", self.python, str(path)], self.log, **settings)
        pins = [requirement for group in self.groups for requirement in group]
        run([uv, "pip", "install", "--no-cache", "--python", str(path / "bin" / "python"), *pins], self.log, **settings)

    def play(self, playbook: Path, settings: dict[str, Any]) -> None:
        """Run a playbook on this machine."""
        argv = [str(BIN / "ansible-playbook"), "-i", str(ROOT / "inventories" / "local"), str(playbook)]
        run([*argv, "-e", json.dumps(settings)], self.log, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"))

    def builtin_playbook(self) -> Path:
        """Write the playbook of (b)."""
        venv = str(self.folder / "b")
        tasks: list[dict[str, Any]] = [
            {
                "name": f"Install group {number}",
                "ansible.builtin.pip": {
                    "name": group,
                    "virtualenv": venv,
                    "virtualenv_command": f"{self.python} -m venv",
                    "extra_args": "--no-cache-dir",
                },
            }
            for number, group in enumerate(self.groups)
        ]
        check = {"cmd": f'{venv}/bin/python -c "{IMPORT_CHECK}"'}
        tasks.append({"name": "Import", "ansible.builtin.command": check, "changed_when": False})
        play = {"name": "Install", "hosts": "gpu_nodes", "gather_facts": False, "tasks": tasks}
        path = self.folder / "builtin.yml"
        path.write_text(yaml.safe_dump([play]))
        return path

    def forget(self, row: str) -> None:
        """Remove what a way built. The tools of (c) and (d) stay, as uv itself does for (e)."""
        for path in (self.folder / row, *((self.folder / row) / sub for sub in ("releases", "envs", "store"))):
            if row in "cd" and path.name == row:
                continue
            shutil.rmtree(path, ignore_errors=True)


def rows(ways: Ways) -> dict[str, tuple[str, Callable[[], None]]]:
    """Letter to name and function, in the order of the table."""
    return {
        "a": ("the setup script's order of pip calls", ways.setup_script),
        "b": ("playbook of ansible.builtin.pip tasks", ways.builtin_pip),
        "c": ("this collection, pip", lambda: ways.collection("pip", "c")),
        "d": ("this collection, uv", lambda: ways.collection("uv", "d")),
        "e": ("bare uv, one transaction", ways.bare_uv),
    }


def timed(function: Callable[[], None]) -> float:
    """Seconds of one call."""
    started = time.monotonic()
    function()
    return time.monotonic() - started


def tools_first(ways: Ways) -> dict[str, float]:
    """Make the tools of (c) and (d) once; the seconds of it, which a node pays once."""
    seconds = {}
    for letter, installer in (("c", "pip"), ("d", "uv")):
        settings = {
            "model_env_root": str(ways.folder / letter),
            "model_env_installer": installer,
            "model_env_specs": {"tiny": {"python": "3.11", "packages": ["einops==0.8.1"]}},
            "model_env_selected": ["tiny"],
        }
        seconds[letter] = timed(lambda s=settings: ways.play(ROOT / "provision.yml", s))  # type: ignore[misc]
    return seconds


def table(measured: dict[str, dict[str, list[float]]], names: dict[str, str]) -> str:
    """The medians and the ratios to (a), (b) and (e)."""
    median = {row: {kind: statistics.median(v) for kind, v in kinds.items() if v} for row, kinds in measured.items()}
    lines = ["| way | cold, s | of (a) | of (e) | nothing to do, s | of (b) |", "|---|---|---|---|---|---|"]
    for row, values in median.items():
        ratios = [
            f"{values[kind] / median[base][kind]:.2f}" if base in median and kind in values else ""
            for base, kind in (("a", "cold"), ("e", "cold"), ("b", "again"))
        ]
        again = f"{values['again']:.1f}" if "again" in values else "rebuilds"
        lines.append(
            f"| ({row}) {names[row]} | {values['cold']:.1f} | {ratios[0]} | {ratios[1]} | {again} | {ratios[2]} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rows", default="abcde", help="which ways, e.g. de")
    parser.add_argument("--folder", type=Path, default=ROOT / ".build" / "bench", help="needs 12 GB")
    parser.add_argument("--python", default="python3.11")
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    python = shutil.which(given.python)
    if python is None:
        parser.error(f"there is no {given.python} on this machine")
    ways = Ways(given.folder, python)
    chosen = {letter: row for letter, row in rows(ways).items() if letter in given.rows}
    tools = tools_first(ways)
    measured: dict[str, dict[str, list[float]]] = {letter: {"cold": [], "again": []} for letter in chosen}
    for number in range(given.runs):
        for letter, (_name, function) in chosen.items():
            ways.forget(letter)
            # The setup script knows no "nothing to do": it starts from zero.
            for kind in ("cold",) if letter == "a" else ("cold", "again"):
                # What the way before left to be written to the disk must not be written in this one's time.
                os.sync()
                measured[letter][kind].append(timed(function))
                print(f"run {number + 1} ({letter}) {kind}: {measured[letter][kind][-1]:.1f} s", flush=True)
            ways.forget(letter)
    print(f"\nmedians of {given.runs} runs, {os.cpu_count()} cores\n")
    print(table(measured, {letter: name for letter, (name, _function) in chosen.items()}))
    print(
        "\nonce per node, with a first environment of one package: "
        + ", ".join(f"({k}) {v:.1f} s" for k, v in tools.items())
    )
    shutil.rmtree(given.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
