# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real huggingface_hub clients against the fixture server, to prove that it speaks the Hub's protocol.

    python tests/prove/hub_clients.py [PYTHON...]     # each a Python with one version of huggingface_hub

Without arguments: the role's tool environment (the newest), and 0.34.6, the last one for Python 3.9.

Each client downloads a repository of 1,200 files (so the tree comes in pages), a dataset, one file at a tag, and meets
what is missing and gated. Ends with status 1 if a row is not as on the Hub.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.portable.model_env.tests.prove.hub_lab import (
    MIB,
    HubServer,
    make_file,
    old_client,
    repository,
    same,
    table,
    tools_python,
)

_PROGRAM = """
import json, sys
import huggingface_hub as h
from huggingface_hub import errors
folder, token = sys.argv[1:]
said = {"version": h.__version__}
def call(name, function, *args, **kwargs):
    try:
        value = function(*args, **kwargs)
        said[name] = value if isinstance(value, (str, int)) else "done"
    except Exception as error:
        said[name] = type(error).__name__
api = h.HfApi()
call("snapshot", h.snapshot_download, "acme/clients", revision="v1", local_dir=folder + "/snapshot")
call("dataset", h.snapshot_download, "acme/table", repo_type="dataset", local_dir=folder + "/dataset")
call("one file", h.hf_hub_download, "acme/clients", "big.bin", revision="main", local_dir=folder + "/one")
call("tree", lambda: sum(isinstance(e, h.hf_api.RepoFile) for e in api.list_repo_tree("acme/clients", recursive=True)))
call("whoami", lambda: api.whoami(token)["name"])
call("no repository", api.repo_info, "acme/none", token=token)
call("no revision", api.repo_info, "acme/clients", revision="nope")
call("no file", h.hf_hub_download, "acme/clients", "none.bin", local_dir=folder + "/none")
call("gated", h.hf_hub_download, "acme/locked", "w.bin", local_dir=folder + "/gated")
call("gated, with the token", h.hf_hub_download, "acme/locked", "w.bin", local_dir=folder + "/gated", token=token)
json.dump(said, sys.stdout)
"""
EXPECTED = {
    "tree": 1202,
    "whoami": "fixture",
    "no repository": "RepositoryNotFoundError",
    "no revision": "RevisionNotFoundError",
    "no file": ("EntryNotFoundError", "RemoteEntryNotFoundError"),
    "gated": "GatedRepoError",
}


def main() -> int:
    """Entry point."""
    folder = Path(tempfile.mkdtemp(prefix="hub-clients-"))
    data, token = folder / "data", "hf_good"
    source = repository(data, "acme/clients", {"big.bin": 5 * MIB, "notes with blanks.txt": 10})
    for number in range(1200):
        make_file(source / "parts" / f"{number}.json", 10, str(number))
    numbers = data / "datasets" / "acme" / "table" / "v1"
    make_file(numbers / "data.csv", 2 * MIB, "data")
    repository(data, "acme/locked", {"w.bin": 2 * MIB}, gated=True, tokens=[token])
    rows, bad = [], False
    with HubServer(data) as server:
        for python in sys.argv[1:] or [old_client(), tools_python()]:
            target = folder / "target"
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            keep = ("PATH", "LANG", "SSL_", "REQUESTS_")
            environment = {name: value for name, value in os.environ.items() if name.startswith(keep)}
            environment.update(HF_ENDPOINT=server.url, HF_HOME=str(folder / "home"), HF_HUB_DISABLE_PROGRESS_BARS="1")
            done = subprocess.run(
                [python, "-c", _PROGRAM, str(target), token],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                print(done.stderr, file=sys.stderr)
                return 1
            said = json.loads(done.stdout)
            said["snapshot"] = same(source, target / "snapshot")
            said["dataset"] = same(numbers, target / "dataset")
            said["one file"] = (target / "one" / "big.bin").read_bytes() == (source / "big.bin").read_bytes()
            said["gated, with the token"] = (target / "gated" / "w.bin").exists()
            version = said.pop("version")
            for what, value in said.items():
                wanted = EXPECTED.get(what, True)
                good = value in wanted if isinstance(wanted, tuple) else value == wanted
                bad = bad or not good
                rows.append([version, what, value, "yes" if good else "NO"])
    print(table(["huggingface_hub", "call", "answer", "as on the Hub"], rows))
    shutil.rmtree(folder)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
