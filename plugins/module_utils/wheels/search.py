# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Joins specs, the node and the places of wheels: what a node's torch extensions need, and where it comes from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.git import Git
from ansible_collections.portable.model_env.plugins.module_utils.host.gpu import NvidiaSmi
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.installers import site_packages
from ansible_collections.portable.model_env.plugins.module_utils.network.downloads import Downloader
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import decide
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, Spec, Torch
from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice, predict, torch_facts
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import Wheelhouse
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey
from ansible_collections.portable.model_env.plugins.module_utils.wheels.places import Places

_FACTS_FILE = "torch-facts.json"
_LOOK_SECONDS = 10.0  # a plan must not wait long for a server that is out of reach
_GIT = "git tag"


@dataclass(frozen=True)
class WheelSettings:
    """Where wheels may come from.

    :ivar house: the node's wheelhouse.
    :ivar fleet: a shared folder, or the URL of a page; "": there is none.
    :ivar archs: GPU architectures of the inventory; empty: those of the node's GPUs.
    :ivar offered: entries of the controller's cache, see :class:`Places`.
    :ivar owners: whose folders are believed.
    """

    house: str
    fleet: str = ""
    archs: Sequence[str] = ()
    offered: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    owners: Owners | None = None


class Wheels:
    """The wheels of one node.

    :param runner: starts commands.
    :param environ: the node's environment.
    """

    def __init__(self, runner: Runner, settings: WheelSettings, environ: Mapping[str, str]) -> None:
        self._runner = runner
        self._settings = settings
        self._environ = environ
        self._house = Wheelhouse(settings.house, settings.owners)
        self._gpus: list[str] | None = None

    def predicted(self, spec: Spec) -> list[dict[str, Any]]:
        """What an environment that does not exist yet will need, a request for each of its torch extensions."""
        if not spec.torch_extensions or spec.torch is None:
            return []
        known = filesystem.read_json(os.path.join(self._settings.house, _FACTS_FILE))
        said = predict.facts(spec.python, spec.torch, self._node(bool(spec.torch.cuda_version)), known)
        return self.of_spec(spec, said)

    def of_spec(self, spec: Spec, said: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What an environment needs, a request for each torch extension of its spec.

        :param said: the facts of its torch, predicted or real.
        """
        source = {
            "torch": list(spec.torch.requirements) if spec.torch else [],
            "index_url": spec.index_url,
            "extra_index_urls": spec.further_indexes,
            "find_links": list(spec.find_links),
        }
        return self._requests(spec.name, spec.torch_extensions, said, source)

    def of_environment(self, python: str, name: str, extensions: Sequence[Extension]) -> list[dict[str, Any]]:
        """What an environment that exists needs; it is asked itself.

        :param python: its interpreter.
        :raises ModelEnvError: it has no torch that imports.
        """
        said = torch_facts.read(self._runner, python, self._environ)
        installed = site_packages.read(os.path.dirname(os.path.dirname(python)))
        source = {"torch": _torch_pins(installed), "index_url": "", "extra_index_urls": [], "find_links": []}
        return self._requests(name, extensions, said, source)

    def _requests(
        self, name: str, extensions: Sequence[Extension], said: Mapping[str, Any], source: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """One request for each torch extension of an environment of which ``said`` are the facts.

        :param source: what a build installs first: ``torch`` (requirements), ``index_url``, ``extra_index_urls`` and
            ``find_links``.
        :returns: ``environment``, ``entry`` (the extension), ``key`` (None: a tag could not be resolved), ``trouble``,
            and the source.
        """
        found = []
        for extension in extensions:
            key, trouble = None, ""
            try:
                if extension.tag and not extension.commit:
                    git = Git(self._runner, decide(self._environ).environment(self._environ, [extension.url]))
                    extension = replace(extension, commit=git.commit_of_tag(extension.url, extension.tag))  # noqa: PLW2901
                key = predict.key(extension, said, tuple(self._settings.archs)).as_dict()
            except ModelEnvError as error:
                trouble = error.message
            entry = extension.to_dict()
            request = {"environment": name, "entry": entry, "key": key, "trouble": trouble}
            found.append({**request, **source})
        return found

    def search(self, requests: Sequence[Mapping[str, Any]], take: bool) -> list[dict[str, Any]]:
        """Look for every wheel, and bring those that exist into the node's wheelhouse.

        Never raises for a wheel that cannot be had: its ``outcome`` and ``looks`` say so.

        :param take: False: only look.
        :returns: the requests with ``name``, ``slug``, ``wheel``, ``looks``, ``outcome``, ``path``, ``sha256``,
            ``origin``, ``from`` (URL, path, or host that built it) and ``requirement`` (the file for an installer).
        """
        if take:
            filesystem.share_what_root_makes()
        web = Downloader(self._environ) if take else Downloader(self._environ, _LOOK_SECONDS, 1)
        places = Places(self._house, self._settings.fleet, self._settings.offered, web, self._settings.owners)
        return [self._one(places, request, take) for request in requests]

    def remember(self, torch: Torch, said: Mapping[str, Any]) -> None:
        """Keep what an environment said of its torch build, for later predictions."""
        path = os.path.join(self._settings.house, _FACTS_FILE)
        known = filesystem.read_json(path) or {}
        build = predict.build_name(torch, said["platform"].partition("_")[2])
        now = {"cxx11abi": said["cxx11abi"]}
        if known.get(build) != now:
            with filesystem.explained("the wheelhouse cannot be written", path):
                os.makedirs(self._settings.house, exist_ok=True)
                filesystem.write_json(path, {**known, build: now})

    @staticmethod
    def _one(places: Places, request: Mapping[str, Any], take: bool) -> dict[str, Any]:
        name = request["entry"]["name"]
        result = {**request, "name": name, "path": "", "sha256": "", "origin": "", "from": "", "requirement": ""}
        if request["key"] is None:
            looks = [choice.Look(_GIT, choice.FAILED, request["trouble"], request["entry"]["tag"]).as_dict()]
            return {**result, "slug": "", "wheel": "", "looks": looks, "outcome": choice.NONE}
        key = WheelKey.from_dict(request["key"])
        found = places.find(Extension.from_dict(request["entry"]), key, take)
        hit = next((look.wheel for look in found.looks if look.result == choice.HIT), "")
        result.update(slug=key.slug(), wheel=os.path.basename(hit) or predict.wheel_name(key))
        result.update(looks=[look.as_dict() for look in found.looks], outcome=found.outcome)
        if found.entry is not None:
            result.update(path=found.entry.path, sha256=found.entry.sha256, origin=found.entry.origin)
            result["wheel"] = os.path.basename(found.entry.path)
            result["from"] = found.entry.facts.get("from") or found.entry.facts.get("host", "")
            result["requirement"] = f"{name} @ file://{quote(found.entry.path)}#sha256={found.entry.sha256}"
        return result

    def _node(self, cuda: bool) -> dict[str, Any]:
        if cuda and self._gpus is None:
            self._gpus = NvidiaSmi(self._runner).capabilities()
        return {"machine": os.uname().machine, "libc": _libc(), "gpus": self._gpus or []}


def _torch_pins(installed: Mapping[str, site_packages.Distribution]) -> list[str]:
    """The torch of an environment as a requirement."""
    return [f"torch=={installed['torch'].version}"] if "torch" in installed else []


def _libc() -> str:
    """``glibc2.36``; "" where the C library is another one. As ``probes/torch.py`` says it."""
    try:
        return "".join((os.confstr("CS_GNU_LIBC_VERSION") or "").split())
    except (ValueError, OSError):
        return ""
