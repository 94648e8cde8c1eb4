# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The torch block of a spec: versions, build, matched trio, index."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.version import (
    InvalidVersion,
    Version,
)
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.specs import torch_builds
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Torch
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import shape
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.addresses import check_url
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offences, did_you_mean, yaml_value


def read_torch(report: Offences, raw: Any, python: str, urls: Mapping[str, str]) -> Torch | None:
    """The torch block; None: there is none, or it was reported.

    :param python: the spec's Python version, "" if that is not in order.
    :param urls: index by build.
    """
    if raw is None:
        return None
    before = len(report.offences)
    block = shape.read_block(report, "torch", raw, shape.TORCH, shape.SPEC["torch"].example)
    if block is None:
        return None
    for key in ("version", "torchvision", "torchaudio"):
        _check_version(report, key, block[key], block["cuda"])
    _check_build(report, block, urls)
    if block["index_url"] and block["index_url"] != torch_builds.DEFAULT_INDEX:
        check_url(report, "torch.index_url", "index_url", block["index_url"])
    if len(report.offences) == before:
        _check_trio(report, block)
        _check_release(report, block, python, urls)
    if len(report.offences) > before:
        return None
    torch = Torch(**block, cuda_version=torch_builds.cuda_version(block["cuda"]))
    try:
        requirements, index_url = torch_builds.requirements_for(torch, urls)
    except ModelEnvError as error:
        report.add("torch.cuda", error.what, error.todo)
        return None
    return replace(torch, requirements=requirements, index_url=index_url)


def _check_version(report: Offences, key: str, text: str, build: str) -> None:
    if not text:
        return
    path = f"torch.{key}"
    version, _plus, local = text.removeprefix("==").partition("+")
    if local:
        fix = f"{key}: {yaml_value(version)}" + ("" if build == local else f", and cuda: {local}")
        report.add(path, f"the build in {yaml_value(text)} belongs under cuda", fix)
        return
    try:
        parsed = Version(version)
    except InvalidVersion:
        report.add(path, f"{yaml_value(text)} is not one version", f'{key}: "<version>"')
        return
    if len(parsed.release) < 3 or text != version:
        whole = ".".join(str(part) for part in (*parsed.release, 0, 0)[:3])
        report.add(path, f"{yaml_value(text)} is not a whole version", f'{key}: "{whole}"')


def _check_build(report: Offences, block: Mapping[str, Any], urls: Mapping[str, str]) -> None:
    """Whether the build's name has the form of one, and an index is known for it."""
    build = block["cuda"]
    if not build or (torch_builds.is_build(build) and build in urls) or build in urls:
        return
    path = "torch.cuda"
    if not torch_builds.is_build(build):
        digits = re.sub(r"\D", "", build)
        guess = f"cu{digits}" if len(digits) >= 3 else did_you_mean(build, urls) or "cu124"
        problem = f"{yaml_value(build)} is no build; a build is cpu, or cu with the CUDA version"
        report.add(path, problem, f"cuda: {guess}")
    elif not block["index_url"]:
        problem = f"no index is known for the build {build} (known: {', '.join(urls)})"
        report.add(path, problem, f'cuda_torch_index_urls: {{{build}: "<URL>"}}')


def _check_trio(report: Offences, block: Mapping[str, Any]) -> None:
    """Whether torchvision and torchaudio are those that were built with this torch."""
    known = torch_builds.matched(block["version"])
    for name in ("torchvision", "torchaudio"):
        version = block[name]
        if not version or version in known.get(name, ()):
            continue
        owner = torch_builds.torch_of(name, version)
        if known.get(name):
            problem = f"{name} {version} does not match torch {block['version']}"
            problem += f" (it belongs to torch {owner})" if owner else ""
            report.add(f"torch.{name}", problem, f'{name}: "{known[name][0]}"')
        elif owner:
            problem = f"{name} {version} belongs to torch {owner}, not to {block['version']}"
            report.add(f"torch.{name}", problem, f'remove it, or version: "{owner}"')


def _check_release(report: Offences, block: Mapping[str, Any], python: str, urls: Mapping[str, str]) -> None:
    """Whether this torch was published for this build and this Python; an index of one's own may have more."""
    release = torch_builds.release_of(block["version"])
    build, version = block["cuda"], block["version"]
    own_index = block["index_url"] or urls.get(build) != torch_builds.index_urls().get(build)
    if release is None or own_index:
        return
    if release.builds and build not in (*release.builds, "cpu"):
        problem = f"torch {version} was published for {', '.join(release.builds)} and cpu, not for {build}"
        report.add("torch.cuda", problem, f"cuda: {release.default}")
    minor = re.fullmatch(r"3\.(\d+)(?:\.\d+)?", python)
    if release.python and minor and not release.python[0] <= int(minor[1]) <= release.python[1]:
        first, last = release.python
        problem = f"torch {version} has wheels for Python 3.{first} to 3.{last}, not for {python}"
        report.add("python", problem, f'python: "3.{last if int(minor[1]) > last else first}"')
