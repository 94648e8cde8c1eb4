# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the wheel for a key in the places where it may be, in their order, and brings it into the node's wheelhouse."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.network.downloads import Downloader
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension
from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice, predict
from ansible_collections.portable.model_env.plugins.module_utils.wheels import file as wheel_file
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

_Take = Callable[[str], Entry]  # brings the wheel in, with a folder for what is on its way
_Look = Callable[[], "tuple[dict[str, str], _Take | None]"]


@dataclass
class Found:
    """What the search for one wheel gave.

    :ivar key: what was searched for.
    :ivar steps: every look, see ``wheels/choice.py``.
    :ivar entry: in the node's wheelhouse; None: it is not there.
    """

    key: WheelKey
    steps: list[dict[str, str]]
    entry: Entry | None = None

    @property
    def outcome(self) -> str:
        """``ready``, ``fetch``, ``build`` or ``none``."""
        return choice.READY if self.entry is not None else choice.outcome(self.steps)


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
        found = Found(wanted, [])
        places: tuple[tuple[str, _Look], ...] = (
            (choice.NODE, lambda: self._in_house(entry, wanted)),
            (choice.FLEET, lambda: self._in_fleet(entry, wanted)),
            (choice.CONTROLLER, lambda: self._at_controller(entry, wanted)),
            (choice.NAMED, lambda: self._named(entry, wanted)),
            (choice.RELEASED, lambda: self._released(entry, wanted)),
        )
        ended = ""
        for source, look in places:
            if ended:
                found.steps.append(choice.step(source, choice.SKIPPED, ended))
                continue
            step, bring = self._looked(source, look)
            if bring is not None and (take or source == choice.NODE):
                step = self._taken(found, step, bring)
            found.steps.append(step)
            if step["verdict"] == choice.HIT:
                ended = "not needed"
            elif step.pop("final", ""):
                ended = "not looked at after that"
        name = predict.wheel_name(wanted)
        missing = predict.needs_archs(wanted)
        if ended:
            found.steps.append(choice.step(choice.BUILD, choice.SKIPPED, ended, name))
        else:
            found.steps.append(choice.build_step(entry.build, found.steps, missing, name))
        return found

    @staticmethod
    def _looked(source: str, look: _Look) -> tuple[dict[str, str], _Take | None]:
        try:
            return look()
        except ModelEnvError as error:
            return _failed(choice.step(source, choice.FAILED, "", error.where), error), None

    def _taken(self, found: Found, step: dict[str, str], bring: _Take) -> dict[str, str]:
        """The step after the wheel was fetched; what only its content shows may make a refusal of a hit."""
        try:
            with filesystem.explained("the wheelhouse cannot be written", self._house.folder):
                if step["source"] == choice.NODE:
                    found.entry = bring("")
                    return step
                os.makedirs(self._house.folder, exist_ok=True)
                with tempfile.TemporaryDirectory(prefix=_COMING, dir=self._house.folder) as folder:
                    found.entry = bring(folder)
        except _Misfit as misfit:
            return {**step, "verdict": choice.REFUSED, "reason": str(misfit)}
        except ModelEnvError as error:
            return _failed(step, error)
        return step

    def _in_house(self, entry: Extension, wanted: WheelKey) -> tuple[dict[str, str], _Take | None]:
        step, held = _lookup(self._house, choice.NODE, entry, wanted)
        if held is None:
            return step, None
        here = held

        def verified(_folder: str) -> Entry:
            self._house.verified(here)
            return here

        return step, verified

    def _in_fleet(self, entry: Extension, wanted: WheelKey) -> tuple[dict[str, str], _Take | None]:
        source = choice.FLEET
        if not self._fleet:
            return choice.step(source, choice.SKIPPED, "none is set (flash_attn_wheelhouse)"), None
        if self._fleet.startswith(("http://", "https://")):
            return self._in_page(entry, wanted)
        shared = Wheelhouse(self._fleet)
        if not os.path.isdir(self._fleet):
            return choice.step(source, choice.MISS, f"there is no folder {self._fleet} yet"), None
        step, held = _lookup(shared, source, entry, wanted)
        if held is None:
            return step, None
        there = held

        def copied(_folder: str) -> Entry:
            origin = {"from": there.path, "built_on": there.facts.get("built_on") or there.facts.get("host", "")}
            return self._house.put(there.key, shared.verified(there), there.origin, {**there.facts, **origin})

        return step, copied

    def _in_page(self, entry: Extension, wanted: WheelKey) -> tuple[dict[str, str], _Take | None]:
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
                    return self._page_hit(held["url"], held["sha256"], WheelKey.from_dict(held["key"]), held["origin"])
        released = _released_wheel(entry, wanted)
        names = {released.name} if released else set()
        for link in links:
            if link.name in names and not _own_build_missing(entry, RELEASED):
                if not link.sha256:
                    reason = f"{link.name} is listed without its sha256"
                    return choice.step(source, choice.REFUSED, reason, link.url), None
                return self._page_hit(link.url, link.sha256, wanted, RELEASED)
        return choice.step(source, choice.MISS, "no wheel of this key is listed", self._fleet), None

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

    def _page_hit(self, url: str, sha256: str, key: WheelKey, origin: str) -> tuple[dict[str, str], _Take | None]:
        def fetched(folder: str) -> Entry:
            return self._fetch(folder, url, sha256, key, origin)

        return choice.step(choice.FLEET, choice.HIT, "", url), fetched

    def _at_controller(self, entry: Extension, wanted: WheelKey) -> tuple[dict[str, str], _Take | None]:
        for offer in self._offered:
            key = WheelKey.from_dict(offer["key"])
            if mismatches(key, wanted) or _own_build_missing(entry, offer["origin"]):
                continue
            path = str(offer["path"])

            def handed(_folder: str, offer: Mapping[str, Any] = offer, key: WheelKey = key, path: str = path) -> Entry:
                _check_hash(path, sha256_of(path), offer["sha256"])
                return self._house.put(key, path, offer["origin"], {**offer["facts"], "from": choice.CONTROLLER})

            step = choice.step(choice.CONTROLLER, choice.HIT, "", offer["file"])
            return step, handed if path else None
        return choice.step(choice.CONTROLLER, choice.MISS, "it has none of this key"), None

    def _named(self, entry: Extension, wanted: WheelKey) -> tuple[dict[str, str], _Take | None]:
        source, wheel = choice.NAMED, entry.wheel
        if wheel is None:
            return choice.step(source, choice.SKIPPED, "the spec names none"), None
        if entry.build == choice.ALWAYS:
            return choice.step(source, choice.SKIPPED, "the spec says build: always", wheel.url), None

        def fetched(folder: str) -> Entry:
            return self._fetch(folder, wheel.url, wheel.sha256, wanted, NAMED)

        return choice.step(source, choice.HIT, "", wheel.url), fetched

    def _released(self, entry: Extension, wanted: WheelKey) -> tuple[dict[str, str], _Take | None]:
        source, wheel = choice.RELEASED, _released_wheel(entry, wanted)
        if wheel is None:
            return choice.step(source, choice.SKIPPED, "the project releases none for this key"), None
        if entry.build == choice.ALWAYS:
            return choice.step(source, choice.SKIPPED, "the spec says build: always", wheel.url), None
        wrong = released_mismatches(wanted, wheel)
        if wrong:
            return choice.step(source, choice.REFUSED, "; ".join(wrong), wheel.url), None
        try:
            there = self._web.exists(wheel.url)
        except ModelEnvError as error:
            reason = f"whether {wheel.name} exists could not be looked up: {error.why}"
            return choice.step(source, choice.FAILED, reason, wheel.url), None
        if not there:
            return choice.step(source, choice.MISS, f"there is no {wheel.name}", wheel.url), None

        def fetched(folder: str) -> Entry:
            return self._fetch(folder, wheel.url, "", wanted, RELEASED)

        return choice.step(source, choice.HIT, "", wheel.url), fetched

    def _fetch(self, folder: str, url: str, sha256: str, wanted: WheelKey, origin: str) -> Entry:
        """Download, check, and put into the house.

        :param sha256: what the file must be; "": nobody says, and what came is recorded.
        """
        path = os.path.join(folder, unquote(urlsplit(url).path.rpartition("/")[2]))
        found = self._web.download(url, path)
        if found is None:
            raise ModelEnvError("nothing came", where=url, why="the server has no such file", kind="network")
        if sha256:
            _check_hash(url, found, sha256)
        wheel = wheel_file.read(path)
        wrong = wheel_file.problems(wheel, wanted)
        if wrong:
            raise _Misfit("; ".join(wrong))
        key = wanted if origin == BUILT else wheel_file.own_key(wheel, wanted)
        return self._house.put(key, path, origin, {"from": url})


