# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of strangers that become paths, arguments or keys, each with one constructor that refuses what it is not.

Each is a ``str``, so it is written and compared as one, and each is made by ``parse`` alone: a function that takes a
``PathBelow`` cannot be handed a name that nobody has looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, TypeVar

# limits.h of Linux: the bytes of one name, and of a path.
_LONGEST_NAME, _LONGEST_PATH = 255, 4095

N = TypeVar("N", bound="_Word")


class _Word(str):
    """A text of a certain form; see the classes below.

    :raises ValueError: (``parse``) the text is not of that form; the message says what is wrong with it.
    """

    __slots__ = ()

    @classmethod
    def parse(cls: type[N], text: str) -> N:
        """The text, if it is of this form."""
        problem = cls._problem(text) if isinstance(text, str) else "which is no text"
        if problem:
            raise ValueError(f"is {shown(str(text))}, {problem}")
        return cls(text)

    @classmethod
    def fits(cls, text: str) -> bool:
        """Whether the text is of this form."""
        return not cls._problem(text)

    @staticmethod
    def _problem(text: str) -> str:
        raise NotImplementedError


class PathBelow(_Word):
    """A path that stays below the folder it is joined to: parts with ``/`` between, none empty, ``.`` or ``..``."""

    __slots__ = ()

    @staticmethod
    def _problem(text: str) -> str:
        return PathBelow._misplaced(text) or ("which has control characters in it" if has_control(text) else "")

    @staticmethod
    def _misplaced(text: str) -> str:
        """Why a text cannot be a path below a folder at all, whatever people think of its characters."""
        if not text:
            return "an empty name"
        if text.startswith("/"):
            return "an absolute path"
        if "\\" in text:
            return "which has a backslash in it"
        if "\0" in text:
            return "which has a NUL in it"
        try:
            encoded = text.encode("utf-8")
        except UnicodeEncodeError:
            return "which is no valid Unicode"
        if len(encoded) > _LONGEST_PATH:
            return "which is longer than a path can be"
        for part in text.split("/"):
            if part in ("", ".", ".."):
                return "which does not stay below its folder"
            if len(part.encode("utf-8")) > _LONGEST_NAME:
                return "which has a part that is longer than a file's name can be"
        return ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Folders and file."""
        return tuple(self.split("/"))


class FileName(PathBelow):
    """One name in a folder: a path with a single part."""

    __slots__ = ()

    @staticmethod
    def _problem(text: str) -> str:
        return PathBelow._problem(text) or ("which is more than one name" if "/" in text else "")


class Sha256(_Word):
    """A sha256 in 64 small hex digits."""

    __slots__ = ()

    @staticmethod
    def _problem(text: str) -> str:
        return "" if re.fullmatch(r"[0-9a-f]{64}", text) else "which is no sha256 (64 hex digits)"


class Commit(_Word):
    """A git commit in 40 small hex digits."""

    __slots__ = ()

    @staticmethod
    def _problem(text: str) -> str:
        return "" if re.fullmatch(r"[0-9a-f]{40}", text) else "which is no commit (40 hex digits)"


class Digest(_Word):
    """What a content must be: ``sha256:`` and a sha256, or ``git-sha1:`` and the name of a git blob (40 hex digits)."""

    __slots__ = ()

    @staticmethod
    def _problem(text: str) -> str:
        kind, _colon, digits = text.partition(":")
        right = (kind == "sha256" and Sha256.fits(digits)) or (kind == "git-sha1" and Commit.fits(digits))
        return "" if right else "which is no sha256 and no name of a git blob"

    @property
    def kind(self) -> str:
        """``sha256`` or ``git-sha1``."""
        return self.partition(":")[0]

    @property
    def digits(self) -> str:
        """The hex digits alone."""
        return self.partition(":")[2]


class DistributionName(_Word):
    """The canonical name of a distribution (PEP 503)."""

    __slots__ = ()

    @staticmethod
    def _problem(text: str) -> str:
        fits = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text)
        return "" if fits else "which is no canonical name of a distribution"


class Line(_Word):
    """One line of text without control characters: what may stand in a file of lines, or be shown."""

    __slots__ = ()

    @staticmethod
    def _problem(text: str) -> str:
        return "which has control characters in it" if has_control(text) else ""


def has_control(text: str) -> bool:
    """Whether a text has characters that a terminal obeys, that end a line, or that turn the direction of writing.

    The last ones are those of Unicode Technical Report 36, "bidirectional text spoofing".
    """
    return (not text.isascii() and any(_obeyed(one) for one in text)) or bool(_CONTROL.search(text))


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _obeyed(character: str) -> bool:
    return character in _DIRECTIONS or unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs")


def shown(text: str, most: int = 200) -> str:
    """A stranger's text for messages: quoted, on one line, with control characters escaped, and not too long."""
    cut = text if len(text) <= most else text[:most] + "..."
    return f"'{one_line(cut)}'"


def one_line(text: str) -> str:
    """As :func:`visible`, and newlines are escaped, too."""
    return visible(text).replace("\n", "\\n")


def visible(text: str) -> str:
    """A text with every control character but the newline replaced by its escape, as people may see it."""
    if not has_control(text):
        return text
    return "".join(one if one == "\n" or not _escaped(one) else _escape(one) for one in text)


def visible_data(value: Any) -> Any:
    """Plain data with every text of it as :func:`visible` shows it."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible_data(name): visible_data(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [visible_data(one) for one in value]
    return value


def _escaped(character: str) -> bool:
    return bool(_CONTROL.match(character)) or (not character.isascii() and _obeyed(character))


def _escape(character: str) -> str:
    return {"\t": "\\t", "\r": "\\r"}.get(character) or character.encode("unicode_escape").decode("ascii")
