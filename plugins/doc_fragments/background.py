# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins of long modules say to them."""

from __future__ import annotations


class ModuleDocFragment:
    """Such modules run in the background of the node; see plugin_utils/background.py."""

    # The arguments BACKGROUND.
    DOCUMENTATION = r"""
options:
  progress_interval:
    description: Seconds between two lines of progress on the operator's terminal; 0 for none.
    type: float
    default: 5
  status_file:
    description: Set by the action plugin. File on the node that says how far the run is.
    type: path
  secrets_pipe:
    description: Set by the action plugin. Named pipe that secret arguments come through, so that they are in no file.
    type: path
  only_look:
    description: >-
      Set by the action plugin. Do at once what is quick; return C(more), and change nothing, if it takes longer.
    type: bool
    default: false
"""
