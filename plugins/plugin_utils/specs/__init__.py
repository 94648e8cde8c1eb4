# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs on the controller: validation of what users write, and its normal form.

``load_specs`` is the way in for plugins; ``validate`` answers with the offences as data.
"""

from __future__ import annotations

from ansible_collections.portable.model_env.plugins.plugin_utils.specs.load import load_extensions, load_specs
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offence
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.validate import validate

__all__ = ["Offence", "load_extensions", "load_specs", "validate"]
