# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every offence, one row each: what is written, where it is reported, and the line that mends it."""

from __future__ import annotations

import copy
from typing import Any, Iterator

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.names import has_control
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import shape, validate

Row = tuple[Any, str, str, str]

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHA256 = "a" * 64
CLIP = "https://github.com/openai/CLIP.git"
TORCH = {"version": "2.5.1", "cuda": "cu124"}
PIN = f'commit: "<40 hex digits>"   (git ls-remote {CLIP} main shows it)'
BUILD_LINE = 'cuda_torch_index_urls: {cu124: "<URL>"}'
TEMPLATE_LINE = f'cuda_torch_index_url: "https://download.pytorch.org/whl/{{build}}"; for one build {BUILD_LINE}'
PIN_HEAD = PIN.replace(" main ", " HEAD ")


def spec(**keys: Any) -> dict[str, Any]:
    return {"python": "3.11", **keys}


def packages(*requirements: Any, **keys: Any) -> dict[str, Any]:
    return spec(packages=list(requirements), **keys)


def torch(**keys: Any) -> dict[str, Any]:
    return spec(torch={**TORCH, **keys})


def git(**keys: Any) -> dict[str, Any]:
    return spec(git_packages=[{"name": "clip", "url": CLIP, **keys}])


def checkout(**keys: Any) -> dict[str, Any]:
    return spec(checkouts=[{"url": CLIP, "commit": COMMIT, **keys}])


WHEEL = "https://host/flash_attn-2.8.3-cp311-cp311-linux_x86_64.whl"


def extension(**keys: Any) -> dict[str, Any]:
    return spec(torch=TORCH, torch_extensions=[{"name": "flash-attn", **keys}])


