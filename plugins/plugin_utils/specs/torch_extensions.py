# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``torch_extensions`` of a spec: what compiles against torch, and where its wheel may come from."""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence
from urllib.parse import urlsplit

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.version import (
    InvalidVersion,
    Version,
)
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, NamedWheel
from ansible_collections.portable.model_env.plugins.module_utils.wheels.known import (
    KNOWN_EXTENSIONS,
    by_number,
    known_extension,
)
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import addresses, fields, shape
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offences, did_you_mean, yaml_value

BUILDS = ("auto", "never", "always")
NO_RELEASES = "none"
_ARCH = re.compile(r"\d{2,3}")
_GIT_KEYS = ("url", "commit", "tag")


def read_torch_extensions(report: Offences, items: Sequence[tuple[str, Any]]) -> list[Extension]:
    """The ``torch_extensions``; entries that are not in order are reported and left out."""
    result = []
    for path, item in items:
        before = len(report.offences)
        block = shape.read_block(report, path, item, shape.TORCH_EXTENSION, shape.SPEC["torch_extensions"].example)
        if block is None:
            continue
        _check_origin(report, path, item, block)
        _check_version(report, path, block)
        _check_sources(report, path, block)
        block["archs"] = _archs(report, block["archs"])
        block["environment"] = fields.check_environment(report, block["environment"], f"{path}.environment")
        block["imports"] = tuple(fields.check_imports(report, block["imports"])) or _modules(block["name"])
        if len(report.offences) == before:
            result.append(Extension(**{**block, "name": canonicalize_name(block["name"])}))
    return result


def report_elsewhere(report: Offences, path: str, name: str, version: str = "", source: str = "") -> bool:
    """Whether a distribution is known to compile against torch for an hour, and was put where setup.py would choose.

    :param source: ``url`` and ``commit`` or ``tag`` of a git package, as YAML.
    """
    if canonicalize_name(name) not in KNOWN_EXTENSIONS:
        return False
    what = source or f'version: "{version or "<version>"}"'
    problem = f"{name} belongs in torch_extensions; here its setup.py would choose a wheel, or compile for hours"
    report.add(path, problem, f"torch_extensions: [{{name: {canonicalize_name(name)}, {what}}}]")
    return True


def _check_origin(report: Offences, path: str, item: Any, block: dict[str, Any]) -> None:
    """A version from an index, or git at a commit or a tag."""
    if any(item.get(key) for key in _GIT_KEYS):
        source = {key: item[key] for key in _GIT_KEYS if key in item}
        found = addresses.read_source(report, path, source, shape.GIT_SOURCE, "{url: ..., commit: ...}")
        block.update(found or {})
        tag = re.fullmatch(r"v?(\d+(?:\.\w+)+)", block["tag"])
        # What the tag says; a commit says nothing, and then no released wheel can be named.
        block["version"] = block["version"] or (tag[1] if tag else "")
    elif not block["version"] and item.get("version") in (None, ""):
        report.add(path, "neither a version nor a git source is given", 'version: "2.8.3"')


def _check_version(report: Offences, path: str, block: Mapping[str, Any]) -> None:
    text = block["version"]
    if not text:
        return
    try:
        plain = str(Version(text)) == text and "+" not in text
    except InvalidVersion:
        plain = False
    if not plain:
        found = re.search(r"\d+(?:\.\w+)*", text)
        fix = f'version: "{found[0] if found else "..."}"'
        report.add(f"{path}.version", f"{yaml_value(text)} is not one version", fix)


def _check_sources(report: Offences, path: str, block: dict[str, Any]) -> None:
    """Whether each place that a wheel may come from can be used, and whether there is one at all."""
    if block["build"] not in BUILDS:
        problem = f"{yaml_value(block['build'])} is no policy; there are {', '.join(BUILDS)}"
        report.add(f"{path}.build", problem, f"build: {did_you_mean(block['build'], BUILDS) or BUILDS[0]}")
    if block["wheel"] is not None:
        block["wheel"] = _wheel(report, f"{path}.wheel", block)
    template = block["released_url"]
    if not template:
        block["released_url"] = known_extension(block["name"]).url
    elif template == NO_RELEASES:
        block["released_url"] = ""
    elif "{name}" not in template:
        fix = f'released_url: "{template.rpartition("/")[0] or "https://host"}/{{name}}"   (or none)'
        report.add(f"{path}.released_url", f"{yaml_value(template)} has no {{name}} for the computed file name", fix)
    else:
        addresses.check_url(report, f"{path}.released_url", "released_url", template, ("https", "http"))


def _wheel(report: Offences, path: str, block: Mapping[str, Any]) -> NamedWheel | None:
    """A wheel that the spec names."""
    wheel = shape.read_block(report, path, block["wheel"], shape.WHEEL, shape.TORCH_EXTENSION["wheel"].example)
    if wheel is None:
        return None
    if wheel["url"] and addresses.check_url(report, f"{path}.url", "url", wheel["url"], ("https", "http")):
        file = urlsplit(wheel["url"]).path.rpartition("/")[2].replace("%2B", "+")
        name, _dash, _rest = file.partition("-")
        if not file.endswith(".whl") or canonicalize_name(name or "x") != canonicalize_name(
            block["name"] or name or "x"
        ):
            problem = f"{yaml_value(file)} is no wheel of {block['name']}"
            report.add(f"{path}.url", problem, 'url: "https://host/<name>-<version>-<python>-<abi>-<platform>.whl"')
    if wheel["sha256"] and not re.fullmatch(r"[0-9a-fA-F]{64}", wheel["sha256"]):
        problem = f"{yaml_value(wheel['sha256'])} is not a sha256 of 64 hex digits"
        report.add(f"{path}.sha256", problem, 'sha256: "<64 hex digits>"')
    return NamedWheel(wheel["url"], wheel["sha256"].lower())


def _archs(report: Offences, items: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    for path, arch in items:
        if not _ARCH.fullmatch(arch):
            digits = re.sub(r"\D", "", arch) or "90"
            problem = f"{yaml_value(arch)} is no architecture: a compute capability without its dot"
            report.add(path, problem, f'archs: ["{digits}"]')
    return by_number(arch for _path, arch in items)


def _modules(name: str) -> tuple[str, ...]:
    """What is imported as proof where the spec does not say."""
    return known_extension(name or "x").modules or (name.replace("-", "_"),)
