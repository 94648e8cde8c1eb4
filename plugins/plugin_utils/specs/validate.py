# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of all specs at once, and their normal form."""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.specs import torch_builds
from ansible_collections.portable.model_env.plugins.module_utils.specs.keys import written_keys
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, GitPackage, Spec, Torch
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import addresses, fields, hashes, pins, shape
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import (
    Offence,
    Offences,
    did_you_mean,
    yaml_value,
)
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.torch_block import read_torch
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.torch_extensions import (
    read_torch_extensions,
    report_elsewhere,
)
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.weights import read_weights

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
SPECS, SELECTED = "model_env_specs", "model_env_selected"
INDEX_URL, INDEX_URLS = "cuda_torch_index_url", "cuda_torch_index_urls"


def validate(
    specs: Any, selected: Any = None, options: Mapping[str, Any] | None = None
) -> tuple[dict[str, Spec], list[Offence]]:
    """Check every spec, selected or not, and answer with everything that is wrong.

    :param specs: what users write: spec by name.
    :param selected: names, as a list or separated by commas; None or empty: all.
    :param options: ``index_url`` (template with ``{build}``, "" for PyTorch's own) and ``index_urls`` (URL by build).
    :returns: the selected specs that are in order, and all offences.
    """
    around = Offences("")
    options = options or {}
    urls = _index_urls(around, options.get("index_url") or "", options.get("index_urls") or {})
    offences: list[Offence] = []
    normal: dict[str, Spec] = {}
    if specs is None:
        specs = {}
    if not isinstance(specs, Mapping):
        around.add(SPECS, "it is no block of specs by name", f'{SPECS}: {{svd: {{python: "3.11", packages: [...]}}}}')
        specs = {}
    for name, raw in specs.items():
        found, wrong = validate_one(name, raw, urls)
        offences.extend(wrong)
        if found is not None:
            normal[str(name)] = found
    names = _selected(around, selected, [str(name) for name in specs])
    return {name: normal[name] for name in names if name in normal}, around.offences + offences


def validate_one(name: Any, raw: Any, urls: Mapping[str, str]) -> tuple[Spec | None, list[Offence]]:
    """Check one spec.

    :param urls: index by build.
    :returns: the spec (None if anything is wrong) and the offences.
    """
    report = Offences(str(name))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        guess = re.sub(r"[^a-z0-9._-]+", "-", str(name).lower()).strip("-._") or "model"
        rule = "it becomes a folder's name: small letters, digits, dot, hyphen, underscore"
        report.add(
            "",
            f"the name {yaml_value(str(name))} will not do; {rule}",
            f"{yaml_value(guess) if not guess[0].isalpha() else guess}: {{...}}",
        )
    block = shape.read_block(report, "", raw, shape.SPEC, '{python: "3.11", packages: ["einops==0.8.1"]}')
    if block is None:
        return None, report.offences
    normal = _normalize(report, str(name), block, urls)
    return (None if report.offences else normal), report.offences


def _normalize(report: Offences, name: str, block: Mapping[str, Any], urls: Mapping[str, str]) -> Spec:
    """Check what the keys of a spec mean, and give every one its one form."""
    policy = block["pins"]
    if policy not in (pins.EXACT, pins.BOUNDED):
        guess = did_you_mean(policy, (pins.EXACT, pins.BOUNDED)) or pins.EXACT
        report.add("pins", f"{yaml_value(policy)} is no policy; there are exact and bounded", f"pins: {guess}")
        policy = pins.BOUNDED  # so that the ranges that were meant to be allowed are not reported, too
    python = fields.check_python(report, block["python"])
    torch = read_torch(report, block["torch"], python, urls)
    packages = pins.read_requirements(report, "packages", block["packages"], policy)
    builds = pins.read_requirements(report, "build_packages", block["build_packages"], policy)
    git = addresses.read_git_packages(report, block["git_packages"])
    extensions = read_torch_extensions(report, block["torch_extensions"])
    if block["torch_extensions"] and block["torch"] is None:
        fix = f"torch: {shape.SPEC['torch'].example}"
        report.add("torch_extensions", "there is no torch to compile against", fix)
    others = _other_names(report, git, extensions)
    pins.check_duplicates(report, _not_elsewhere(report, packages + builds, others), others)
    if torch:
        pins.check_builds(report, packages + builds, torch.cuda)
    trio = _trio(torch)
    constraints = pins.read_constraints(report, block["constraints"], [*packages, *builds, *trio])
    listed = [pin.name for pin in (*packages, *builds, *trio)] + [pins.requirement_name(text) for text in constraints]
    editable = {entry.name: f"git_packages ({entry.name})" for entry in git if entry.editable}
    if block["index_url"]:
        addresses.check_url(report, "index_url", "index_url", block["index_url"])
    for path, url in block["extra_index_urls"]:
        addresses.check_url(report, path, "extra_index_urls", url)
    for path, value in block["find_links"]:
        addresses.check_find_links(report, path, value)
    checked = {
        "name": name,
        "python": python,
        "torch": torch,
        "packages": tuple(dict.fromkeys(pin.text for pin in packages)),
        "build_packages": tuple(dict.fromkeys(pin.text for pin in builds)),
        "torch_extensions": tuple(extensions),
        "git_packages": tuple(git),
        "checkouts": tuple(addresses.read_checkouts(report, block["checkouts"], editable)),
        "constraints": tuple(constraints),
        "extra_index_urls": tuple(dict.fromkeys(url for _path, url in block["extra_index_urls"])),
        "find_links": tuple(dict.fromkeys(value for _path, value in block["find_links"])),
        "hashes": hashes.check_hashes(report, block["hashes"], listed),
        "environment": fields.check_environment(report, block["environment"]),
        "system_packages": tuple(fields.check_system_packages(report, block["system_packages"])),
        "api_keys": tuple(fields.check_api_keys(report, block["api_keys"])),
        "imports": tuple(fields.check_imports(report, block["imports"])),
        "weights": tuple(read_weights(report, block["weights"])),
    }
    return Spec(**{**shape.plain(block, written_keys(Spec)), **checked})