# (what is written, path, a part of the problem, the mending line)
# fmt: off
PINS: list[Row] = [
    (packages("diffusers"), "packages[0]", "is not pinned", 'packages: ["diffusers==<version>"]'),
    (packages("imageio[ffmpeg]"), "packages[0]", "is not pinned", 'packages: ["imageio[ffmpeg]==<version>"]'),
    (packages("a; python_version < '3.12'"), "packages[0]", "not pinned",
     'packages: ["a==<version>; python_version < \\"3.12\\""]'),
    (packages("diffusers>=0.31"), "packages[0]", "has no upper bound", 'packages: ["diffusers==0.31"]'),
    (packages("diffusers<1"), "packages[0]", "has no lower bound", 'packages: ["diffusers==<version>"]'),
    (packages("diffusers!=1"), "packages[0]", "no lower and upper bound", 'packages: ["diffusers==<version>"]'),
    (packages("diffusers>=0.31", pins="bounded"), "packages[0]", "has no upper bound",
     'packages: ["diffusers>=0.31,<0.32"]'),
    (packages("numpy>=1.26", pins="bounded"), "packages[0]", "has no upper bound", 'packages: ["numpy>=1.26,<2"]'),
    (packages("numpy<2", pins="bounded"), "packages[0]", "has no lower bound", 'packages: ["numpy>=<version>,<2"]'),
    (packages("numpy>2,<1", pins="bounded"), "packages[0]", "no version is in", "swap or correct its bounds 2 and 1"),
    (packages("numpy>=1,<2"), "packages[0]", "is a range, not one version",
     'packages: ["numpy==<version>"]   (or, for the whole spec, pins: bounded)'),
    (packages("numpy~=1.26"), "packages[0]", "is a range",
     'packages: ["numpy==<version>"]   (or, for the whole spec, pins: bounded)'),
    (packages("numpy==1.*"), "packages[0]", "is a wildcard",
     'packages: ["numpy==<version>"]   (or, for the whole spec, pins: bounded)'),
    (packages("numpy==2,<1"), "packages[0]", "contradicts itself", 'packages: ["numpy==2"]'),
    (packages("numpy=2.2.6"), "packages[0]", "has one =", 'packages: ["numpy==2.2.6"]'),
    (packages("numpy 2.2.6"), "packages[0]", "is not a requirement", 'packages: ["numpy==<version>"]'),
    (packages("./x.whl"), "packages[0]", "is a path",
     'packages: ["<name> @ file:///<absolute path>#sha256=<64 hex digits>"]'),
    (packages("https://h/x.whl"), "packages[0]", "without the name",
     'packages: ["<name> @ https://h/x.whl#sha256=<64 hex digits>"]'),
    (packages("x @ https://h/x.whl"), "packages[0]", "needs the hash",
     'packages: ["x @ https://h/x.whl#sha256=<64 hex digits>"]'),
    (packages("x @ https://h/x.whl#md5=abc"), "packages[0]", "hash md5",
     'packages: ["x @ https://h/x.whl#sha256=<64 hex digits>"]'),
    (packages("x @ https://h/x.whl#sha256=abc"), "packages[0]", "or not whole",
     'packages: ["x @ https://h/x.whl#sha256=<64 hex digits>"]'),
    (packages("-r requirements.txt"), "packages[0]", "option of pip",
     "packages: [...] with the lines of that file, each pinned"),
    (packages("--extra-index-url=https://m/simple"), "packages[0]", "option of pip",
     'extra_index_urls: ["https://m/simple"]'),
    (packages("-i https://m/simple"), "packages[0]", "option of pip", 'index_url: "https://m/simple"'),
    (packages(f"git+{CLIP}"), "packages[0]", "git repository",
     f'git_packages: [{{name: clip, url: "{CLIP}", commit: "<40 hex digits>"}}]'),
    (packages(f"my.clip @ git+{CLIP}@v2.6.3#subdirectory=py"), "packages[0]", "git repository",
     f'git_packages: [{{name: my-clip, url: "{CLIP}", tag: "v2.6.3", subdirectory: "py"}}]'),
    (packages(f"git+{CLIP}@{COMMIT}#egg=openai-clip"), "packages[0]", "git repository",
     f'git_packages: [{{name: openai-clip, url: "{CLIP}", commit: "{COMMIT}"}}]'),
    (packages("hg+https://h/x"), "packages[0]", "only git",
     "give a released version, or a URL of an archive with its hash"),
    (packages("torch==2.5.1+cu118"), "packages[0]", "put it under torch:", 'torch: {version: "2.5.1", cuda: cu118}'),
    (packages("torchvision"), "packages[0]", "put it under torch:", 'torch: {torchvision: "<version>", cuda: <cuXYZ>}'),
    (spec(build_packages=["apex"]), "build_packages[0]", "is not pinned", 'build_packages: ["apex==<version>"]'),
    (packages("a==1", "A==2"), "packages[1]", "pinned twice", 'remove one of them, e.g. keep packages: ["a==1"]'),
    (packages("a==1", build_packages=["a==1"]), "build_packages[0]", "listed in packages[0], too",
     'remove "a==1" here'),
    (packages("clip==1", **git(commit=COMMIT)), "packages[0]", "comes from git_packages[0], too",
     'remove "clip==1" here'),
    (packages("x==1+cu121", torch=TORCH), "packages[0]", "is built for cu121", 'packages: ["x==1+cu124"]'),
    (packages("x==1", pins="boundd"), "pins", "is no policy", "pins: bounded"),
    (packages("a==2", constraints=["a<2"]), "constraints[0]", "forbids", 'remove it, or write: constraints: ["a==2"]'),
    (spec(torch=TORCH, constraints=["torch<2"]), "constraints[0]", "forbids",
     'remove it, or write: constraints: ["torch==2.5.1"]'),
    (spec(constraints=["a"]), "constraints[0]", "names versions only", 'constraints: ["a<2"]'),
    (spec(constraints=["a[b]<2"]), "constraints[0]", "names versions only", 'constraints: ["a<2"]'),
]
SHAPES: list[Row] = [
    ([], "", "a list where a block of keys belongs", '{python: "3.11", packages: ["einops==0.8.1"]}'),
    ({}, "python", "`python` is missing", 'python: "3.11"'),
    ({"python": 3.1}, "python", "the number 3.1 where a text", 'python: "3.10"'),
    ({"python": 3.12}, "python", "the number 3.12 where a text", 'python: "3.12"'),
    ({"python": "python3.10"}, "python", "is no version of Python", 'python: "3.10"'),
    ({"python": "2.7"}, "python", "is no version of Python", 'python: "3.11"'),
    ({"pyhton": "3.11"}, "pyhton", "did you mean `python`?", 'python: "3.11"'),
    (spec(pakages=["a==1"]), "pakages", "did you mean `packages`?", 'packages: ["a==1"]'),
    (spec(zzz=1), "zzz", "unknown key `zzz`",
     "remove it; known keys: " + ", ".join(shape.SPEC)),
    (torch(torchvison="0.20.1"), "torch.torchvison", "did you mean `torchvision`?", 'torchvision: "0.20.1"'),
    (git(commit=COMMIT, sub_directory="x"), "git_packages[0].sub_directory", "did you mean `subdirectory`?",
     'subdirectory: "x"'),
    (checkout(dest="x"), "checkouts[0].dest", "unknown key", "remove it; known keys: url, commit, tag, path"),
    (spec(packages="einops==0.8.1"), "packages", "where a list belongs", 'packages: ["einops==0.8.1"]'),
    (spec(packages={"a": 1}), "packages", "a block where a list belongs", 'packages: ["diffusers==0.35.2"]'),
    (packages(1), "packages[0]", "the number 1 where a text belongs", 'packages: ["1"]'),
    (packages({"name": "a"}), "packages[0]", "a block where a text belongs", 'packages: ["..."]'),
    (packages(None), "packages[0]", "nothing where a text belongs", 'packages: ["None"]'),
    (spec(torch="2.5.1"), "torch", "where a block of keys belongs",
     'torch: {version: "2.5.1", torchvision: "0.20.1", cuda: cu124}'),
    (spec(git_packages=["x"]), "git_packages[0]", "where a block of keys belongs",
     '- [{name: clip, url: "https://host/clip.git", commit: <40 hex digits>}]'),
    (git(commit=COMMIT, editable="yes"), "git_packages[0].editable", "where true or false belongs", "editable: true"),
    (git(commit=COMMIT, extras="gpu"), "git_packages[0].extras", "where a list belongs", 'extras: ["gpu"]'),
    (spec(environment=["A=1"]), "environment", "where a block of keys belongs", 'environment: {MAX_JOBS: "2"}'),
    (spec(environment={"MAX_JOBS": 2}), "environment.MAX_JOBS", "the number 2", 'MAX_JOBS: "2"'),
    (spec(environment={"FORCE": True}), "environment.FORCE", "the truth value true", 'FORCE: "true"'),
    (spec(environment={1: "x"}), "environment.1", "the key `1` is no text", '"1": ...'),
    (spec(description=["x"]), "description", "a list where a text belongs", 'description: "..."'),
    (packages("a==1", hashes={"a": f"sha256:{SHA256}"}), "hashes.a", "where a list of texts belongs",
     f'a: ["sha256:{SHA256}"]'),
    (spec(system_packages=[{"debian": 1}]), "system_packages[0].debian", "the number 1", 'debian: "1"'),
]
TORCHES: list[Row] = [
    (torch(cuda="cu999"), "torch.cuda", "no index is known for the build cu999",
     'cuda_torch_index_urls: {cu999: "<URL>"}'),
    (torch(cuda="12.4"), "torch.cuda", "is no build", "cuda: cu124"),
    (torch(cuda=12.4), "torch.cuda", "the number 12.4", 'cuda: "12.4"'),
    (torch(cuda="gpu"), "torch.cuda", "is no build", "cuda: cpu"),
    (spec(torch={"version": "2.5.1"}), "torch.cuda", "is missing", "cuda: cu124"),
    (spec(torch={"cuda": "cu124"}), "torch.version", "is missing", 'version: "2.5.1"'),
    (torch(version="2.5"), "torch.version", "is not a whole version", 'version: "2.5.0"'),
    (torch(version=2.5), "torch.version", "the number 2.5", 'version: "2.5"'),
    (torch(version="==2.5.1"), "torch.version", "is not a whole version", 'version: "2.5.1"'),
    (torch(version=">=2.5"), "torch.version", "is not one version", 'version: "<version>"'),
    (torch(version="2.5.1+cu118"), "torch.version", "belongs under cuda", 'version: "2.5.1", and cuda: cu118'),
    (torch(torchvision="0.20.0"), "torch.torchvision", "(it belongs to torch 2.5.0)", 'torchvision: "0.20.1"'),
    (torch(torchaudio="2.6.0"), "torch.torchaudio", "does not match torch 2.5.1", 'torchaudio: "2.5.1"'),
    (torch(version="2.99.0", torchvision="0.20.1", index_url="default"), "torch.torchvision", "belongs to torch 2.5.1",
     'remove it, or version: "2.5.1"'),
    (torch(cuda="cu130"), "torch.cuda", "was published for cu118, cu121, cu124 and cpu", "cuda: cu124"),
    ({"python": "3.14", "torch": TORCH}, "python", "has wheels for Python 3.9 to 3.13", 'python: "3.13"'),
    (torch(index_url="mirror/whl"), "torch.index_url", "is no URL", 'index_url: "https://mirror/whl"'),
    (spec(git_packages=[{"name": "torch", "url": CLIP, "commit": COMMIT}]), "git_packages[0]", "put it under torch:",
     'torch: {version: "<version>", cuda: <cuXYZ>}'),
]
SOURCES: list[Row] = [
    (git(branch="main"), "git_packages[0].branch", "which moves", PIN),
    (git(version="main"), "git_packages[0].version", "which moves", PIN),
    (git(version="v2.6.3"), "git_packages[0].version", "which moves", 'tag: "v2.6.3"'),
    (git(ref=COMMIT), "git_packages[0].ref", "which moves", f'commit: "{COMMIT}"'),
    (git(tag="main"), "git_packages[0].tag", "is a branch", PIN),
    (git(tag="HEAD"), "git_packages[0].tag", "is a branch", PIN_HEAD),
    (git(tag="refs/heads/main"), "git_packages[0].tag", "is a branch", PIN),
    (git(tag="origin/main"), "git_packages[0].tag", "is a branch", PIN),
    (git(tag="refs/tags/v1"), "git_packages[0].tag", "by its name alone", 'tag: "v1"'),
    (git(tag=COMMIT), "git_packages[0].tag", "a commit, not a tag", f'commit: "{COMMIT}"'),
    (git(tag="a b"), "git_packages[0].tag", "is no name of a tag", 'tag: "v1.2"'),
    (git(commit="0123abc"), "git_packages[0].commit", "abbreviated", PIN_HEAD),
    (git(commit="main"), "git_packages[0].commit", "is no commit", PIN),
    (git(), "git_packages[0]", "neither commit nor tag", PIN_HEAD),
    (git(commit=COMMIT, tag="v1"), "git_packages[0]", "both given", "remove tag: v1"),
    (git(commit=COMMIT, subdirectory="../x"), "git_packages[0].subdirectory", "leads out of", 'subdirectory: "x"'),
    (git(commit=COMMIT, subdirectory="/x"), "git_packages[0].subdirectory", "is an absolute path", 'subdirectory: "x"'),
    (git(commit=COMMIT, name="a b"), "git_packages[0].name", "is no name of a distribution", "name: a-b"),
    (git(commit=COMMIT, extras=["a b"]), "git_packages[0].extras[0]", "is no name of an extra", "extras: [gpu]"),
    (git(commit=COMMIT, url=f"git+{CLIP}"), "git_packages[0].url", "is no URL of a known kind", f'url: "{CLIP}"'),
    (git(commit=COMMIT, url="git@github.com:o/r.git"), "git_packages[0].url", "is no URL",
     'url: "ssh://git@github.com/o/r.git"'),
    (git(commit=COMMIT, url="git://h/r.git"), "git_packages[0].url", "is no URL", 'url: "https://h/r.git"'),
    (git(commit=COMMIT, url="/srv/git/r"), "git_packages[0].url", "is no URL", 'url: "file:///srv/git/r"'),
    (git(url=f"{CLIP}@main"), "git_packages[0].url", "more than the repository", f'url: "{CLIP}" and {PIN}'),
    (git(commit=COMMIT, url=f"{CLIP}#egg=clip"), "git_packages[0].url", "more than the repository", f'url: "{CLIP}"'),
    (checkout(branch="main", commit=None), "checkouts[0].branch", "which moves", PIN),
    (checkout(path="/x"), "checkouts[0].path", "is an absolute path", 'path: "x"'),
    (checkout(path="../x"), "checkouts[0].path", "leads out of", 'path: "x"'),
    (checkout(path="."), "checkouts[0].path", "names no folder", "path: <folder>"),
    (spec(checkouts=[{"url": CLIP, "commit": COMMIT, "path": p} for p in ("a", "a/b")]), "checkouts[1].path",
     "collides with a of checkouts[0]", "path: a-b-2"),
    ({**checkout(path="clip"), **git(commit=COMMIT, editable=True)}, "checkouts[0].path", "collides with clip",
     "path: clip-2"),
    (spec(git_packages=[{"name": n, "url": CLIP, "commit": COMMIT} for n in ("clip", "Clip")]), "git_packages[1]",
     "is in git_packages[0], too", "remove git_packages[1] or git_packages[0]"),
]
OTHERS: list[Row] = [
    (spec(environment={"PIP_INDEX_URL": "x"}), "environment.PIP_INDEX_URL", "not for a spec to set",
     "remove PIP_INDEX_URL"),
    (spec(environment={"uv_cache_dir": "x"}), "environment.uv_cache_dir", "not for a spec to set",
     "remove uv_cache_dir"),
    (spec(environment={"TMPDIR": "/tmp"}), "environment.TMPDIR", "filesystem of the releases", "remove TMPDIR"),
    (spec(environment={"PYTHONPATH": "x"}), "environment.PYTHONPATH", "which code the env", "remove PYTHONPATH"),
    (spec(environment={"MAX-JOBS": "2"}), "environment.MAX-JOBS", "no name of a variable",
     "environment: {MAX_JOBS: ...}"),
    (spec(environment={"HF_TOKEN": "abc"}), "environment.HF_TOKEN", "looks like a secret",
     "remove HF_TOKEN; to have its presence checked: api_keys: [HF_TOKEN]"),
    (spec(environment={"A": "https://u:p@h/"}), "environment.A", "a URL with a secret", 'A: "https://h/"'),
    (spec(environment={"A": "1\n2"}), "environment.A", "more than one line", 'A: "1 2"'),
    (spec(api_keys=["luma-api-key"]), "api_keys[0]", "no name of an environment variable", "api_keys: [LUMA_API_KEY]"),
    (spec(api_keys=["sk-abc123"]), "api_keys[0]", "never values", "api_keys: [LUMA_API_KEY]"),
    (spec(imports=["huggingface-hub"]), "imports[0]", "no name of a module", "imports: [huggingface_hub]"),
    (spec(imports=["torch==2.5.1"]), "imports[0]", "no name of a module", "imports: [torch]"),
    (spec(imports=["a.class"]), "imports[0]", "no name of a module", "imports: [a.class]"),
    (spec(system_packages=["ffmpeg=7"]), "system_packages[0]", "no name of a package", "system_packages: [ffmpeg]"),
    (spec(system_packages=[{"ubuntu": "x"}]), "system_packages[0].ubuntu", "unknown family",
     "debian: x   (families: debian, redhat, suse)"),
    (spec(system_packages=[{}]), "system_packages[0]", "no name is given", "system_packages: [ffmpeg]"),
    (spec(index_url="mirror/simple"), "index_url", "is no URL", 'index_url: "https://mirror/simple"'),
    (spec(index_url="https://me:pw@m/simple"), "index_url", "a URL with a secret", 'index_url: "https://m/simple"'),
    (spec(extra_index_urls=["https://token@m/simple"]), "extra_index_urls[0]", "secret",
     'extra_index_urls: ["https://m/simple"]'),
    (spec(find_links=["wheels"]), "find_links[0]", "is a relative path", 'find_links: ["/wheels"]'),
    (spec(find_links=["/a/../b"]), "find_links[0]", "leads out of", 'find_links: ["/a/b"]'),
    (packages("x @ https://u:p@h/x.whl"), "packages[0]", "a URL with a secret", 'packages: ["x @ https://h/x.whl"]'),
    (git(commit=COMMIT, url="https://tok@h/r.git"), "git_packages[0].url", "secret", 'url: "https://h/r.git"'),
    (git(commit=COMMIT, url="ssh://git:pw@h/r.git"), "git_packages[0].url", "secret", 'url: "ssh://git@h/r.git"'),
    (packages("a==1", hashes={"b": [f"sha256:{SHA256}"]}), "hashes.b", "not listed",
     'remove it, or pin it: packages: ["b==<version>"]'),
    (packages("a==1", hashes={"a": ["md5:abc"]}), "hashes.a[0]", "known algorithm", 'a: ["sha256:<64 hex digits>"]'),
    (packages("a==1", hashes={"a": ["sha512:abc"]}), "hashes.a[0]", "128 hex digits", 'a: ["sha512:<128 hex digits>"]'),
    (packages("a==1", hashes={"a": []}), "hashes.a", "no hash is given", 'a: ["sha256:<64 hex digits>"]'),
]

