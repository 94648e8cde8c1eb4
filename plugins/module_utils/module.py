# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge of every module that runs on a node: what comes in may hold secrets, and nothing that goes out does."""

from __future__ import annotations

import os
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import secrets_pipe
from ansible_collections.portable.model_env.plugins.module_utils.masking import (
    conceal,
    conceal_environment,
    masked_data,
    secrets_in,
    texts_in,
)
from ansible_collections.portable.model_env.plugins.module_utils.names import visible_data


class Module(AnsibleModule):  # type: ignore[misc,unused-ignore]
    """An Ansible module whose results, also the arguments that Ansible adds to them, show no secret that is known.

    Known are the logins in the addresses among its arguments, what its environment names as secret, and whatever the
    run learns (``masking.py``). So an address with a password need not be an option that Ansible hides as a whole.
    Control characters, which a file's name or a program's output may have, are escaped.

    :ivar given: the arguments, those that came through the pipe among them.
    """

    def __init__(self, argument_spec: dict[str, Any], **rules: Any) -> None:
        conceal_environment(os.environ)
        super().__init__(argument_spec=argument_spec, **rules)
        self.given: dict[str, Any] = {**self.params, **secrets_pipe.read(self.params.get("secrets_pipe"))}
        self._conceal_arguments(self.given)

    def exit_json(self, **result: Any) -> NoReturn:
        """End well."""
        super().exit_json(**self._shown(result))
        raise AssertionError("unreachable")

    def fail_json(self, msg: Any, **result: Any) -> NoReturn:
        """End badly; also where the arguments make no sense, before they are known otherwise."""
        super().fail_json(**self._shown({"msg": msg, **result}))
        raise AssertionError("unreachable")

    def fail(self, error: ModelEnvError, **result: Any) -> NoReturn:
        """End with an error."""
        self.fail_json(msg=error.message, error=error.as_dict(), **result)

    def _shown(self, result: dict[str, Any]) -> dict[str, Any]:
        self._conceal_arguments(self.params)
        shown: dict[str, Any] = visible_data(masked_data({"invocation": {"module_args": self.params}, **result}))
        return shown

    @staticmethod
    def _conceal_arguments(given: dict[str, Any]) -> None:
        conceal(*secrets_in(texts_in(given)))
        for block in given.values():
            if isinstance(block, dict):  # an environment, perhaps
                conceal_environment({str(name): value for name, value in block.items() if isinstance(value, str)})
