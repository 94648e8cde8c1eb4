# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the wheel for a key in the places where it may be, in their order, and puts it into the node's wheelhouse."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.names import FileName
from ansible_collections.portable.model_env.plugins.module_utils.network.downloads import Downloader
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension
from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice, file, predict
from ansible_collections.portable.model_env.plugins.module_utils.wheels.choice import Look
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import (
    BUILT,
    LARGEST_WHEEL,
    NAMED,
    RELEASED,
    Entry,
    Wheelhouse,
    copy_plain,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import (
    ReleasedWheel,
    WheelKey,
    mismatches,
    released_mismatches,
    released_wheel,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.page import Remote, WheelPage

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
    :param owners: whose folder the fleet's may be.
    """

    def __init__(
        self,
        house: Wheelhouse,
        fleet: str,
        offered: Sequence[Mapping[str, Any]],
        web: Downloader,
        owners: Owners | None = None,
    ) -> None:
        self._owners = owners
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
            return _Seen(Look(source, choice.SKIPPED, "none is set (the option `wheelhouse`)"))
        if self._fleet.startswith(("http://", "https://")):
            return self._in_page(entry, wanted)
        shared = Wheelhouse(self._fleet, self._owners)
        if not os.path.isdir(self._fleet):
            return _Seen(Look(source, choice.MISS, f"there is no folder {self._fleet} yet"))
        look, held = _lookup(shared, source, entry, wanted)
        return _Seen(look) if held is None else _Seen(look, partial(self._copied, shared, held))

    def _copied(self, shared: Wheelhouse, there: Entry, folder: str) -> Entry:
        path = os.path.join(folder, os.path.basename(there.path))
        shared.copy(there, path)
        file.look_over(path)
        origin = {"from": there.path, "built_on": there.facts.get("built_on") or there.facts.get("host", "")}
        return self._house.put(there.key, path, there.origin, {**there.facts, **origin})

    def _in_page(self, entry: Extension, wanted: WheelKey) -> _Seen:
        """A page that lists the folders of a wheelhouse, or released wheels with their hashes (PEP 503)."""
        source = choice.FLEET
        page = WheelPage(self._fleet, self._web)
        for built in page.built(wanted):
            if not _own_build_missing(entry, built.described.origin):
                return self._fetchable(source, built.wheel, built.described.key, built.described.origin)
        released = _released_wheel(entry, wanted)
        listed = page.file(released.name) if released else None
        if listed is not None and not _own_build_missing(entry, RELEASED):
            if not listed.sha256:
                reason = f"{listed.file} is listed without its sha256"
                return _Seen(Look(source, choice.REFUSED, reason, listed.url))
            return self._fetchable(source, listed, wanted, RELEASED)
        if page.nonsense:
            return _Seen(Look(source, choice.REFUSED, "; ".join(page.nonsense[:3]), self._fleet))
        return _Seen(Look(source, choice.MISS, "no wheel of this key is listed", self._fleet))

    def _fetchable(self, source: str, wheel: Remote, key: WheelKey, origin: str) -> _Seen:
        return _Seen(Look(source, choice.HIT, "", wheel.url), partial(self._fetch, wheel, key, origin))

    def _at_controller(self, entry: Extension, wanted: WheelKey) -> _Seen:
        for offer in self._offered:
            key = WheelKey.from_dict(offer["key"])
            if mismatches(key, wanted) or _own_build_missing(entry, offer["origin"]):
                continue
            look = Look(choice.CONTROLLER, choice.HIT, "", offer["file"])
            # Without a path it was not copied to the node yet.
            return _Seen(look, partial(self._handed, offer, key)) if offer["path"] else _Seen(look)
        return _Seen(Look(choice.CONTROLLER, choice.MISS, "it has none of this key"))

    def _handed(self, offer: Mapping[str, Any], key: WheelKey, folder: str) -> Entry:
        handed = str(offer["path"])
        path = os.path.join(folder, FileName.parse(os.path.basename(handed)))
        with filesystem.explained("the wheel cannot be copied", handed):
            _check_hash(handed, copy_plain(handed, path, LARGEST_WHEEL), offer["sha256"])
        file.look_over(path)
        return self._house.put(key, path, offer["origin"], {**offer["facts"], "from": choice.CONTROLLER})

    def _named(self, entry: Extension, wanted: WheelKey) -> _Seen:
        source, wheel = choice.NAMED, entry.wheel
        if wheel is None:
            return _Seen(Look(source, choice.SKIPPED, "the spec names none"))
        if entry.build == choice.ALWAYS:
            return _Seen(Look(source, choice.SKIPPED, "the spec says build: always", wheel.url))
        return self._fetchable(source, Remote.at(wheel.url, wheel.sha256), wanted, NAMED)

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
        return self._fetchable(source, Remote.at(wheel.url, ""), wanted, RELEASED)

    def _fetch(self, there: Remote, wanted: WheelKey, origin: str, folder: str) -> Entry:
        """Download, check, and put into the house."""
        path = os.path.join(folder, there.file)
        found = self._web.download(there.url, path, there.size)
        if found is None:
            raise ModelEnvError("nothing came", where=there.url, why="the server has no such file", kind="network")
        if there.sha256:
            _check_hash(there.url, found, there.sha256)
        wheel = file.read(path)
        wrong = file.problems(wheel, wanted)
        if wrong:
            raise _Misfit("; ".join(wrong))
        key = wanted if origin == BUILT else file.own_key(wheel, wanted)
        return self._house.put(key, path, origin, {"from": there.url})


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
