# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what pip and uv really say when something goes wrong, for the tests of the classification.

    python -m ansible_collections.portable.model_env.tests.support.record_installer_output TOOL EXECUTABLE FOLDER

Run it again for a new version of either tool, from ``.collections``. The cases without
room need root, for a small tmpfs.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from ansible_collections.portable.model_env.tests.support import packages
from ansible_collections.portable.model_env.tests.support.index import Fault, Index

Case = Callable[[], dict[str, object]]


def _fill(root: Path) -> dict[str, str]:
    """The index's content and git repositories; returns facts for the cases."""
    wheels = root / "wheels"
    for version in ("1.0", "2.0"):
        packages.wheel(wheels, "alpha", version)
    packages.wheel(wheels, "needs-alpha-1", "1.0", requires=["alpha==1.0"])
    packages.wheel(wheels, "needs-alpha-2", "1.0", requires=["alpha>=2"])
    packages.wheel(wheels, "deep", "1.0", requires=["needs-alpha-1"])
    packages.wheel(wheels, "needs-missing", "1.0", requires=["no-such-thing==3.1"])
    packages.wheel(wheels, "modern", "1.0", requires_python=">=3.99")
    packages.wheel(wheels, "foreign", "1.0", tag="cp27-cp27m-win32")
    packages.wheel(wheels, "large", "1.0", size=30_000_000)
    packages.sdist(wheels, "broken", "1.0", prelude="raise RuntimeError('nvcc not found')")
    packages.sdist(wheels, "wants-torch", "1.0", prelude="import torch")
    packages.sdist(wheels, "hungry", "1.0", prelude="open('big', 'wb').write(bytes(30_000_000))")
    repository = packages.Repository(root, "gamma")
    return {"commit": repository.commit(packages.sources("gamma", "1.0"))}


