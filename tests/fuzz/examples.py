# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What honest servers, nodes, files and programs say, whole or in pieces; the fuzz targets change it."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.portable.model_env.plugins.module_utils.releases import receipts
from ansible_collections.portable.model_env.tests.support import answers as honest

DATA = Path(__file__).resolve().parents[1] / "unit/data/nvidia_smi"
SHA1, SHA256 = "a" * 40, "b" * 64
ENTRY = {
    "type": "file",
    "path": "a/b.bin",
    "size": 5,
    "oid": SHA1,
    "lfs": {"oid": SHA256, "size": 5, "pointerSize": 134},
}
SMALL = {"type": "file", "path": "a", "size": 5, "oid": SHA1}
FOLDER = {"type": "directory", "path": "a", "size": 0, "oid": SHA1}
NAMES = (
    "retry-after",
    "content-range",
    "content-length",
    "link",
    "location",
    "ratelimit",
    "date",
    "etag",
    "x-linked-size",
    "x-linked-etag",
)
FILES = {
    "meta": {"api-version": "1.1"},
    "name": "x",
    "files": [
        {"filename": "x-1.0-py3-none-any.whl", "url": "/files/x-1.0-py3-none-any.whl", "size": 5, "hashes": {},
         "core-metadata": True}
    ],
}  # fmt: skip
RECEIPT = {
    **receipts.Receipt(name="svd", release="svd-1", created=1.0, spec={"name": "svd", "python": "3.11"}).to_dict(),
    "distributions": {"a": {"version": "1", "words": "1", "origin": "index", "record": [5, 7]}},
    "checkouts": {"src/x": SHA1},
    "verdicts": [honest.VERDICT],
}
HOLDER = {
    "what": "building",
    "host": "n1",
    "place": "b pid:[1]",
    "pid": 5,
    "started": "7",
    "user": "u",
    "since": "2026-01-01T00:00:00Z",
    "identity": "0" * 32,
}
REPORT = (DATA / "590.44.01-two-rtx-a5000.xml").read_bytes()
WHEEL_JSON = {
    "key": honest.KEY,
    "file": "flash_attn-2.8.3-cp311-cp311-linux_x86_64.whl",
    "sha256": SHA256,
    "size": 5,
    "origin": "built",
    "host": "n1",
    "tools": {"ninja": "1"},
}
MANIFEST = {
    "version": 1,
    "repo_id": "o/m",
    "repo_type": "model",
    "requested": "main",
    "commit": SHA1,
    "selection": {"allow": ["*"], "ignore": [], "names": []},
    "tree": [["a", 5, f"git-sha1:{SHA1}"]],
    "files": {"a": [5, f"git-sha1:{SHA1}", 7]},
}
PIP = (
    "ERROR: ",
    "error: ",
    "Cannot install a==1 because these package versions have conflicting dependencies",
    "ResolutionImpossible",
    "The conflict is caused by:\n",
    "    The user requested x==1\n",
    "a 1 depends on b==2\n",
    "No matching distribution found for x",
    "(from versions: none)",
    "Could not fetch URL https://h/x/: ",
    "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE",
    "requires a different Python: 3.9 not in '>=3'",
    "requires different python version",
    " Requires-Python >=3",
    "requirement x",
    "https://h/",
    "CERTIFICATE_VERIFY_FAILED",
    "403 Client Error: Forbidden for url: https://h/x",
    "incomplete-download",
    "Failed to build `x",
    "Collecting x\n",
    "╰─> x",
    "fatal: unable to access 'x': ",
    "fatal: ",
    "href",
)
UV = (
    "No solution found when resolving dependencies:\n",
    "Because ",
    "all versions of ",
    "x==1 depends on y==2",
    "you require ",
    " and ",
    ", we can conclude",
    "hint:",
    "cause: ",
    "error sending request for url (https://h/x)",
    "a[b]>=1, <2",
    "HTTP status client error (404 Not Found) for url (https://h/x)",
    "Hash mismatch for `x`",
    "there are no versions of x",
    "error: /a:1:2: fatal error: x",
    "nvcc fatal ",
    "Killed signal terminated program",
)
XML = (
    "<nvidia_smi_log>",
    "</nvidia_smi_log>",
    "<gpu>",
    "</gpu>",
    "<fb_memory_usage><total>²MiB</total></fb_memory_usage>",
    "<fb_memory_usage><total>² MiB</total></fb_memory_usage>",
    "<attached_gpus>²</attached_gpus>",
    "&a;",
    "<a",
    "/>",
    "<attached_gpus>1</attached_gpus>",
    "<ecc_errors><volatile><x_uncorrectable>٣</x_uncorrectable></volatile></ecc_errors>",
    '<!DOCTYPE x [<!ENTITY a "b">]>',
    "<?xml version='1.0'?>",
)
LOCK = {
    "lock-version": "1.0",
    "packages": [
        {
            "name": "x",
            "version": "1.0",
            "wheels": [{"url": "https://h/x-1.0-py3-none-any.whl", "size": 5, "hashes": {"sha256": SHA256}}],
            "sdist": {"url": "https://h/x-1.0.tar.gz", "hashes": {"sha256": SHA256}},
        },
        {"name": "y", "vcs": {"type": "git", "url": "https://h/y.git", "commit-id": SHA1, "subdirectory": "a"}},
        {"name": "z", "archive": {"url": "https://h/z.zip", "hashes": {"sha256": SHA256}}},
    ],
    "tool": {"model_env": {"spec": SHA256, "python": "3.11", "platform": "p", "resolver": "uv", "created": "now"}},
}
LOCK_PIECES = (
    'lock-version = "1.0"\n',
    "[[packages]]\n",
    'name = "x"\nversion = "1"\n',
    f'wheels = [{{ url = "https://[h/x.whl", hashes = {{ sha256 = "{SHA256}" }} }}]\n',
    "packages = ",
    f'[tool.model_env]\nspec = "{SHA256}"\npython = "3.11"\nplatform = "p"\nresolver = "uv"\n',
)
