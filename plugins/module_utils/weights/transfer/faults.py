# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that a transfer cannot heal, in words for the operator."""

from __future__ import annotations

import errno
from typing import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.responses import Reaction

CHANGED = "the server has other content under this name than the Hub lists"
_KEPT = "what was fetched so far is kept, and the next run continues it"


def total_timeout(seconds: float) -> ModelEnvError:
    """The limit for the whole run has passed."""
    return ModelEnvError(
        f"the weights were not complete after {seconds:.0f} seconds, the limit for the whole run",
        todo=f"run again or raise timeout; {_KEPT}",
        kind="timeout",
    )


def disk(error: OSError, where: str) -> ModelEnvError:
    """Writing or reading failed on the node."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        quota = "the quota of this user is used up" if error.errno == errno.EDQUOT else "the filesystem is full"
        return ModelEnvError(
            f"there is no room left for the weights: {quota}",
            where=where,
            why="something else has filled it since the free space was compared with what is missing",
            todo=f"free space and run again; {_KEPT}",
            kind="no_space",
        )
    return ModelEnvError(
        "the target folder cannot be written or read", where=where, why=str(error), todo="mend it and run again"
    )


def given_up(where: str, fault: str, tries: int) -> ModelEnvError:
    """The same file failed again and again."""
    if fault == CHANGED:
        return ModelEnvError(
            fault,
            where=where,
            why="a mirror between the node and the Hub is stale or was changed by hand, since a commit never changes",
            todo="have the mirror refresh this repository, or set endpoint to another",
            kind="changed",
        )
    return ModelEnvError(
        f"given up after {tries} tries without a new byte; the last fault: {fault}",
        where=where,
        why="the server, a proxy or the network on the way fails for longer than the retries last",
        todo=f"run again when it works, or raise retries; {_KEPT}",
        kind="network",
    )


def corrupt(where: str, tries: int) -> ModelEnvError:
    """The content was wrong each time."""
    return ModelEnvError(
        f"the content does not have the checksum that the Hub lists, {tries} times in a row",
        where=where,
        why="a mirror or a proxy on the way holds a damaged copy",
        todo="have it drop that copy, or set endpoint to another; the file was not given its name",
        kind="corrupt",
    )


def rate_limited(where: str, seconds: float) -> ModelEnvError:
    """The server wants a longer pause than is allowed."""
    return ModelEnvError(
        f"the server asks to wait {seconds:.0f} seconds before the next request",
        where=where,
        why="too many requests came from this address or token (anonymous quotas count per address)",
        todo=f"set token, or use a mirror (endpoint), or run again later; {_KEPT}",
        kind="rate_limited",
    )


def refused(where: str, reaction: Reaction, status: int, headers: Mapping[str, str], said: str) -> ModelEnvError:
    """The Hub will not give the file."""
    code = headers.get("x-error-code", "")
    message = " ".join((headers.get("x-error-message") or said).split())[:200]
    answered = f"the Hub answered {status}" + (f" {code}" if code else "") + (f": {message}" if message else "")
    if reaction is Reaction.DENIED:
        gated = code == "GatedRepo"
        return ModelEnvError(
            "access to the file is denied",
            where=where,
            why=answered,
            todo="accept the repository's terms with the account of the token" if gated else "check token",
            kind="denied",
        )
    return ModelEnvError("the file cannot be fetched", where=where, why=answered, kind="missing")
