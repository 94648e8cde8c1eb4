# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's terminal: whatever the controller's part shows beside the results goes through here.

Words of nodes and servers may be in any text, so what a terminal would obey is shown in its place.
"""

from __future__ import annotations

from ansible.utils.display import Display

from ansible_collections.portable.model_env.plugins.module_utils.names import visible

_display = Display()


def show(text: str) -> None:
    """Show a text; its line breaks are ours."""
    _display.display(visible(text))


def warn(text: str) -> None:
    """Show a warning."""
    _display.warning(visible(text))