# What a text would do beyond its field: another line, another argument, another program.
TRICKS: list[Row] = [
    (packages(f"x @ https://h/x.whl\n#sha256={SHA256}"), "packages[0]", "has more than one line",
     f'packages: ["x @ https://h/x.whl #sha256={SHA256}"]'),
    (git(commit=COMMIT, url="https://h/x.git\n--extra-index-url https://evil/"), "git_packages[0].url",
     "has more than one line", 'url: "https://h/x.git --extra-index-url https://evil/"'),
    (git(commit=COMMIT, url="ssh://-oProxyCommand=id/x"), "git_packages[0].url", "begins with a hyphen",
     'url: "https://host/..."'),
    (git(commit=COMMIT, url="ssh://-oProxyCommand=id@h/x"), "git_packages[0].url", "begins with a hyphen",
     'url: "https://host/..."'),
    (git(commit=COMMIT, url=CLIP, subdirectory="a b"), "git_packages[0].subdirectory", "a blank",
     'subdirectory: "a-b"'),
    (checkout(commit=COMMIT, path="-x"), "checkouts[0].path", "begins with a hyphen", 'path: "x"'),
    (spec(index_url="https://m/simple https://evil/"), "index_url", "more than one address",
     'index_url: "https://m/simple"'),
    (spec(extra_index_urls=["https://m/a,https://evil/"]), "extra_index_urls[0]", "more than one address",
     'extra_index_urls: ["https://m/a"]'),
    (spec(find_links=["/srv/a /srv/b"]), "find_links[0]", "has a blank", 'find_links: ["/srv/a-/srv/b"]'),
    (spec(system_packages=["ffmpeg/../../x.deb"]), "system_packages[0]", "no name of a package",
     "system_packages: [ffmpeg]"),
    (spec(imports=["torch\x1b[2J"]), "imports[0]", "control characters", 'imports: ["torch [2J"]'),
    (spec(environment={"A\nB": "1"}), "environment.A\\nB", "more than one line", '"A\\nB": "A B"'),
    *[
        (spec(environment={name: "1"}), f"environment.{name}", "not for a spec to set", f"remove {name}")
        for name in ("PATH", "LD_AUDIT", "LD_LIBRARY_PATH", "BASH_ENV", "HOME", "GIT_SSH_COMMAND", "PYTHONINSPECT")
    ],
]

