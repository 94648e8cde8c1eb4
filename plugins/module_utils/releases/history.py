# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which releases of an environment were active, in what order: what "the previous one" means. Pure."""

from __future__ import annotations

from typing import Any, Collection, Mapping, Sequence

_SLACK = 2.0  # seconds: the kernel tells a process's start in ticks after a boot that is known to the second
REMEMBERED = 10  # more activations than anybody goes back through; older ones are forgotten


def switched(history: Sequence[str], before: str | None, after: str) -> list[str]:
    """The history after a switch.

    Going back takes away what came later, so that going back twice leads two releases back, not forward again.

    :param history: folder names in the order of their activation.
    :param before: what was active; None: nothing was.
    :param after: what is active now.
    """
    path = list(history)
    if before is not None:
        path = path[: path.index(before) + 1] if before in path else [*path, before]
    path = path[: path.index(after)] if after in path else path
    return [*path, after][-REMEMBERED:]


def previous(history: Sequence[str], active: str | None, built: Mapping[str, float]) -> str | None:
    """The release that was active before ``active``; None: there is none to go back to.

    :param built: the environment's complete releases with the time they were built (seconds since the epoch). Where
        the history does not know the active one, the newest of the others counts as the previous one.
    """
    if active in history:
        earlier = [folder for folder in history[: history.index(active)] if folder in built]
        return earlier[-1] if earlier else None
    others = sorted((when, folder) for folder, when in built.items() if folder != active)
    return others[-1][1] if others else None


def active_around(switches: Sequence[Sequence[Any]], moment: float) -> list[str]:
    """What was active at a moment; around a switch, both.

    :param switches: pairs of time (seconds since the epoch) and folder, in order.
    """
    before = [folder for when, folder in switches if when <= moment - _SLACK]
    around = [folder for when, folder in switches if abs(when - moment) < _SLACK]
    return before[-1:] + around


def left(switches: Sequence[Sequence[Any]], folder: str) -> float | None:
    """When a release stopped being active; None: it never was active, or still is.

    :param switches: as for :func:`active_around`.
    """
    places = [place for place, (_when, active) in enumerate(switches) if active == folder]
    after = switches[places[-1] + 1 :] if places else []
    return float(after[0][0]) if after else None


def retired(
    built: Mapping[str, float], active: str | None, keep: int, history: Sequence[str], pinned: Collection[str]
) -> list[str]:
    """Old releases of one environment to remove, those first that are missed least.

    :param built: as in :func:`previous`.
    :param keep: how many besides the active one stay for a rollback: those that were active last, before any that
        never were (a release that failed its trial must not push out the one to go back to).
    :param history: folder names in the order of their activation.
    :param pinned: folders that stay in any case, and do not count.
    """
    rank = {folder: place for place, folder in enumerate(history)}
    others = [folder for folder in built if folder != active and folder not in pinned]
    others.sort(key=lambda folder: (rank.get(folder, -1), built[folder], folder))
    return others[: max(0, len(others) - keep)]
