# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses in a spec: URLs, paths inside a tree, and the references of git sources."""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence
from urllib.parse import urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.names import Commit
from ansible_collections.portable.model_env.plugins.module_utils.specs.keys import Key
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Checkout, GitPackage
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import shape
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import (
    URL_NOT_CLEAN,
    Offences,
    has_secret,
    without_secrets,
    yaml_value,
)

INDEX_SCHEMES = ("http", "https", "file")
# Not git://, which uv refuses, and which lets anyone on the way change what arrives.
GIT_SCHEMES = ("https", "http", "ssh", "file")
# Names that everybody gives to branches; a tag of such a name would be one by mistake.
_BRANCHES = frozenset(
    ("main", "master", "head", "trunk", "default", "develop", "development", "dev", "devel", "staging", "next",
     "nightly", "latest", "stable", "release")
)  # fmt: skip
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+@-]*")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
# Keys that other tools use for "whatever is there now"; each gets an answer of its own.
_MOVING = ("branch", "version", "ref", "rev", "revision", "refspec")


def check_url(report: Offences, path: str, key: str, url: str, schemes: Sequence[str] = INDEX_SCHEMES) -> bool:
    """Whether a URL has a known scheme and holds no secret."""
    if has_secret(url):
        report.add(path, URL_NOT_CLEAN, _line(key, without_secrets(url)))
        return False
    if re.search(r"\s", url) or ("," in url and key in ("index_url", "extra_index_urls", "find_links")):
        # Environment variables and configuration files of installers part lists of addresses there.
        clean = re.split(r"[\s,]+", url.strip())[0]
        report.add(
            path, f"{yaml_value(url)} is more than one address: there is a blank or a comma in it", _line(key, clean)
        )
        return False
    parts = urlsplit(url)
    if any(part.startswith("-") for part in parts.netloc.split("@")):
        # ssh would take it for an option of its own (CVE-2017-1000117 was this in git).
        problem = f"{yaml_value(url)} has a host or a user that begins with a hyphen"
        report.add(path, problem, _line(key, "https://host/..."))
        return False
    if parts.scheme in schemes and (parts.netloc or (parts.scheme == "file" and parts.path.startswith("/"))):
        return True
    scp = re.fullmatch(r"([\w.-]+@[\w.-]+):(?!//)(\S+)", url)
    if scp and "ssh" in schemes:
        fix = f"ssh://{scp[1]}/{scp[2]}"
    elif url.startswith("git+"):
        fix = url[len("git+") :]
    elif url.startswith("/"):
        fix = f"file://{url}"
    else:
        fix = "https://" + (re.sub(r"^[a-z]*:?/*", "", url) if parts.scheme else url)
    report.add(path, f"{yaml_value(url)} is no URL of a known kind ({', '.join(schemes)})", _line(key, fix))
    return False


def check_find_links(report: Offences, path: str, value: str) -> bool:
    """Whether an entry of find_links is a URL or an absolute path on the node."""
    if value.startswith("/"):
        return check_path(report, path, "find_links", value, absolute=True)
    if ":" not in value:
        report.add(path, f"{yaml_value(value)} is a relative path", _line("find_links", f"/{value.lstrip('./')}"))
        return False
    return check_url(report, path, "find_links", value)


def check_path(report: Offences, path: str, key: str, value: str, *, absolute: bool = False) -> bool:
    """Whether a path stays inside its tree (or, if it may be absolute, names its place without ``..``)."""
    parts = [part for part in value.split("/") if part not in ("", ".")]
    inside = "/".join(part for part in parts if part != "..") or "..."
    if value.startswith("/") and not absolute:
        report.add(path, f"{yaml_value(value)} is an absolute path", _line(key, inside))
    elif ".." in parts:
        fix = "/" + inside if absolute else inside
        report.add(path, f"{yaml_value(value)} leads out of its folder", _line(key, fix))
    elif re.search(r"\s", value):
        # It becomes a line of a requirements file or an argument.
        fix = re.sub(r"\s+", "-", ("/" if value.startswith("/") else "") + inside)
        report.add(path, f"{yaml_value(value)} has a blank in it", _line(key, fix))
    elif parts and parts[0].startswith("-"):
        report.add(
            path,
            f"{yaml_value(value)} begins with a hyphen, as an option does",
            _line(key, inside.lstrip("-") or "..."),
        )
    elif not parts:
        report.add(path, f"{yaml_value(value)} names no folder below its own", f"{key}: <folder>")
    else:
        return True
    return False


def read_git_packages(report: Offences, items: Sequence[tuple[str, Any]]) -> list[GitPackage]:
    """The ``git_packages``; entries that are not in order are reported and left out."""
    result = []
    for path, item in items:
        before = len(report.offences)
        block = read_source(report, path, item, shape.GIT_PACKAGE, shape.SPEC["git_packages"].example)
        if block is None:
            continue
        if block["name"] and not _NAME.fullmatch(block["name"]):
            fix = re.sub(r"[^A-Za-z0-9._-]+", "-", block["name"]).strip("-._") or "clip"
            report.add(f"{path}.name", f"{yaml_value(block['name'])} is no name of a distribution", f"name: {fix}")
        if block["subdirectory"]:
            check_path(report, f"{path}.subdirectory", "subdirectory", block["subdirectory"])
        for place, extra in block["extras"]:
            if not _NAME.fullmatch(extra):
                report.add(place, f"{yaml_value(extra)} is no name of an extra", "extras: [gpu]")
        extras = tuple(sorted({extra for _place, extra in block["extras"]}))
        if len(report.offences) == before:
            result.append(GitPackage(**{**block, "extras": extras}))
    return result