class _Misfit(Exception):
    """A wheel that came as promised and would not work here."""


def _lookup(house: Wheelhouse, source: str, entry: Extension, wanted: WheelKey) -> tuple[dict[str, str], Entry | None]:
    held = house.lookup(wanted)
    if held is None:
        return choice.step(source, choice.MISS, "it has none of this key", house.folder), None
    if _own_build_missing(entry, held.origin):
        return choice.step(source, choice.REFUSED, "it was not built, and the spec says build: always"), None
    return choice.step(source, choice.HIT, "", held.path), held


def _own_build_missing(entry: Extension, origin: str) -> bool:
    """Whether a wheel of this origin is not what the spec allows."""
    return bool(entry.build == choice.ALWAYS and origin != BUILT)


def _released_wheel(entry: Extension, wanted: WheelKey) -> ReleasedWheel | None:
    """The wheel of the project's releases; a commit counts as the version that the spec says it is."""
    if not entry.released_url:
        return None
    return released_wheel(replace(wanted, commit=""), entry.released_url)


def _failed(step: dict[str, str], error: ModelEnvError) -> dict[str, str]:
    final = {"final": "yes"} if error.kind == _CORRUPT else {}
    return {**step, "verdict": choice.FAILED, "reason": f"{error.what}: {error.why}", **final}


def _check_hash(where: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise ModelEnvError(
            "the file is not what its hash promises",
            where=where,
            why=f"its sha256 is {found}, wanted is {wanted}",
            todo="find out who changed it before anything of it is run",
            kind=_CORRUPT,
        )
