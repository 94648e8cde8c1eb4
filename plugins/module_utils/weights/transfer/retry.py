# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When to try again, and when to give up: the rules for faults of a transfer, without a clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.network import headers as values

_RATELIMIT = re.compile(r"r=(?P<left>[0-9]{1,9})\s*;\s*t=(?P<reset>[0-9]{1,9})(?![0-9])")
_LONGEST_DELAY = 60.0
DEFAULT_RATE_LIMIT_WAIT = 30.0


@dataclass(frozen=True)
class RetryPolicy:
    """How patient a transfer is.

    :ivar retries: failures in a row, without a single new byte between them, before a file is given up.
    :ivar delay: seconds before the second try; doubled for each further one, up to a minute.
    :ivar corrupt_retries: how often a file whose content was wrong is fetched again from the start.
    :ivar longest_wait: the longest wait that a server may ask for, seconds.
    """

    retries: int = 8
    delay: float = 1.0
    corrupt_retries: int = 1
    longest_wait: float = 3600.0

    def backoff(self, failures: int, chance: float) -> float:
        """Seconds to wait after that many failures in a row.

        :param chance: a random number in [0, 1), which spreads many nodes that failed at once over half the delay.
        """
        delay = min(self.delay * 2.0 ** (max(failures, 1) - 1), _LONGEST_DELAY)
        return delay * (0.5 + chance / 2)


def rate_limit_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a 429 (or 503) asks to wait: ``Retry-After``, else ``RateLimit: ...;r=0;t=55``, else a default.

    :param headers: of the answer, any case.
    :param now: seconds since the epoch, for a ``Retry-After`` that is a date.
    :returns: None if its ``Retry-After`` is neither a number nor a date: then it says nothing, and is a fault.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    after = lower.get("retry-after", "").strip()
    if after:
        seconds, then = values.number(after), values.moment(after)
        if seconds is not None:
            return float(seconds)
        return None if then is None else max(0.0, then - now)
    match = _RATELIMIT.search(lower.get("ratelimit", ""))
    if match and int(match.group("left")) == 0:
        # A second more than the header says: it counts in whole seconds.
        return float(match.group("reset")) + 1.0
    return DEFAULT_RATE_LIMIT_WAIT
