# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pins policy: what a requirement, a build requirement and a constraint may look like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.requirements import (
    InvalidRequirement,
    Requirement,
)
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.specifiers import (
    Specifier,
    SpecifierSet,
)
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.version import (
    InvalidVersion,
    Version,
)
from ansible_collections.portable.model_env.plugins.module_utils.specs import torch_builds
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.hashes import HASH_DIGITS
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.no_requirement import (
    item_line,
    report_no_requirement,
    report_unreadable,
)
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import (
    URL_NOT_CLEAN,
    Offences,
    has_secret,
    without_secrets,
    yaml_value,
)

TRIO = torch_builds.TRIO
EXACT, BOUNDED = "exact", "bounded"
_LOWER, _UPPER = (">=", ">", "~="), ("<=", "<", "~=")


@dataclass(frozen=True)
class Pin:
    """A requirement that passed.

    :ivar path: where it was written.
    :ivar name: canonical name of the distribution.
    :ivar key: what tells it from another mention of the same distribution: its extras and marker.
    :ivar text: the requirement in one spelling.
    :ivar version: the exact version, "" for a range or a URL.
    """

    path: str
    name: str
    key: tuple[str, ...]
    text: str
    version: str = ""


def read_requirements(report: Offences, key: str, items: Sequence[tuple[str, str]], policy: str) -> list[Pin]:
    """The requirements of ``packages`` or ``build_packages`` that are in order; the others are reported.

    :param items: path and text of each.
    :param policy: ``exact`` or ``bounded``.
    """
    pins: list[Pin] = []
    for path, text in items:
        requirement = _parse(report, path, key, text)
        if requirement is None:
            continue
        name = canonicalize_name(requirement.name)
        if name in TRIO:
            version, _plus, build = (_version_of(requirement.specifier) or "<version>").partition("+")
            line = f"{'version' if name == 'torch' else name}: {yaml_value(version)}, cuda: {build or '<cuXYZ>'}"
            report.add(path, f"{name} does not belong in {key}; put it under torch:", f"torch: {{{line}}}")
            continue
        if _pinned(report, path, key, requirement, policy):
            pins.append(
                Pin(path, name, (str(sorted(requirement.extras)), str(requirement.marker or "")), _text(requirement),
                    _version_of(requirement.specifier))
            )  # fmt: skip
    return pins


def read_constraints(report: Offences, items: Sequence[tuple[str, str]], pins: Sequence[Pin]) -> list[str]:
    """The constraints in one spelling; what they must not be, and what they forbid that is pinned, is reported."""
    result: list[str] = []
    for path, text in items:
        requirement = _parse(report, path, "constraints", text)
        if requirement is None:
            continue
        plain = f"{requirement.name}{requirement.specifier}"
        if requirement.url or requirement.extras or not requirement.specifier:
            example = plain if requirement.specifier else f"{requirement.name}<2"
            report.add(
                path, f"a constraint names versions only, not {yaml_value(text)}", item_line("constraints", example)
            )
            continue
        result.append(_text(requirement))
        for pin in pins:
            if pin.name != canonicalize_name(requirement.name) or not pin.version or requirement.marker:
                continue
            if not requirement.specifier.contains(pin.version, prereleases=True):
                report.add(
                    path,
                    f"{yaml_value(text)} forbids {yaml_value(pin.text)} of {pin.path}",
                    f"remove it, or write: {item_line('constraints', f'{requirement.name}=={pin.version}')}",
                )
    return list(dict.fromkeys(result))


def check_duplicates(report: Offences, pins: Sequence[Pin], others: Mapping[str, str]) -> None:
    """One distribution, one pin.

    :param others: path by canonical name of what is installed in another way (git packages).
    """
    seen: dict[tuple[str, str], Pin] = {}
    for pin in pins:
        remove = f"remove {yaml_value(pin.text)} here"
        if pin.name in others:
            report.add(pin.path, f"{pin.name} comes from {others[pin.name]}, too", remove)
            continue
        first = seen.setdefault((pin.name, pin.key[1]), pin)
        if first is pin:
            continue
        if (first.version or first.text) != (pin.version or pin.text):
            report.add(
                pin.path,
                f"{pin.name} is pinned twice: {yaml_value(pin.text)} here, {yaml_value(first.text)} in {first.path}",
                f"remove one of them, e.g. keep {item_line(first.path.partition('[')[0], first.text)}",
            )
        elif first.path.partition("[")[0] != pin.path.partition("[")[0]:
            report.add(pin.path, f"{pin.name} is listed in {first.path}, too", remove)


def check_builds(report: Offences, pins: Sequence[Pin], build: str) -> None:
    """A package whose version names a CUDA build must name the build of torch."""
    for pin in pins:
        local = pin.version.partition("+")[2]
        if re.fullmatch(r"cpu|cu\d{3,}", local) and local != build:
            text = pin.text.replace("+" + local, "+" + build)
            report.add(pin.path, f"{yaml_value(pin.text)} is built for {local}, torch.cuda is {build}",
                       item_line(pin.path.partition("[")[0], text))  # fmt: skip


def _parse(report: Offences, path: str, key: str, text: str) -> Requirement | None:
    """The parsed requirement; None: reported."""
    text = text.strip()
    if report_no_requirement(report, path, text):
        return None
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        report_unreadable(report, path, key, text)
        return None
    if requirement.url and has_secret(requirement.url):
        report.add(path, URL_NOT_CLEAN, item_line(key, without_secrets(_text(requirement))))
        return None
    return requirement


