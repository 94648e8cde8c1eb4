# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server's answer to a request for bytes means for the file that was asked for."""

from __future__ import annotations

import enum
import re
from typing import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile

_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)\Z")
_HEX = re.compile(r"[0-9a-f]{40}\Z|[0-9a-f]{64}\Z")


class Reaction(enum.Enum):
    """What to do with an answer."""

    BYTES = "the bytes that were asked for follow"
    WHOLE = "the whole file follows, although a range was asked for"
    RETRY = "try again after a while"
    LIMITED = "wait as long as the headers say"
    EXPIRED = "the address that the Hub redirected to is not valid any more: ask the Hub for another"
    CHANGED = "the server has another file under this name than the Hub listed"
    DENIED = "the Hub does not give the file to this token"
    GONE = "the Hub does not have the file"
    REFUSED = "the server will never answer this request"


def reaction_to(
    status: int,
    headers: Mapping[str, str],
    origin: Mapping[str, str],
    file: HubFile,
    start: int,
    end: int,
    *,
    redirected: bool,
) -> Reaction:
    """What to do with an answer.

    :param status: HTTP status of the last answer.
    :param headers: its headers, names in lower case.
    :param origin: headers of the Hub's own answer; empty if the Hub was not asked this time.
    :param file: what was listed.
    :param start: first byte asked for.
    :param end: one past the last.
    :param redirected: the answer comes from another server than the Hub (a CDN), or from an address it gave before.
    """
    if status in (200, 206):
        if _other_content(origin, file):
            return Reaction.CHANGED
        return _partial(headers, file, start, end) if status == 206 else _whole(headers, file, start, end)
    if status == 429 or (status == 503 and "retry-after" in headers):
        return Reaction.LIMITED
    if status == 408 or status >= 500:
        return Reaction.RETRY
    if status == 416:
        return Reaction.CHANGED
    if redirected and status in (400, 401, 403, 404, 410):
        return Reaction.EXPIRED
    if status in (401, 403):
        return Reaction.DENIED
    return Reaction.GONE if status in (404, 410) else Reaction.REFUSED


def _partial(headers: Mapping[str, str], file: HubFile, start: int, end: int) -> Reaction:
    match = _CONTENT_RANGE.match(headers.get("content-range", ""))
    if not match or headers.get("content-encoding", "identity") != "identity":
        return Reaction.RETRY
    if match.group(3) not in ("*", str(file.size)):
        return Reaction.CHANGED
    return Reaction.BYTES if (int(match.group(1)), int(match.group(2))) == (start, end - 1) else Reaction.RETRY


def _whole(headers: Mapping[str, str], file: HubFile, start: int, end: int) -> Reaction:
    if headers.get("content-encoding", "identity") != "identity":
        return Reaction.RETRY
    if headers.get("content-length", str(file.size)) != str(file.size):
        return Reaction.CHANGED
    return Reaction.BYTES if (start, end) == (0, file.size) else Reaction.WHOLE


def _other_content(origin: Mapping[str, str], file: HubFile) -> bool:
    """Whether the Hub's own headers name other content. Unknown forms of ETag say nothing."""
    if origin.get("x-linked-size", str(file.size)) != str(file.size):
        return True
    tag = origin.get("x-linked-etag") or ("" if "location" in origin else origin.get("etag")) or ""
    tag = (tag[2:] if tag.startswith("W/") else tag).strip('"').lower()
    expected = file.digest.digits
    return bool(_HEX.match(tag)) and len(tag) == len(expected) and tag != expected
