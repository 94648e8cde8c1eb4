# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base classes of the action plugins: each plugin says what it is, and these say how it runs.

What only the controller does is a ControllerAction. A NodeAction has a module on the node, and three steps; an error in
any of them becomes the task's failure:

1. ``prepared``, on the controller, before the first connection to the node;
2. ``executed``, on the node;
3. ``completed``, on the controller again.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar, Mapping

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.locks.model import Lock
from ansible_collections.portable.model_env.plugins.plugin_utils.answers import believed
from ansible_collections.portable.model_env.plugins.plugin_utils.background import Follower
from ansible_collections.portable.model_env.plugins.plugin_utils.locks.folder import AUTO, OFF, POLICIES, LockFolder
from ansible_collections.portable.model_env.plugins.plugin_utils.results import Registered
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.load import plain
from ansible_collections.portable.model_env.plugins.plugin_utils.words import by_variables


class _PlayAction(ActionBase):
    """An action that knows its play.

    :ivar variables: the task's variables.
    """

    variables: dict[str, Any]

    @property
    def host(self) -> str:
        """Name of the host that the task runs for."""
        return str(self.variables.get("inventory_hostname", ""))

    @property
    def hosts(self) -> list[str]:
        """The hosts of the play, those that are lost included."""
        return [str(host) for host in self.variables.get("ansible_play_hosts_all", [self.host])]


class ControllerAction(_PlayAction):
    """An action that connects to no host: it reads what was registered on the hosts of the play.

    :cvar ARGUMENTS: the task's argument spec.
    :ivar variables: the task's variables.
    """

    TRANSFERS_FILES = False
    ARGUMENTS: ClassVar[dict[str, dict[str, Any]]] = {}
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Answer the task; an error becomes its failure."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.variables = task_vars or {}
        _checked, given = self.validate_argument_spec(argument_spec=self.ARGUMENTS)
        try:
            # Ansible takes only Python's own types from an action.
            result.update(changed=False, **plain(self.answered(given)))
        except ModelEnvError as error:
            result.update(_failure(error))
        return result

    def answered(self, given: dict[str, Any]) -> dict[str, Any]:
        """The result of the task.

        :param given: the task's arguments, with their defaults.
        :raises ModelEnvError: there is none.
        """
        raise NotImplementedError

    def registered(self, host: str) -> Registered:
        """A way to the variables of one host, which answers a variable that is broken with a failure."""

        def value(name: str) -> Any:
            try:
                return plain(self.variables["hostvars"][host].get(name))
            except AnsibleError as error:
                return {"failed": True, "msg": f"the variable {name} cannot be evaluated: {error}"}

        return value


class NodeAction(_PlayAction):
    """An action with a module on the node.

    :cvar MODULE: full name of the module.
    :ivar variables: the task's variables.
    """

    MODULE = ""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Take the three steps; what a step returned before another one failed stays in the result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.variables = task_vars or {}
        written = self._written_arguments()
        try:
            answer = self.executed(self.prepared(dict(self._task.args)))
            result.update(by_variables(answer, written, self.variables))
            result.update(self.completed(result))
        except ModelEnvError as error:
            result.update(by_variables(_failure(error), written, self.variables))
        return result

    def _written_arguments(self) -> Mapping[str, Any]:
        """The module's arguments as the task's file has them; none where the task is no YAML of a file."""
        for key, value in (self._task.get_ds() or {}).items():
            if key.rpartition(".")[2] == self.MODULE.rpartition(".")[2] and isinstance(value, Mapping):
                return value
        return {}

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments, of the task's.

        :raises ModelEnvError: they make no sense; the node is not connected to.
        """
        return arguments

    def executed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """What the module answers.

        :param arguments: what :meth:`prepared` returned.
        """
        return self.execute(arguments)

    def completed(self, result: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """What the controller adds to the result; called for a failed one, too.

        :raises ModelEnvError: the task fails, and keeps the module's answer.
        """
        return {}

    def execute(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Run the module in the foreground.

        :raises ModelEnvError: (``answer``) what came back is no answer of this module.
        """
        answer = self._execute_module(self.MODULE, module_args=dict(arguments), task_vars=self.variables)
        return self.believed(answer)

    def believed(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The node's answer, as far as it can be believed."""
        return believed(self.MODULE.rpartition(".")[2], answer, self.host)


class SpecAction(NodeAction):
    """An action whose module takes specs: they are validated, and the module gets their normal forms.

    :ivar locks: those of the specs that have one, by name.
    """

    locks: Mapping[str, Lock]

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Replace ``specs`` by the normal forms of those that ``selected`` names."""
        normal = self.normal(arguments, arguments.get("specs"), arguments.get("selected"))
        return {**super().prepared(arguments), "specs": normal}

    def normal(self, arguments: Mapping[str, Any], specs: Any, selected: Any = None) -> dict[str, dict[str, Any]]:
        """Normal forms by name, with the indexes that the task names and what their locks hold.

        :raises ModelEnvError: everything that is wrong with them.
        """
        loaded = load_specs(
            specs,
            selected,
            index_url=arguments.get("index_url") or "",
            index_urls=arguments.get("index_urls") or {},
        )
        given = arguments.get("lock", AUTO)
        policy = OFF if given is False else str(given or AUTO)  # YAML reads `off` as false
        if policy not in POLICIES:
            raise ModelEnvError(
                f"lock is {policy}", why=f"it may be {', '.join(POLICIES)}", todo="correct it", kind="invalid"
            )
        found, self.locks = self.lock_folder(arguments).attach(loaded, policy)
        return {name: spec.to_dict() for name, spec in found.items()}

    def lock_folder(self, arguments: Mapping[str, Any]) -> LockFolder:
        """The folder of the locks: what the task says, else ``models`` beside the inventory."""
        inventory = str(self.variables.get("inventory_dir") or "")
        beside = os.path.join(inventory, "models") if inventory else ""
        named = os.path.expanduser(str(arguments.get("lock_folder") or ""))
        return LockFolder(os.path.abspath(named) if named else beside)


class BackgroundAction(NodeAction):
    """An action whose module may take long: it looks first, and what takes long shows its progress.

    With nothing to do it costs one remote execution.

    :cvar SECRETS: options that may hold a secret. They go through a pipe to a module in the background, because Ansible
        writes its other arguments into a file.
    :cvar INTERVAL: seconds between two lines of progress, as the module's default of ``progress_interval``.
    """

    SECRETS: tuple[str, ...] = ()
    INTERVAL = 5.0

    def executed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Look, and where that says that more is to be done, do it in the background."""
        looked = self.execute({**self.for_look(arguments), "only_look": True})
        if arguments.get("only_look") or looked.get("failed") or not looked.pop("more", False):
            return looked
        secrets = {name: arguments[name] for name in self.SECRETS if arguments.get(name)}
        told = {name: value for name, value in arguments.items() if name not in secrets}
        follower = Follower(self, self.variables, self.interval(arguments))
        return self.believed(follower.run(self.MODULE, told, secrets or None))

    def for_look(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments that the module needs to look."""
        return arguments

    def interval(self, arguments: Mapping[str, Any]) -> float:
        """Seconds between two lines of progress; 0 for none."""
        return float(arguments.get("progress_interval", self.INTERVAL))


def _failure(error: ModelEnvError) -> dict[str, Any]:
    return {"failed": True, "msg": error.message, "error": error.as_dict()}