def read_checkouts(report: Offences, items: Sequence[tuple[str, Any]], taken: Mapping[str, str]) -> list[Checkout]:
    """The ``checkouts``; entries that are not in order are reported and left out.

    :param taken: path in the spec by folder, of what lies beside them (editable git packages).
    """
    result = []
    folders = dict(taken)
    for path, item in items:
        before = len(report.offences)
        block = read_source(report, path, item, shape.CHECKOUT, shape.SPEC["checkouts"].example)
        if block is None:
            continue
        # As git does: the last part of the address.
        block["path"] = block["path"] or re.sub(r"\.git$", "", block["url"].rstrip("/")).rpartition("/")[2]
        if check_path(report, f"{path}.path", "path", block["path"]):
            block["path"] = "/".join(part for part in block["path"].split("/") if part not in ("", "."))
            for folder, owner in folders.items():
                if f"{block['path']}/".startswith(f"{folder}/") or f"{folder}/".startswith(f"{block['path']}/"):
                    problem = f"the folder {block['path']} collides with {folder} of {owner}"
                    report.add(f"{path}.path", problem, f"path: {block['path'].replace('/', '-')}-2")
            folders.setdefault(block["path"], path)
        if len(report.offences) == before:
            result.append(Checkout(**block))
    return result


def read_source(
    report: Offences, path: str, item: Any, fields: Mapping[str, Key], example: str
) -> dict[str, Any] | None:
    """One block with a url and exactly one of commit and tag; None: it is no block."""
    moving = {}
    if isinstance(item, Mapping):
        moving = {key: str(item[key]) for key in _MOVING if key in item}
        item = {key: value for key, value in item.items() if key not in moving}
    block = shape.read_block(report, path, item, fields, example)
    if block is None:
        return None
    url = block["url"]
    carried = ""
    if url and check_url(report, f"{path}.url", "url", url, GIT_SCHEMES):
        carried = _reference_in(report, path, url, block)
    for key, value in moving.items():
        report.add(f"{path}.{key}", f"`{key}` may name a branch, which moves", _pin_line(value, url))
    if block["commit"] and block["tag"]:
        report.add(path, "commit and tag are both given", f"remove tag: {block['tag']}")
    elif not block["commit"] and not block["tag"] and not moving and not carried and not _wrong_reference(item):
        report.add(path, "neither commit nor tag is given", _pin_line("", url))
    _check_commit(report, path, block)
    _check_tag(report, path, block)
    block["commit"] = block["commit"].lower()
    return block


def _wrong_reference(item: Any) -> bool:
    """Whether commit or tag is there with a wrong type, which was reported as that."""
    return any(item.get(key) is not None for key in ("commit", "tag"))


def _reference_in(report: Offences, path: str, url: str, block: Mapping[str, Any]) -> str:
    """Take apart pip's way of writing a reference into the URL; returns the reference, "" if there is none."""
    parts = urlsplit(url)
    repository, _at, reference = parts.path.partition("@")
    if not reference and not parts.fragment:
        return ""
    bare = parts._replace(path=repository, fragment="", query="").geturl()
    fix = f'url: "{bare}"'
    if reference and not block["commit"] and not block["tag"]:
        fix += f" and {_pin_line(reference, bare)}"
    report.add(f"{path}.url", "the URL holds more than the repository", fix)
    return reference


def _check_commit(report: Offences, path: str, block: Mapping[str, Any]) -> None:
    commit = block["commit"]
    if not commit or Commit.fits(commit.lower()):
        return
    if re.fullmatch(r"[0-9a-fA-F]{4,39}", commit):
        report.add(f"{path}.commit", f"{yaml_value(commit)} is an abbreviated commit", _pin_line(commit, block["url"]))
    else:
        report.add(f"{path}.commit", f"{yaml_value(commit)} is no commit", _pin_line(commit, block["url"]))


def _check_tag(report: Offences, path: str, block: Mapping[str, Any]) -> None:
    tag = block["tag"]
    if not tag:
        return
    where = f"{path}.tag"
    if Commit.fits(tag.lower()):
        report.add(where, "this is a commit, not a tag", f'commit: "{tag.lower()}"')
    elif tag.startswith("refs/tags/"):
        report.add(where, "a tag is given by its name alone", f'tag: "{tag[len("refs/tags/") :]}"')
    elif tag.lower().startswith(("refs/", "origin/")) or tag.lower() in _BRANCHES:
        report.add(where, f"{yaml_value(tag)} is a branch, which moves", _pin_line(tag, block["url"]))
    elif not _TAG.fullmatch(tag) or ".." in tag:
        report.add(where, f"{yaml_value(tag)} is no name of a tag", 'tag: "v1.2"')


def _pin_line(reference: str, url: str) -> str:
    """The line that pins what a moving reference means; says how to find the commit."""
    if Commit.fits(reference.lower()):
        return f'commit: "{reference.lower()}"'
    if re.match(r"v?\d+\.", reference):
        return f'tag: "{reference}"'
    branch = re.sub(r"^(refs/heads/|origin/)", "", reference)
    if not _TAG.fullmatch(branch) or re.fullmatch(r"[0-9a-fA-F]{4,39}", branch):
        branch = "HEAD"
    shown = without_secrets(url) or "<url>"
    return f'commit: "<40 hex digits>"   (git ls-remote {shown} {branch} shows it)'


def _line(key: str, value: str) -> str:
    shown = yaml_value([value] if key in ("extra_index_urls", "find_links") else value)
    return f"{key}: {shown}"
