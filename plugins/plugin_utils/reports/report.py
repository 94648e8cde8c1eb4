# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every report is: a text, the same as data, and the hosts that fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence


@dataclass(frozen=True)
class Report:
    """What a report says of some hosts.

    :ivar text: for the operator's terminal.
    :ivar data: the same for the JSON file.
    :ivar failing: the reasons of each host that fails.
    :ivar returned: what the task returns besides.
    """

    text: str
    data: Mapping[str, Any]
    failing: Mapping[str, Sequence[str]]
    returned: Mapping[str, Any] = field(default_factory=dict)