EXTENSIONS: list[Row] = [
    (extension(), "torch_extensions[0]", "neither a version nor a git source", 'version: "2.8.3"'),
    (extension(version=">=2"), "torch_extensions[0].version", "is not one version", 'version: "2"'),
    (extension(version="2.8.3+cu12"), "torch_extensions[0].version", "is not one version", 'version: "2.8.3"'),
    (extension(url=CLIP), "torch_extensions[0]", "neither commit nor tag", PIN_HEAD),
    (extension(url=CLIP, tag="main"), "torch_extensions[0].tag", "is a branch", PIN),
    (extension(version="1", build="if needed"), "torch_extensions[0].build", "is no policy", "build: auto"),
    (extension(version="1", build="alway"), "torch_extensions[0].build", "is no policy", "build: always"),
    (extension(version="1", archs=["9.0"]), "torch_extensions[0].archs[0]", "is no architecture", 'archs: ["90"]'),
    (extension(version="1", archs=["sm_90a"]), "torch_extensions[0].archs[0]", "is no arch", 'archs: ["90"]'),
    (extension(version="1", released_url="https://m/x"), "torch_extensions[0].released_url", "has no {name}",
     'released_url: "https://m/{name}"   (or none)'),
    (extension(version="1", wheel="x.whl"), "torch_extensions[0].wheel", "where a block",
     'wheel: {url: "https://host/x-1.0-cp311-cp311-linux_x86_64.whl", sha256: "<64 hex digits>"}'),
    (extension(version="1", wheel={"url": WHEEL}), "torch_extensions[0].wheel.sha256", "is missing",
     'sha256: "<64 hex digits>"'),
    (extension(version="1", wheel={"url": WHEEL, "sha256": "ab"}), "torch_extensions[0].wheel.sha256", "64 hex digits",
     'sha256: "<64 hex digits>"'),
    (extension(version="1", wheel={"url": "https://h/clip-1-py3-none-any.whl", "sha256": SHA256}),
     "torch_extensions[0].wheel.url", "is no wheel of flash-attn",
     'url: "https://host/<name>-<version>-<python>-<abi>-<platform>.whl"'),
    (extension(version="1", environment={"PIP_X": "1"}), "torch_extensions[0].environment.PIP_X",
     "is not for a spec to set", "remove PIP_X"),
    (extension(version="1", imports=["flash-attn"]), "torch_extensions[0].imports[0]", "no name of a module",
     "imports: [flash_attn]"),
    (spec(torch=TORCH, torch_extensions=[{"name": "torchvision", "version": "1"}]), "torch_extensions[0]",
     "put it under torch", 'torch: {torchvision: "<version>", cuda: <cuXYZ>}'),
    (spec(torch_extensions=[{"name": "fused", "version": "1"}]), "torch_extensions", "no torch to compile against",
     'torch: {version: "2.5.1", torchvision: "0.20.1", cuda: cu124}'),
    (spec(torch=TORCH, build_packages=["flash-attn==2.7.0.post2"]), "build_packages[0]", "its setup.py would choose",
     'torch_extensions: [{name: flash-attn, version: "2.7.0.post2"}]'),
    (packages("flash_attn==2.7.0", torch=TORCH), "packages[0]", "belongs in torch_extensions",
     'torch_extensions: [{name: flash-attn, version: "2.7.0"}]'),
    (spec(torch=TORCH, git_packages=[{"name": "flash-attn", "url": CLIP, "tag": "v2.6.3"}]), "git_packages[0]",
     "belongs in torch_ext", f'torch_extensions: [{{name: flash-attn, url: "{CLIP}", tag: "v2.6.3"}}]'),
    ({**extension(version="1"), "packages": ["flash-attn==1"]}, "packages[0]", "comes from torch_extensions[0]",
     'remove "flash-attn==1" here'),
]
# fmt: on


