# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""flash-attn for real: compiled in a container without CUDA, installed on a second node from the wheelhouse, imported.

    make prove-flash-attn                       (takes 2 to 3 hours on two cores, 12 GB of disk, 24 GB of memory)
    python tests/prove/flash_attn.py [--builder FOLDER] [--keep]

Two containers: `builder` has a C++ compiler and no CUDA; `node` gets an environment with torch and flash-attn and no
compiler is asked of it. `provision.yml` runs for `node` only: the roles build on `builder`. It is killed by nothing: a
run that was stopped goes on where it was, as long as FOLDER is the same. A second run of `provision.yml` must change
nothing. No GPU is needed, and none is used: what a GPU computes with it is not shown here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
IMAGE = "portable-model-env/bookworm"
BUILDER, NODE = "prove-flash-attn-builder", "prove-flash-attn-node"
ROOT = "/opt/model_env"
VERSION = "2.8.3.post2"
SPEC = {
    "python": "3.11",
    "torch": {"version": "2.11.0", "cuda": "cu130"},
    # Not the project's own wheel: this is about compiling.
    "torch_extensions": [{"name": "flash-attn", "version": VERSION, "released_url": "none"}],
    "imports": ["torch", "flash_attn", "flash_attn_2_cuda"],
}
USE = """
import flash_attn, flash_attn_2_cuda, torch
print(torch.__version__, flash_attn.__version__, flash_attn_2_cuda.__file__)
x = torch.zeros(1, 2, 1, 32, dtype=torch.float16)
try:
    flash_attn.flash_attn_func(x, x, x)
except (NotImplementedError, RuntimeError) as error:
    print(type(error).__name__, str(error).splitlines()[0])
"""


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--builder", type=Path, default=CHECKOUT / ".build" / "prove-flash-attn")
    parser.add_argument("--keep", action="store_true", help="leave the containers")
    given = parser.parse_args()
    given.builder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with containers(given.builder.resolve(), given.keep):
        for tool in ("nvcc", "/usr/local/cuda/bin/nvcc"):
            assert inside(BUILDER, "which", tool, check=False).returncode != 0, f"the builder has {tool}"
        play()
        print(f"== provisioned in {time.monotonic() - started:.0f} s")
        python = f"{ROOT}/envs/proof/bin/python"
        print(inside(NODE, python, "-I", "-c", USE).stdout)
        (kept,) = json.loads(inside(NODE, "python3", "-c", _WHEELS).stdout)
        print(json.dumps(kept, indent=1))
        assert kept["origin"] == "built"
        again = play()
        recap = next(line for line in again if line.startswith(NODE) and "changed=" in line)
        assert "changed=0" in recap, "the second run changed something"
        print(f"== a second run changed nothing; {time.monotonic() - started:.0f} s in all")


_WHEELS = f"""
import glob, json
print(json.dumps([json.load(open(path)) for path in glob.glob("{ROOT}/wheelhouse/*/wheel.json")]))
"""


@contextmanager
def containers(builder: Path, keep: bool) -> Iterator[None]:
    """Have both containers."""
    subprocess.run([CHECKOUT / "scripts" / "docker-engine"], check=True)
    settings = subprocess.run(
        [sys.executable, CHECKOUT / "scripts" / "node_settings.py", CHECKOUT / ".build"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    reach = json.loads(settings.stdout)
    options = [word for volume in reach["volumes"] for word in ("--volume", volume)]
    options += [word for name, value in reach["env"].items() for word in ("--env", f"{name}={value}")]
    remove()
    try:
        for name, volumes in ((BUILDER, ["--volume", f"{builder}:{ROOT}"]), (NODE, [])):
            argv = [
                "docker",
                "run",
                "--detach",
                "--init",
                "--name",
                name,
                *options,
                *volumes,
                IMAGE,
                "sleep",
                "infinity",
            ]
            subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        yield
    finally:
        if not keep:
            remove()


def remove() -> None:
    """Remove the containers of this and an earlier run."""
    subprocess.run(["docker", "rm", "--force", "--volumes", BUILDER, NODE], check=False, capture_output=True)


def inside(container: str, *argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command in a container."""
    return subprocess.run(["docker", "exec", container, *argv], check=check, capture_output=True, text=True)


def inventory() -> dict[str, Any]:
    """The fleet: one node, and the build host beside it."""
    hosts = {
        name: {"ansible_connection": "community.docker.docker", "model_env_root": ROOT} for name in (BUILDER, NODE)
    }
    variables = {
        "ansible_python_interpreter": "/usr/bin/python3",
        "model_env_specs": {"proof": SPEC},
        "flash_attn_build_host": BUILDER,
        "flash_attn_archs": ["90"],
        "flash_attn_cache": str(CHECKOUT / ".build" / "prove-flash-attn-cache"),
    }
    return {"all": {"hosts": hosts, "vars": variables, "children": {"gpu_nodes": {"hosts": {NODE: {}}}}}}


def play() -> list[str]:
    """Run provision.yml for the node, showing what it prints; its lines."""
    path = CHECKOUT / ".build" / "prove-flash-attn.json"
    path.write_text(json.dumps(inventory()))
    playbook = str(Path(sys.executable).parent / "ansible-playbook")
    environ = {
        **os.environ,
        "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".collections"),
        "ANSIBLE_NOCOLOR": "1",
    }
    argv = [playbook, "-i", str(path), "provision.yml", "-l", "gpu_nodes"]
    lines = []
    with subprocess.Popen(argv, cwd=CHECKOUT, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(time.strftime("%H:%M:%S"), line, end="", flush=True)
            lines.append(line)
    assert process.returncode == 0, "provision.yml failed"
    return lines


if __name__ == "__main__":
    main()
