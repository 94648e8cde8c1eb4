# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a spec, as data, and the collector that every check writes to."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any, Iterable

from ansible_collections.portable.model_env.plugins.module_utils.names import one_line

# A user's part of a URL: everything up to the last @ before the path. ssh names its user there and no secret.
_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^/\s\"']*)@")
_SECRET_QUERY = re.compile(
    r"(?P<key>[?&](?:[A-Za-z0-9_-]*(?:token|password|passwd|secret|signature|credential|api[_-]?key)[A-Za-z0-9_-]*|sig)=)"
    r"(?P<value>[^&#\s\"']+)",
    re.IGNORECASE,
)
MASK = "********"
URL_NOT_CLEAN = (
    "a URL with a secret in it would stay in logs and receipts; the node's netrc or pip.conf can hold the secret"
)


@dataclass(frozen=True)
class Offence:
    """One thing that is wrong.

    :ivar spec: name of the spec, or "" where it concerns the variables around the specs.
    :ivar path: where in it, as ``packages[0]`` or ``torch.cuda``.
    :ivar problem: what is wrong, one sentence without the closing stop.
    :ivar fix: the line that mends it.
    """

    spec: str
    path: str
    problem: str
    fix: str

    def as_dict(self) -> dict[str, str]:
        """The same for a return value."""
        return asdict(self)


@dataclass
class Offences:
    """Collects the offences of one spec; never stops at the first."""

    spec: str
    offences: list[Offence] = field(default_factory=list)

    def add(self, path: str, problem: str, fix: str) -> None:
        """Note an offence.

        Secrets in URLs are masked and control characters escaped, whatever the check that found it quotes.
        """
        self.offences.append(Offence(one_line(self.spec), one_line(path), _fit(problem), _fit(fix)))


def _fit(text: str) -> str:
    return one_line(masked(text))


def has_secret(text: str) -> bool:
    """Whether a text holds a URL with a password, a token for a user's name, or a secret in its query."""
    return masked(text) != text


def masked(text: str) -> str:
    """The text with the secrets of its URLs replaced."""
    return _SECRET_QUERY.sub(rf"\g<key>{MASK}", _USERINFO.sub(_mask_user, text))


def without_secrets(text: str) -> str:
    """The text as it should be written: URLs without users and without secret query fields."""
    return _SECRET_QUERY.sub("", _USERINFO.sub(_drop_user, text))


def _is_plain_user(match: re.Match[str]) -> bool:
    return "ssh" in match["scheme"].lower() and ":" not in match["user"]


def _mask_user(match: re.Match[str]) -> str:
    return match.group(0) if _is_plain_user(match) else f"{match['scheme']}{MASK}@"


def _drop_user(match: re.Match[str]) -> str:
    if _is_plain_user(match):
        return match.group(0)
    user = match["user"].split(":")[0]
    return f"{match['scheme']}{user}@" if "ssh" in match["scheme"].lower() else match["scheme"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like ``word``; "" if none does."""
    close = difflib.get_close_matches(word.lower().replace("-", "_"), list(known), n=1, cutoff=0.6)
    return close[0] if close else ""


def yaml_value(value: Any) -> str:
    """A value on one line of YAML: JSON is YAML, and a string is quoted in any case."""
    return json.dumps(value, ensure_ascii=False, default=str)