@pytest.mark.parametrize(
    ("written", "path", "problem", "fix"),
    PINS + SHAPES + TORCHES + SOURCES + OTHERS + TRICKS + EXTENSIONS,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_offence(written: Any, path: str, problem: str, fix: str) -> None:
    normal, offences = validate({"model": written})
    assert [(offence.spec, offence.path, offence.fix) for offence in offences] == [("model", path, fix)]
    assert problem in offences[0].problem
    assert normal == {}


@pytest.mark.parametrize(
    ("name", "fix"),
    [("SVD", "svd: {...}"), ("a b", "a-b: {...}"), ("../x", "x: {...}"), (".x", "x: {...}"), (2, '"2": {...}')],
)
def test_bad_names(name: Any, fix: str) -> None:
    _normal, offences = validate({name: spec()})
    assert [offence.fix for offence in offences] == [fix]
    assert "becomes a folder's name" in offences[0].problem


@pytest.mark.parametrize(
    ("arguments", "path", "fix"),
    [
        ({"selected": ["svdd"]}, "model_env_selected", "model_env_selected: [svd]"),
        ({"selected": "svd, other"}, "model_env_selected", "choose from: svd"),
        ({"selected": 3}, "model_env_selected", "model_env_selected: [svd]"),
        ({"selected": [1]}, "model_env_selected", "model_env_selected: [svd]"),
        ({"options": {"index_url": "https://m/whl"}}, "cuda_torch_index_url", TEMPLATE_LINE),
        ({"options": {"index_url": "https://u:p@m/{build}"}}, "cuda_torch_index_url",
         'cuda_torch_index_url: "https://m/{build}"'),
        ({"options": {"index_urls": "x"}}, "cuda_torch_index_urls", BUILD_LINE),
        ({"options": {"index_urls": {"12.4": "https://m"}}}, "cuda_torch_index_urls.12.4", BUILD_LINE),
        ({"options": {"index_urls": {"cu124": 1}}}, "cuda_torch_index_urls.cu124", BUILD_LINE),
        ({"options": {"index_urls": {"cu124": "m/whl"}}}, "cuda_torch_index_urls.cu124", 'cu124: "https://m/whl"'),
        ({"specs": []}, "model_env_specs", 'model_env_specs: {svd: {python: "3.11", packages: [...]}}'),
    ],
)  # fmt: skip
def test_variables_around(arguments: dict[str, Any], path: str, fix: str) -> None:
    _normal, offences = validate(**{"specs": {"svd": spec()}, **arguments})
    assert [(offence.spec, offence.path, offence.fix) for offence in offences] == [("", path, fix)]


@pytest.mark.parametrize("options", [{"index_url": "default"}, {"index_urls": {"cu118": "default"}}])
def test_the_node_s_own_index_may_carry_the_builds(options: dict[str, Any]) -> None:
    normal, offences = validate(specs={"svd": torch(cuda="cu118")}, options=options)
    assert not offences
    block = normal["svd"].torch
    assert block is not None
    assert (block.requirements, block.index_url) == (("torch==2.5.1",), "")


def test_everything_at_once() -> None:
    written = {
        "a": packages(1, "b", "c>1", git_packages=[{"name": "x", "url": "y"}], torch={"cuda": "z"}, nope=1, python=3.1),
        "B": spec(imports=["1"]),
    }
    _normal, offences = validate(written, ["c"])
    assert [(offence.spec, offence.path) for offence in offences] == [
        ("", "model_env_selected"),
        ("a", "python"),
        ("a", "packages[0]"),
        ("a", "nope"),
        ("a", "torch.version"),
        ("a", "torch.cuda"),
        ("a", "packages[1]"),
        ("a", "packages[2]"),
        ("a", "git_packages[0].url"),
        ("a", "git_packages[0]"),
        ("B", ""),
        ("B", "imports[0]"),
    ]


@pytest.mark.parametrize("secret", ["hunter2", "ghp_token"])
def test_no_offence_shows_a_secret(secret: str) -> None:
    url = f"https://me:{secret}@host/x.git"
    query = f"https://host/simple?access_token={secret}"
    written = {
        "a": packages(
            f"x @ {url}", f"git+{url}", f"{url}", f"-i {url}", f"x @ {query}", f"git+https://{secret}@host/x",
            index_url=query,
            find_links=[url],
            environment={"A": url, "TOKEN": secret},
            api_keys=[f"KEY={secret}"],
            git_packages=[{"name": "x", "url": url, "branch": "main"}, {"name": "y", "url": f"git+{url}@main"}],
        )
    }  # fmt: skip
    _normal, offences = validate(written)
    assert len(offences) > 10
    assert secret not in repr(offences)


FULL = {
    "python": "3.11",
    "torch": {**TORCH, "torchvision": "0.20.1", "index_url": "https://m/whl"},
    "packages": ["a==1"],
    "build_packages": ["b==1"],
    "torch_extensions": [
        {"name": "x", "version": "1", "build": "auto", "archs": ["90"], "environment": {"A": "1"}, "imports": ["x"],
         "wheel": {"url": "https://h/x-1-cp311-cp311-linux_x86_64.whl", "sha256": SHA256}, "released_url": "none"},
        {"name": "y", "url": CLIP, "tag": "v1"},
    ],
    "git_packages": [{"name": "clip", "url": CLIP, "commit": COMMIT, "subdirectory": "s", "extras": ["gpu"]}],
    "checkouts": [{"url": CLIP, "tag": "v1", "path": "model"}],
    "constraints": ["c<2"],
    "pins": "exact",
    "index_url": "https://m/simple",
    "extra_index_urls": ["https://m/extra"],
    "find_links": ["/srv/wheels"],
    "hashes": {"a": [f"sha256:{SHA256}"]},
    "system_packages": ["ffmpeg", {"debian": "libgl1"}],
    "environment": {"B": "1"},
    "api_keys": ["LUMA_API_KEY"],
    "imports": ["a"],
    "weights": [
        {"repo_id": "o/n", "repo_type": "model", "revision": COMMIT, "local_dir": "d", "allow_patterns": ["*.json"],
         "ignore_patterns": ["*.bin"]},
        {"repo_id": "o/m", "revision": COMMIT, "filenames": ["f"]},
    ],
}  # fmt: skip


def texts(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every text in a spec."""
    if isinstance(value, str):
        yield place
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from texts(inner, (*place, key))


def test_the_full_spec_is_in_order() -> None:
    assert validate({"model": FULL})[1] == []


@pytest.mark.parametrize("trick", ["\n--extra-index-url https://evil/", "\x1b[2J", "\r", "\u202e"])
@pytest.mark.parametrize("place", list(texts(FULL)), ids=str)
def test_no_text_of_a_spec_may_have_control_characters(place: tuple[Any, ...], trick: str) -> None:
    tricked = copy.deepcopy(FULL)
    block: Any = tricked
    for key in place[:-1]:
        block = block[key]
    block[place[-1]] += trick
    normal, offences = validate({"model": tricked})
    assert normal == {}
    assert any("control characters" in one.problem or "more than one line" in one.problem for one in offences)
    assert not any(has_control(text) for one in offences for text in one.as_dict().values())
