# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to what is written where a requirement belongs and is none: the line that was probably meant."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.names import Commit
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import (
    Offences,
    without_secrets,
    yaml_value,
)

_VCS = re.compile(r"(?:(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*@\s*)?(?P<vcs>git|hg|svn|bzr)\+(?P<rest>\S+)")


def report_no_requirement(report: Offences, path: str, text: str) -> bool:
    """Whether a text is a repository or an option of pip, which are reported here."""
    vcs = _VCS.match(text)
    if vcs:
        _report_vcs(report, path, vcs)
    elif text.startswith("-"):
        report.add(path, f"{yaml_value(text)} is an option of pip, not a requirement", _option_line(text))
    return bool(vcs) or text.startswith("-")


def _report_vcs(report: Offences, path: str, match: re.Match[str]) -> None:
    """A requirement that is a repository: answer with the block that belongs in git_packages."""
    if match["vcs"] != "git":
        fix = "give a released version, or a URL of an archive with its hash"
        report.add(path, f"{match['vcs']} repositories are not supported, only git", fix)
        return
    parts = urlsplit(without_secrets(match["rest"]))
    fields = parse_qs(parts.fragment)
    repository, _at, reference = parts.path.partition("@")
    url = parts._replace(path=repository, query="", fragment="").geturl()
    name = match["name"] or fields.get("egg", [""])[0] or repository.rstrip("/").rpartition("/")[2].removesuffix(".git")
    kind = "commit" if Commit.fits(reference.lower()) else "tag" if re.match(r"v?\d", reference) else ""
    pin = f'{kind}: "{reference}"' if kind else 'commit: "<40 hex digits>"'
    subdirectory = fields.get("subdirectory", [""])[0]
    block = f'name: {canonicalize_name(name)}, url: "{url}", {pin}'
    block += f', subdirectory: "{subdirectory}"' if subdirectory else ""
    report.add(path, "a git repository does not belong here", f"git_packages: [{{{block}}}]")


def _option_line(text: str) -> str:
    option, _separator, value = text.replace("=", " ", 1).partition(" ")
    value = yaml_value(without_secrets(value.strip()) or "...")
    return {
        "-i": f"index_url: {value}",
        "--index-url": f"index_url: {value}",
        "--extra-index-url": f"extra_index_urls: [{value}]",
        "-f": f"find_links: [{value}]",
        "--find-links": f"find_links: [{value}]",
        "-c": "constraints: [...] with the lines of that file",
        "-r": "packages: [...] with the lines of that file, each pinned",
        "-e": 'git_packages: [{name: ..., url: "...", commit: "<40 hex digits>", editable: true}]',
        "--no-build-isolation": "build_packages: [...] for what needs it",
    }.get(option, "remove it")


def report_unreadable(report: Offences, path: str, key: str, text: str) -> None:
    """Report a text that ``packaging`` cannot read as a requirement."""
    single = re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?)\s*=\s*([^=\s]+)", text)
    if single:
        report.add(path, f"{yaml_value(text)} has one = where two belong", item_line(key, f"{single[1]}=={single[2]}"))
    elif re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        fix = item_line(key, f"<name> @ {without_secrets(text)}#sha256=<64 hex digits>")
        report.add(path, f"{yaml_value(text)} is a URL without the name of its distribution", fix)
    elif text.startswith((".", "/", "~")) or text.endswith((".whl", ".tar.gz", ".txt")):
        report.add(path, f"{yaml_value(text)} is a path, which every node would read differently",
                   item_line(key, "<name> @ file:///<absolute path>#sha256=<64 hex digits>"))  # fmt: skip
    else:
        name = re.match(r"[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*", text)
        fix = item_line(key, f"{name.group(0) if name else '<name>'}==<version>")
        report.add(path, f"{yaml_value(text)} is not a requirement", fix)


def item_line(key: str, requirement: str) -> str:
    """A list with one requirement, as a line of YAML."""
    return f"{key}: [{yaml_value(requirement)}]"
