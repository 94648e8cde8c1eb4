# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the wheel for a key in the places where it may be, in their order, and puts it into the node's wheelhouse."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.network.downloads import Downloader
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension
from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice, file, predict
from ansible_collections.portable.model_env.plugins.module_utils.wheels.choice import Look
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import (
    BUILT,
    FILE_NAME,
    NAMED,
    RELEASED,
    Entry,
    Wheelhouse,
    sha256_of,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import (
    ReleasedWheel,
    WheelKey,
    mismatches,
    released_mismatches,
    released_wheel,
)

_CORRUPT = "corrupt"
# A folder of this prefix is removed after a day by whoever puts a wheel in, if a killed run has left it.
_COMING = ".new-fetch-"

_Bring = Callable[[str], Entry]
"""Puts the wheel into the node's wheelhouse; gets a folder for what is on its way."""


@dataclass(frozen=True)
class _Seen:
    """What one place answered, and how its wheel is had: None where it has none, or none to hand out now."""

    look: Look
    bring: _Bring | None = None


@dataclass(frozen=True)
class Found:
    """What the search for one wheel gave.

    :ivar key: what was searched for.
    :ivar looks: at every place in its order, and whether it may be built.
    :ivar entry: in the node's wheelhouse; None: it is not there.
    """

    key: WheelKey
    looks: tuple[Look, ...]
    entry: Entry | None = None

    @property
    def outcome(self) -> str:
        """``ready``, ``fetch``, ``build`` or ``none``."""
        return choice.READY if self.entry is not None else choice.outcome(self.looks)


class Places:
    """The places where a wheel may be.

    :param house: the node's wheelhouse.
    :param fleet: the fleet's: a folder that nodes share, or the URL of a page; "": there is none.
    :param offered: entries of the controller's cache (``key``, ``file``, ``sha256``, ``origin``, ``facts``, and
        ``path``: where it was copied to on the node).
    :param web: asks servers.
    """

    def __init__(self, house: Wheelhouse, fleet: str, offered: Sequence[Mapping[str, Any]], web: Downloader) -> None:
        self._house = house
        self._fleet = fleet
        self._offered = offered
        self._web = web

    def find(self, entry: Extension, wanted: WheelKey, take: bool) -> Found:
        """Look at one place after the other until one has the wheel.

        :param entry: of a spec.
        :param take: bring it into the node's wheelhouse; False: only look.
        """
        looks: list[Look] = []
        held, ended = None, ""
        for source, place in (
            (choice.NODE, self._in_house),
            (choice.FLEET, self._in_fleet),
            (choice.CONTROLLER, self._at_controller),
            (choice.NAMED, self._named),
            (choice.RELEASED, self._released),
        ):
            if ended:
                looks.append(Look(source, choice.SKIPPED, ended))
                continue
            try:
                seen = place(entry, wanted)
            except ModelEnvError as error:
                seen = _Seen(_failed(Look(source, choice.FAILED, "", error.where), error))
            look = seen.look
            if seen.bring is not None and (take or source == choice.NODE):
                look, held = self._brought(seen.look, seen.bring)
            looks.append(look)
            if look.result == choice.HIT:
                ended = "not needed"
            elif look.final:
                ended = "not looked at after that"
        name = predict.wheel_name(wanted)
        if ended:
            looks.append(Look(choice.BUILD, choice.SKIPPED, ended, name))
        else:
            looks.append(choice.build_look(entry.build, looks, predict.needs_archs(wanted), name))
        return Found(wanted, tuple(looks), held)

    def _brought(self, look: Look, bring: _Bring) -> tuple[Look, Entry | None]:
        """The look after the wheel was fetched, which its content may make a refusal, and the wheel."""
        try:
            with filesystem.explained("the wheelhouse cannot be written", self._house.folder):
                if look.source == choice.NODE:
                    return look, bring("")
                os.makedirs(self._house.folder, exist_ok=True)
                with tempfile.TemporaryDirectory(prefix=_COMING, dir=self._house.folder) as folder:
                    return look, bring(folder)
        except _Misfit as misfit:
            return replace(look, result=choice.REFUSED, reason=str(misfit)), None
        except ModelEnvError as error:
            return _failed(look, error), None

    def _in_house(self, entry: Extension, wanted: WheelKey) -> _Seen:
        look, held = _lookup(self._house, choice.NODE, entry, wanted)
        return _Seen(look) if held is None else _Seen(look, partial(self._verified, held))

    def _verified(self, held: Entry, _folder: str) -> Entry:
        self._house.verified(held)
        return held

    def _in_fleet(self, entry: Extension, wanted: WheelKey) -> _Seen:
        source = choice.FLEET
        if not self._fleet:
            return _Seen(Look(source, choice.SKIPPED, "none is set (flash_attn_wheelhouse)"))
        if self._fleet.startswith(("http://", "https://")):
            return self._in_page(entry, wanted)
        shared = Wheelhouse(self._fleet)
        if not os.path.isdir(self._fleet):
            return _Seen(Look(source, choice.MISS, f"there is no folder {self._fleet} yet"))
        look, held = _lookup(shared, source, entry, wanted)
        return _Seen(look) if held is None else _Seen(look, partial(self._copied, shared, held))

    def _copied(self, shared: Wheelhouse, there: Entry, _folder: str) -> Entry:
        origin = {"from": there.path, "built_on": there.facts.get("built_on") or there.facts.get("host", "")}
        return self._house.put(there.key, shared.verified(there), there.origin, {**there.facts, **origin})

    def _in_page(self, entry: Extension, wanted: WheelKey) -> _Seen:
        """A page that lists the folders of a wheelhouse, or released wheels with their hashes (PEP 503)."""
        source = choice.FLEET
        links = self._web.links(self._fleet)
        if links is None:
            raise ModelEnvError("there is no such page", where=self._fleet, why="the server has no such page")
        prefix = wanted.package.replace("-", "_") + "-"
        for link in links:
            if link.name.startswith(prefix) and link.name.endswith("/"):
                held = self._listed(link.url, wanted)
                if held is not None and not _own_build_missing(entry, held["origin"]):
                    return self._fetchable(
                        source, held["url"], held["sha256"], WheelKey.from_dict(held["key"]), held["origin"]
                    )
        released = _released_wheel(entry, wanted)
        names = {released.name} if released else set()
        for link in links:
            if link.name in names and not _own_build_missing(entry, RELEASED):
                if not link.sha256:
                    reason = f"{link.name} is listed without its sha256"
                    return _Seen(Look(source, choice.REFUSED, reason, link.url))
                return self._fetchable(source, link.url, link.sha256, wanted, RELEASED)
        return _Seen(Look(source, choice.MISS, "no wheel of this key is listed", self._fleet))

    def _listed(self, folder: str, wanted: WheelKey) -> dict[str, Any] | None:
        """What a folder of a served wheelhouse says of its wheel, if that one fits."""
        found = self._web.text(f"{folder.rstrip('/')}/{FILE_NAME}")
        try:
            held = json.loads(found[1]) if found else None
            if not held or mismatches(WheelKey.from_dict(held["key"]), wanted):
                return None
            return {**held, "url": f"{folder.rstrip('/')}/{os.path.basename(held['file'])}"}
        except (KeyError, TypeError, ValueError):
            return None

    def _fetchable(self, source: str, url: str, sha256: str, key: WheelKey, origin: str) -> _Seen:
        return _Seen(Look(source, choice.HIT, "", url), partial(self._fetch, url, sha256, key, origin))

    def _at_controller(self, entry: Extension, wanted: WheelKey) -> _Seen:
        for offer in self._offered:
            key = WheelKey.from_dict(offer["key"])
            if mismatches(key, wanted) or _own_build_missing(entry, offer["origin"]):
                continue
            look = Look(choice.CONTROLLER, choice.HIT, "", offer["file"])
            # Without a path it was not copied to the node yet.
            return _Seen(look, partial(self._handed, offer, key)) if offer["path"] else _Seen(look)
        return _Seen(Look(choice.CONTROLLER, choice.MISS, "it has none of this key"))

    def _handed(self, offer: Mapping[str, Any], key: WheelKey, _folder: str) -> Entry:
        path = str(offer["path"])
        _check_hash(path, sha256_of(path), offer["sha256"])
        return self._house.put(key, path, offer["origin"], {**offer["facts"], "from": choice.CONTROLLER})

    def _named(self, entry: Extension, wanted: WheelKey) -> _Seen:
        source, wheel = choice.NAMED, entry.wheel
        if wheel is None:
            return _Seen(Look(source, choice.SKIPPED, "the spec names none"))
        if entry.build == choice.ALWAYS:
            return _Seen(Look(source, choice.SKIPPED, "the spec says build: always", wheel.url))
        return self._fetchable(source, wheel.url, wheel.sha256, wanted, NAMED)

    def _released(self, entry: Extension, wanted: WheelKey) -> _Seen:
        source, wheel = choice.RELEASED, _released_wheel(entry, wanted)
        if wheel is None:
            return _Seen(Look(source, choice.SKIPPED, "the project releases none for this key"))
        if entry.build == choice.ALWAYS:
            return _Seen(Look(source, choice.SKIPPED, "the spec says build: always", wheel.url))
        wrong = released_mismatches(wanted, wheel)
        if wrong:
            return _Seen(Look(source, choice.REFUSED, "; ".join(wrong), wheel.url))
        try:
            there = self._web.exists(wheel.url)
        except ModelEnvError as error:
            reason = f"whether {wheel.name} exists could not be looked up: {error.why}"
            return _Seen(Look(source, choice.FAILED, reason, wheel.url))
        if not there:
            return _Seen(Look(source, choice.MISS, f"there is no {wheel.name}", wheel.url))
        return self._fetchable(source, wheel.url, "", wanted, RELEASED)

    def _fetch(self, url: str, sha256: str, wanted: WheelKey, origin: str, folder: str) -> Entry:
        """Download, check, and put into the house.

        :param sha256: what the file must be; "": nobody says, and what came is recorded.
        """
        path = os.path.join(folder, unquote(urlsplit(url).path.rpartition("/")[2]))
        found = self._web.download(url, path)
        if found is None:
            raise ModelEnvError("nothing came", where=url, why="the server has no such file", kind="network")
        if sha256:
            _check_hash(url, found, sha256)
        wheel = file.read(path)
        wrong = file.problems(wheel, wanted)
        if wrong:
            raise _Misfit("; ".join(wrong))
        key = wanted if origin == BUILT else file.own_key(wheel, wanted)
        return self._house.put(key, path, origin, {"from": url})


class _Misfit(Exception):
    """A wheel that came as promised and would not work here."""


def _lookup(house: Wheelhouse, source: str, entry: Extension, wanted: WheelKey) -> tuple[Look, Entry | None]:
    held = house.lookup(wanted)
    if held is None:
        return Look(source, choice.MISS, "it has none of this key", house.folder), None
    if _own_build_missing(entry, held.origin):
        return Look(source, choice.REFUSED, "it was not built, and the spec says build: always"), None
    return Look(source, choice.HIT, "", held.path), held


def _own_build_missing(entry: Extension, origin: str) -> bool:
    """Whether a wheel of this origin is not what the spec allows."""
    return bool(entry.build == choice.ALWAYS and origin != BUILT)


def _released_wheel(entry: Extension, wanted: WheelKey) -> ReleasedWheel | None:
    """The wheel of the project's releases; a commit counts as the version that the spec says it is."""
    if not entry.released_url:
        return None
    return released_wheel(replace(wanted, commit=""), entry.released_url)


def _failed(look: Look, error: ModelEnvError) -> Look:
    """What was tampered with ends the search: the operator is to look before anything else is taken."""
    reason, final = f"{error.what}: {error.why}", error.kind == _CORRUPT
    return replace(look, result=choice.FAILED, reason=reason, final=final)


def _check_hash(where: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise ModelEnvError(
            "the file is not what its hash promises",
            where=where,
            why=f"its sha256 is {found}, wanted is {wanted}",
            todo="find out who changed it before anything of it is run",
            kind=_CORRUPT,
        )