# What is asked for, what goes wrong, and the kind of failure that it is (where the tools differ: for each).
CASES: dict[str, dict[str, Any]] = {
    "network_500": {"kind": "network", "lines": ["alpha==1.0"], "faults": [Fault("/simple/", status=500)]},
    "network_503_file": {"kind": "network", "lines": ["alpha==1.0"], "faults": [Fault("/files/", status=503)]},
    "network_429": {"kind": "network", "lines": ["alpha==1.0"], "faults": [Fault("/simple/", status=429)]},
    "network_truncated": {
        "kind": {"pip": "network", "uv": "network", "pip-23.2.1": "hash_mismatch"},
        "lines": ["large==1.0"],
        "faults": [Fault("/files/", cut=1000)],
    },
    "network_hang": {"kind": "network", "lines": ["alpha==1.0"], "faults": [Fault("/simple/", hang=5)]},
    "network_hang_file": {"kind": "network", "lines": ["alpha==1.0"], "faults": [Fault("/files/", hang=5)]},
    "network_500_retried": {
        "kind": "network",
        "lines": ["alpha==1.0"],
        "faults": [Fault("/simple/", status=500)],
        "retries": "1",
    },
    "network_503_file_retried": {
        "kind": "network",
        "lines": ["alpha==1.0"],
        "faults": [Fault("/files/", status=503)],
        "retries": "1",
    },
    "network_refused_retried": {
        "kind": "network",
        "lines": ["alpha==1.0"],
        "index": "http://127.0.0.1:{closed}/simple",
        "retries": "1",
    },
    "network_refused": {"kind": "network", "lines": ["alpha==1.0"], "index": "http://127.0.0.1:{closed}/simple"},
    "network_dns": {"kind": "network", "lines": ["alpha==1.0"], "index": "https://index.invalid/simple"},
    "untrusted_http": {
        "kind": {"pip": "untrusted", "uv": "network"},
        "lines": ["alpha==1.0"],
        "index": "http://index.invalid/simple",
    },
    "network_git_refused": {
        "kind": "network",
        "lines": ["gamma @ git+http://127.0.0.1:{closed}/git/gamma.git@{commit}"],
    },
    "network_git_500": {
        "kind": "network",
        "lines": ["gamma @ git+{url}/git/gamma.git@{commit}"],
        "faults": [Fault("/git/", status=500)],
    },
    "network_git_dns": {"kind": "network", "lines": ["gamma @ git+http://git.invalid/gamma.git@{commit}"]},
    "untrusted_certificate": {"kind": "untrusted", "lines": ["alpha==1.0"], "index": "https://localhost:{tls}/simple"},
    "auth_401": {"kind": "auth", "lines": ["alpha==1.0"], "password": "secret"},
    "auth_403_file": {"kind": "auth", "lines": ["alpha==1.0"], "faults": [Fault("/files/", status=403)]},
    "auth_git": {"kind": "auth", "lines": ["gamma @ git+{url}/git/gamma.git@{commit}"], "password": "secret"},
    "version_missing": {"kind": "no_such_version", "lines": ["alpha==3.0"]},
    "version_no_project": {"kind": "no_such_version", "lines": ["no-such-thing==1.0"]},
    "version_transitive": {"kind": "no_such_version", "lines": ["needs-missing==1.0"]},
    "version_platform": {"kind": "no_such_version", "lines": ["foreign==1.0"]},
    "version_no_index": {"kind": "no_such_version", "lines": ["alpha==1.0"], "options": ["--no-index"]},
    "version_git_commit": {"kind": "no_such_version", "lines": ["gamma @ git+{url}/git/gamma.git@" + "1" * 40]},
    "version_git_repository": {"kind": "no_such_version", "lines": ["gamma @ git+{url}/git/missing.git@{commit}"]},
    "version_url_404": {"kind": "no_such_version", "lines": ["alpha @ {url}/files/alpha-9.0-py3-none-any.whl"]},
    "interpreter_python": {"kind": "interpreter", "lines": ["modern==1.0"]},
    "resolution_direct": {"kind": "resolution", "lines": ["alpha==1.0", "alpha==2.0"]},
    "resolution_direct_transitive": {"kind": "resolution", "lines": ["needs-alpha-1==1.0", "alpha==2.0"]},
    "resolution_transitive": {"kind": "resolution", "lines": ["needs-alpha-1==1.0", "needs-alpha-2==1.0"]},
    "resolution_deep": {"kind": "resolution", "lines": ["deep==1.0", "alpha==2.0"]},
    "resolution_constraint": {"kind": "resolution", "lines": ["needs-alpha-2==1.0"], "constraints": ["alpha==1.0"]},
    "resolution_constraint_direct": {"kind": "resolution", "lines": ["alpha==2.0"], "constraints": ["alpha==1.0"]},
    "hash_mismatch": {
        "kind": "hash_mismatch",
        "lines": ["alpha==1.0 --hash=sha256:" + "0" * 64],
        "options": ["--require-hashes"],
    },
    "hash_missing": {"kind": "hash_missing", "lines": ["alpha==1.0"], "options": ["--require-hashes"]},
    "hash_missing_transitive": {
        "kind": "hash_missing",
        "lines": ["needs-alpha-1==1.0 --hash=sha256:{needs}"],
        "options": ["--require-hashes"],
    },
    "no_space_environment": {"kind": "no_space", "lines": ["large==1.0"], "small": "environment"},
    "no_space_tmpdir": {"kind": "no_space", "lines": ["large==1.0"], "small": "tmpdir"},
    "no_space_build": {"kind": "no_space", "lines": ["hungry==1.0"], "small": "tmpdir"},
    "build_failed": {"kind": "build_failed", "lines": ["broken==1.0"]},
    "build_failed_module": {"kind": "build_failed", "lines": ["wants-torch==1.0"], "options": ["--no-build-isolation"]},
    "other_syntax": {"kind": "other", "lines": ["alpha = = 1"]},
    "other_read_only": {"kind": "io", "lines": ["alpha==1.0"], "small": "read_only"},
}