def _other_names(report: Offences, git: Sequence[GitPackage], extensions: Sequence[Extension]) -> dict[str, str]:
    """Path by canonical name of what is neither in packages nor in build_packages.

    Reports what is there twice, or belongs under torch or torch_extensions.
    """
    paths: dict[str, str] = {}
    listed: list[tuple[str, Extension | GitPackage]] = []
    listed += [(f"torch_extensions[{number}]", entry) for number, entry in enumerate(extensions)]
    listed += [(f"git_packages[{number}]", entry) for number, entry in enumerate(git)]
    for path, entry in listed:
        name, key = canonicalize_name(entry.name), path.partition("[")[0]
        if name in pins.TRIO:
            line = f'{"version" if name == "torch" else name}: "<version>", cuda: <cuXYZ>'
            report.add(path, f"{name} does not belong in {key}; put it under torch:", f"torch: {{{line}}}")
        elif name in paths:
            report.add(path, f"{name} is in {paths[name]}, too", f"remove {path} or {paths[name]}")
        elif key == "git_packages":
            kind, pinned = ("commit", entry.commit) if entry.commit else ("tag", entry.tag)
            report_elsewhere(report, path, name, source=f'url: "{entry.url}", {kind}: "{pinned}"')
        paths.setdefault(name, path)
    return paths


def _not_elsewhere(report: Offences, listed: Sequence[pins.Pin], others: Mapping[str, str]) -> list[pins.Pin]:
    """The pins without those that are reported for belonging in torch_extensions."""
    return [
        pin for pin in listed if pin.name in others or not report_elsewhere(report, pin.path, pin.name, pin.version)
    ]


def _trio(torch: Torch | None) -> list[pins.Pin]:
    """The torch block as pins, for what looks at all pins of a spec."""
    if torch is None:
        return []
    return [pins.Pin("torch", name, (), f"{name}=={version}", version) for name, version in torch.versions.items()]


def _selected(around: Offences, selected: Any, known: Sequence[str]) -> list[str]:
    """The names to take, in order and once each."""
    if selected is None or selected in ([], ()):
        return list(known)
    if isinstance(selected, str):
        selected = [part.strip() for part in selected.split(",")]
    if not isinstance(selected, (list, tuple)) or not all(isinstance(name, str) for name in selected):
        around.add(SELECTED, "it is no list of names", f"{SELECTED}: [{', '.join(known[:2]) or 'svd'}]")
        return []
    names = list(dict.fromkeys(name for name in selected if name)) or list(known)
    for name in names:
        if name in known:
            continue
        guess = did_you_mean(name, known) or next((k for k in known if k.startswith(name) or name.startswith(k)), "")
        if guess:
            problem = f"no spec is named {yaml_value(name)}; did you mean {guess}?"
            around.add(SELECTED, problem, f"{SELECTED}: [{guess}]")
        else:
            around.add(SELECTED, f"no spec is named {yaml_value(name)}", f"choose from: {', '.join(known) or '(none)'}")
    return names


def _index_urls(around: Offences, template: Any, overrides: Any) -> dict[str, str]:
    """The index of every build, from the two variables."""
    if template == torch_builds.DEFAULT_INDEX:
        pass
    elif not isinstance(template, str) or (template and "{build}" not in template):
        around.add(
            INDEX_URL,
            f"{yaml_value(template)} is no URL with {{build}} in it",
            f'{INDEX_URL}: "{torch_builds.INDEX_URL_TEMPLATE}"; for one build {INDEX_URLS}: {{cu124: "<URL>"}}',
        )
        template = ""
    elif template:
        addresses.check_url(around, INDEX_URL, INDEX_URL, template)
    if not isinstance(overrides, Mapping):
        around.add(INDEX_URLS, "it is no block of URLs by build", f'{INDEX_URLS}: {{cu124: "<URL>"}}')
        overrides = {}
    good = {}
    for build, url in overrides.items():
        path = f"{INDEX_URLS}.{build}"
        if not isinstance(build, str) or not torch_builds.is_build(build):
            around.add(path, f"{yaml_value(build)} is no build", f'{INDEX_URLS}: {{cu124: "<URL>"}}')
        elif not isinstance(url, str):
            around.add(path, f"{yaml_value(url)} is no URL", f'{INDEX_URLS}: {{{build}: "<URL>"}}')
        elif url == torch_builds.DEFAULT_INDEX or addresses.check_url(around, path, build, url):
            good[build] = url
    return torch_builds.index_urls(template, good)
