# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets, and texts without them.

A process remembers every secret that it is given (:class:`Secret`, :func:`conceal`). Whatever is written for people
passes :func:`masked`: errors (``errors.py``), logs (``host/logfile.py``), progress (``host/status.py``), results
(``module.py``). So no caller has to hand secrets along, and none can forget to.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote

MASK = "********"
_SHORTEST = 4  # characters; a shorter one is masked in addresses and logins only: masking "1" would mask every 1
_SHORTEST_VALUE = 6  # the same for a variable of which only the name says that it is secret

# No scheme is longer, and a word of a megabyte would take hours otherwise. What stands before it does not matter.
_URL_LOGIN = re.compile(r"([a-z][a-z0-9+.-]{0,30}://)([^\s/]+)@", re.IGNORECASE)
_SECRET_NAME = re.compile(r"TOKEN|PASSW|SECRET|CREDENTIAL|(^|_)(API_?|ACCESS_?|PRIVATE_?)KEY|_KEY$|(^|_)AUTH")


class Secret(str):
    """A secret text that shows as ``***`` wherever it is printed, joined, formatted or put into JSON.

    ``reveal`` gives the text: for a header, an address, a program's environment or standard input, and nothing else. An
    empty one is no secret, and false.
    """

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, text: str) -> Secret:
        """Keep the text, and have it masked from now on."""
        self = super().__new__(cls, "***" if text else "")
        self._text = text
        conceal(text)
        return self

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)


class _Known:
    """The secrets of this process, and the forms in which they may turn up, longest first."""

    def __init__(self) -> None:
        self.secrets: frozenset[str] = frozenset()
        self.forms: tuple[str, ...] = ()


_known = _Known()


def conceal(*texts: str) -> None:
    """Have these texts masked from now on, in every form that programs and servers give them."""
    for text in texts:
        if text.strip() and text not in _known.secrets:
            _known.secrets |= {text}
            forms = {*_known.forms, *_forms(text)}
            _known.forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))


def conceal_environment(environment: Mapping[str, str]) -> None:
    """The same for what is secret in an environment: values whose names say so, and logins in addresses."""
    conceal(*secret_values(environment), *secrets_in(environment.values()))


def masked(text: str) -> str:
    """``text`` without the secrets that are known, and without the login of every URL in it."""
    for form in _known.forms:
        if form in text:
            text = text.replace(form, MASK)
    return _URL_LOGIN.sub(lambda found: found[0] if found[2] == "git" else f"{found[1]}****@", text)


def masked_data(value: Any) -> Any:
    """Plain data with every text of it masked."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {masked_data(key): masked_data(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked_data(one) for one in value]
    return value


def secrets_in(texts: Iterable[str]) -> list[str]:
    """What must not be shown of texts that hold URLs: ``user:password`` and the password alone, longest first."""
    found: set[str] = set()
    for text in texts:
        for _scheme, userinfo in _URL_LOGIN.findall(text):
            _user, colon, password = userinfo.partition(":")
            # A lone user may be a token (https://ghp_xyz@host); "git" in ssh://git@host is no secret.
            found.update({userinfo, password} if colon else ({userinfo} if userinfo != "git" else ()))
    return sorted((secret for secret in found if secret), key=lambda secret: (-len(secret), secret))


def secret_values(environment: Mapping[str, str]) -> list[str]:
    """Values that must not be shown: those of variables whose names suggest a secret (HF_TOKEN, ...)."""
    return sorted(
        {
            value
            for name, value in environment.items()
            if _SECRET_NAME.search(name.upper()) and len(value) >= _SHORTEST_VALUE and not value.startswith("/")
        }
    )


def texts_in(value: Any) -> list[str]:
    """Every text in plain data, the keys of blocks not among them."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in texts_in(one)]
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in texts_in(one)]
    return []


def _forms(text: str) -> set[str]:
    """The ways in which a secret is written: by Python, in JSON, in addresses, in pages, in headers, line by line."""
    plain = {text, text.strip(), unquote(text).strip(), "".join(text.split("\n")).strip()}
    plain.update(line.strip() for line in text.splitlines() if len(line.strip()) >= _SHORTEST_VALUE)
    found: set[str] = set()
    for one in plain:
        encoded = one.encode("utf-8", "surrogateescape")
        written = {one, repr(one)[1:-1], repr(encoded)[2:-1], html.escape(one)}
        written |= {quote(encoded, safe=""), quote(encoded), quote_plus(encoded)}
        written |= {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), form) for form in written}
        written |= {json.dumps(form)[1:-1] for form in written} | {json.dumps(one, ensure_ascii=False)[1:-1]}
        found |= written | _in_base64(encoded)
    return {form for form in found if len(form) >= _SHORTEST}


def _in_base64(secret: bytes) -> set[str]:
    """What base64 of any text that holds the secret has in common, as in a header for ``user:secret``."""
    found = set()
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + secret).decode().rstrip("=")
        whole = whole[(0, 2, 3)[offset] :]
        inner = whole if (offset + len(secret)) % 3 == 0 else whole[:-1]
        if len(inner) >= _SHORTEST_VALUE:
            found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return found