def main(tool: str, executable: str, target: Path) -> None:
    """Run every case with one tool and write a JSON file that carries its version.

    :param executable: uv, or the Python whose pip is asked.
    """
    ask = [executable, "--version"] if tool == "uv" else [executable, "-m", "pip", "--version"]
    version = subprocess.check_output(ask, text=True).split()[1]
    with tempfile.TemporaryDirectory(prefix="record-") as name, Index(Path(name)).running() as index, _tls() as tls:
        root = Path(name)
        facts = {**_fill(root), "url": index.url, "closed": str(_closed_port()), "tls": str(tls)}
        facts["needs"] = _sha256(root / "wheels" / "needs_alpha_1-1.0-py3-none-any.whl")
        found = {}
        for case, what in CASES.items():
            found[case] = _record(tool, executable, root, index, facts, what)
            print(tool, case, found[case]["rc"], flush=True)
        text = json.dumps(found, indent=1, sort_keys=True) + "\n"
        # Only what names this machine is replaced.
        for value, word in (
            (name, "/tmp/record"),
            (str(index.port), "8000"),
            (facts["closed"], "9"),
            (str(tls), "8443"),
            (os.path.dirname(os.path.dirname(executable)), "/opt/tools"),
            (sys.prefix, "/opt/tools"),
            (sys.base_prefix, "/opt/python"),
        ):
            text = text.replace(value, word)
        (target / f"output-{tool}-{version}.json").write_text(text)


def _record(
    tool: str, executable: str, root: Path, index: Index, facts: dict[str, str], what: dict[str, Any]
) -> dict[str, object]:
    index.faults = [Fault(**vars(fault)) for fault in what.get("faults", [])]
    index.password = str(what.get("password", ""))
    work = Path(tempfile.mkdtemp(dir=root))
    small = what.get("small")
    environment, tmpdir = work / "environment", work / "tmp"
    tmpdir.mkdir()
    environment.mkdir()
    if small:
        place = tmpdir if small == "tmpdir" else environment
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(place)], check=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
        if small == "read_only":
            subprocess.run(["mount", "-o", "remount,ro", str(environment)], check=True)
        source = str(what.get("index", index.simple)).format(**facts)
        argv, env = _command(tool, executable, environment, tmpdir, source, str(what.get("retries", "0")))
        constraints = what.get("constraints")
        if constraints:
            (work / "constraints.txt").write_text("\n".join(constraints) + "\n")
            argv += ["-c", str(work / "constraints.txt")]
        argv += what.get("options", [])
        asked = "\n".join(line.format(**facts) for line in what["lines"]) + "\n"
        done = subprocess.run(argv, env=env, input=asked, capture_output=True, text=True, check=False, cwd="/")
        debug = tmpdir / "pip-debug.log"
        lines = debug.read_text().splitlines(True) if debug.exists() else []
        kept = "".join(line for line in lines if "Could not fetch" in line or "Skipping link" in line)
        return {"rc": done.returncode, "stdout": _short(done.stdout), "stderr": _short(done.stderr), "debug": kept}
    finally:
        if small:
            subprocess.run(["umount", str(place)], check=True)


def _command(
    tool: str, executable: str, environment: Path, tmpdir: Path, index: str, retries: str
) -> tuple[list[str], dict[str, str]]:
    python = str(environment / "bin" / "python")
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TMPDIR": str(tmpdir), "GIT_TERMINAL_PROMPT": "0"}
    if tool == "pip":
        env.update(PIP_CONFIG_FILE="/dev/null", PIP_INDEX_URL=index, PIP_TIMEOUT="1", PIP_RETRIES=retries)
        argv = [executable, "-I", "-m", "pip", "--python", python, "install", "-r", "/dev/stdin"]
        argv += ["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--no-compile", "--progress-bar", "off"]
        argv += ["-v", "--log", str(tmpdir / "pip-debug.log")]
    else:
        env.update(UV_NO_CONFIG="1", UV_DEFAULT_INDEX=index, UV_HTTP_TIMEOUT="1", UV_HTTP_RETRIES=retries)
        env.update(UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1")
        argv = [executable, "pip", "install", "--python", python, "-r", "-", "--no-cache"]
    return argv, env


def _short(text: str) -> str:
    lines = text.splitlines(True)
    return "".join(lines if len(lines) <= 60 else [*lines[:30], "...\n", *lines[-30:]])


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def _tls() -> Iterator[int]:
    """A server whose certificate nobody signed; yields its port."""
    with tempfile.TemporaryDirectory() as folder:
        pem = f"{folder}/both.pem"
        make = f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -keyout {pem}.key -out {pem}"
        subprocess.run(make.split(), check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, f"{pem}.key")
        server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
