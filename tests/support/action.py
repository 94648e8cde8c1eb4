# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action plugin as Ansible makes it, with a node that answers from a script instead of running modules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader
from ansible.template import Templar

Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class Node:
    """Answers the executions of modules in order.

    :ivar answers: one for each execution, or what makes it of the module's arguments.
    :ivar calls: module and arguments of each execution that came.
    """

    answers: list[Answer] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def execute(self, module_name: str = "", module_args: dict[str, Any] | None = None, **_rest: Any) -> dict[str, Any]:
        """Stands in for ``ActionBase._execute_module``."""
        arguments = dict(module_args or {})
        self.calls.append((module_name, arguments))
        if not self.answers:
            raise AssertionError(f"unexpected execution of {module_name} with {arguments}")
        answer = self.answers.pop(0)
        return answer(arguments) if callable(answer) else dict(answer)


def make(
    plugin: Any,
    arguments: dict[str, Any] | None = None,
    variables: dict[str, Any] | None = None,
    node: Node | None = None,
    **keywords: Any,
) -> Any:
    """The plugin for one task on this machine.

    :param plugin: the class ``ActionModule``.
    :param arguments: the task's.
    :param variables: the task's, which :func:`run` hands over.
    :param keywords: of the task, such as ``check_mode``.
    """
    loader = DataLoader()
    context = PlayContext()
    task = Task.load({"action": "ansible.builtin.debug", **keywords})
    task.args = dict(arguments or {})
    connection = connection_loader.get("local", context, "/dev/null")
    templar = Templar(loader=loader, variables=variables or {})
    action = plugin(task, connection, context, loader, templar, None)
    action._load_name = plugin.__module__.rpartition(".")[2]
    action._execute_module = (node or Node()).execute
    return action


def run(
    plugin: Any,
    arguments: dict[str, Any] | None = None,
    variables: dict[str, Any] | None = None,
    node: Node | None = None,
    **keywords: Any,
) -> dict[str, Any]:
    """As :func:`make`; the result of the task."""
    variables = {"inventory_hostname": "n1", **(variables or {})}
    result: dict[str, Any] = make(plugin, arguments, variables, node, **keywords).run(task_vars=variables)
    return result
