# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment markers (PEP 508) of a package's metadata."""

from __future__ import annotations

from typing import Mapping

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.markers import (
    InvalidMarker,
    Marker,
    UndefinedComparison,
    UndefinedEnvironmentName,
)


def holds(marker: str, environment: Mapping[str, str], extras: tuple[str, ...] = ()) -> bool | None:
    """Whether a requirement with this marker applies.

    :param marker: the text behind the semicolon; "" always applies.
    :param environment: variables of PEP 508 by name, without ``extra``; the others are those of this interpreter.
    :param extras: extras that were asked for.
    :returns: None where the marker is none that can be read.
    """
    if not marker:
        return True
    try:
        parsed = Marker(marker)
        return any(parsed.evaluate({**environment, "extra": extra}) for extra in extras or ("",))
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return None