def _pinned(report: Offences, path: str, key: str, requirement: Requirement, policy: str) -> bool:
    """Whether a requirement says exactly what is installed, or under ``bounded`` within which bounds."""
    if requirement.url:
        return _url_pinned(report, path, key, requirement)
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    head, marker = f"{requirement.name}{extras}", f"; {requirement.marker}" if requirement.marker else ""
    specifiers = list(requirement.specifier)
    if not specifiers:
        report.add(
            path, f"{yaml_value(_text(requirement))} is not pinned", item_line(key, f"{head}==<version>{marker}")
        )
        return False
    version = _version_of(requirement.specifier)
    if version:
        if not requirement.specifier.contains(version, prereleases=True):
            fix = item_line(key, f"{head}=={version}{marker}")
            report.add(path, f"{yaml_value(_text(requirement))} contradicts itself", fix)
            return False
        return True
    lowers, uppers = _bounds(specifiers, _LOWER), _bounds(specifiers, _UPPER)
    if policy == BOUNDED and lowers and uppers:
        return _not_empty(report, path, requirement, lowers, uppers)
    if lowers and uppers:
        wildcard = any(s.version.endswith(".*") for s in specifiers)
        problem = f"{yaml_value(_text(requirement))} is {'a wildcard' if wildcard else 'a range'}, not one version"
        fix = item_line(key, f"{head}==<version>{marker}")
        report.add(path, problem, f"{fix}   (or, for the whole spec, pins: bounded)")
        return False
    missing = "upper" if lowers else "lower" if uppers else "lower and upper"
    problem = f"{yaml_value(_text(requirement))} has no {missing} bound"
    if policy == BOUNDED:
        report.add(path, problem, item_line(key, f"{head}{_both_bounds(lowers, uppers)}{marker}"))
    else:
        version = lowers[0] if lowers and specifiers[0].operator != ">" else "<version>"
        report.add(path, problem, item_line(key, f"{head}=={version}{marker}"))
    return False


def _not_empty(
    report: Offences, path: str, requirement: Requirement, lowers: Sequence[str], uppers: Sequence[str]
) -> bool:
    """Whether any version can lie in a range; only the bounds that are given as such are compared."""
    strict = any(s.operator in ("<", ">") for s in requirement.specifier)
    for lower in lowers:
        for upper in uppers:
            if (lower == upper and not strict) or "*" in lower + upper or Version(lower) < Version(upper):
                continue
            problem = f"no version is in {yaml_value(_text(requirement))}"
            report.add(path, problem, f"swap or correct its bounds {lower} and {upper}")
            return False
    return True


def _bounds(specifiers: Sequence[Specifier], operators: Sequence[str]) -> list[str]:
    """The versions that bound from one side; a wildcard (the only ``==`` that comes here) bounds from both."""
    return [specifier.version for specifier in specifiers if specifier.operator in (*operators, "==")]


def _both_bounds(lowers: Sequence[str], uppers: Sequence[str]) -> str:
    """A range that is closed on both sides, as near as possible to the one given."""
    if lowers:
        try:
            release = Version(lowers[0]).release
        except InvalidVersion:
            return f">={lowers[0]},<<version>"
        # The next minor version where versions begin with 0, else the next major one.
        upper = f"0.{release[1] + 1}" if release[0] == 0 and len(release) > 1 else f"{release[0] + 1}"
        return f">={lowers[0]},<{upper}"
    return f">=<version>,<{uppers[0]}" if uppers else ">=<version>,<<version>"


def _url_pinned(report: Offences, path: str, key: str, requirement: Requirement) -> bool:
    url = urlsplit(requirement.url or "")
    fields = parse_qs(url.fragment)
    for algorithm, digits in HASH_DIGITS.items():
        if re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", fields.get(algorithm, [""])[0]):
            return True
    bare = url._replace(fragment="").geturl()
    found = [name for name in fields if name not in ("egg", "subdirectory")]
    problem = f"the hash {found[0]} of this URL is none of {', '.join(HASH_DIGITS)}, or not whole" if found else (
        "a direct URL needs the hash of what it must deliver"
    )  # fmt: skip
    report.add(path, problem, item_line(key, f"{requirement.name} @ {bare}#sha256=<64 hex digits>"))
    return False


def _version_of(specifiers: SpecifierSet) -> str:
    """The one version that ``==`` or ``===`` names; "" if there is none."""
    for specifier in specifiers:
        if specifier.operator == "===" or (specifier.operator == "==" and not specifier.version.endswith(".*")):
            return str(specifier.version)
    return ""


def _text(requirement: Requirement) -> str:
    """A requirement in one spelling, on which the digest of a spec rests: no release of a library may change it."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    head = requirement.name + extras
    if requirement.url:
        return f"{head} @ {requirement.url}" + (f" ; {requirement.marker}" if requirement.marker else "")
    specifiers = ",".join(sorted(str(specifier) for specifier in requirement.specifier))
    return head + specifiers + (f"; {requirement.marker}" if requirement.marker else "")


def requirement_name(text: str) -> str:
    """The canonical name of the distribution of a requirement that was read before."""
    return canonicalize_name(Requirement(text).name)
