# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a long module in the background of the node and shows its progress on the operator's terminal meanwhile.

How it works, for any module with the options ``status_file`` and (if it takes secrets) ``secrets_pipe``:

1. The module is started through Ansible's own async wrapper, so it outlives a lost connection.
2. Secrets go through a named pipe. Ansible writes the arguments of a background module into a file on the node; what
   goes through a pipe is in no file and in no process list.
3. Every few seconds one raw command, without starting Python on the node, reads the status file and the wrapper's job
   file. What the status says becomes one plain line (``host/progress.py``), so it reads well in a CI log and with many
   hosts.
4. The result is collected with ``async_status``, which also cleans up.
"""

from __future__ import annotations

import json
import re
import shlex
import time
from typing import Any, Mapping

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.portable.model_env.plugins.module_utils.host.progress import line
from ansible_collections.portable.model_env.plugins.plugin_utils import screen

_BETWEEN = "--- job ---"
_DEAD_LOOKS = 4
_PATIENCE = 900.0
_FOREVER = 30 * 24 * 3600
_FIRST_PAUSE = 0.3


class Follower:
    """Runs one module of one host.

    :param action: the action plugin that wants it; its task must not be asynchronous itself.
    :param task_vars: as given to the action.
    :param interval: seconds between two lines; 0: show none, as with ``no_log``.
    """

    def __init__(self, action: ActionBase, task_vars: dict[str, Any], interval: float) -> None:
        self._action = action
        self._vars = task_vars
        self._interval = 0.0 if action._task.no_log else interval
        self._host = str(task_vars.get("inventory_hostname", "localhost"))

    def run(
        self, module: str, arguments: Mapping[str, Any], secrets: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the module to its end; its result.

        :param module: full name.
        :param arguments: its options, without the secrets.
        :param secrets: JSON object that the module reads from ``secrets_pipe``; None: the module gets no pipe.
        """
        async_dir = self._async_dir()
        folder = self._make_folder(async_dir, bool(secrets))
        if not folder:  # a user without a home: what the module does counts for more than what is shown of it
            screen.warn(f"{self._host}: {async_dir} cannot be made there, so no progress is shown")
            plain: dict[str, Any] = self._action._execute_module(
                module_name=module, module_args={**arguments, **(secrets or {})}, task_vars=self._vars
            )
            return plain
        try:
            given = {**arguments, "status_file": f"{folder}/status"}
            if secrets is not None:
                if self._action._connection.has_pipelining:
                    given["secrets_pipe"] = f"{folder}/secrets"
                else:  # this connection has no standard input: the usual way, in a file of mode 0600 while it runs
                    given.update(secrets)
            started = self._start(module, given)
            if started.get("failed") or "ansible_job_id" not in started:
                return started
            if "secrets_pipe" in given:
                self._send(f"{folder}/secrets", json.dumps(secrets))
            # The wrapper says where it writes: its `~` is HOME, and Ansible's is the user's entry in passwd.
            job_file = str(started.get("results_file") or f"{async_dir}/{started['ansible_job_id']}")
            lost = self._follow(f"{folder}/status", job_file)
            return lost or self._collect(str(started["ansible_job_id"]), job_file.rpartition("/")[0])
        finally:
            self._shell(f"rm -rf {shlex.quote(folder)}", patient=True)

    def _async_dir(self) -> str:
        wanted = self._action.get_shell_option("async_dir", default="~/.ansible_async")
        return str(self._action._remote_expand_user(wanted))

    def _make_folder(self, async_dir: str, pipe: bool) -> str:
        """A fresh folder on the node for status and secrets; "" if it cannot be made."""
        template = shlex.quote(f"{async_dir}/progress.XXXXXXXX")
        command = f"umask 077 && mkdir -p {shlex.quote(async_dir)} && d=$(mktemp -d {template})"
        command += ' && mkfifo "$d/secrets"' if pipe else ""
        found = re.search(r"^folder=(/.+)$", self._shell(f'{command} && echo "folder=$d"'), re.MULTILINE)
        return found.group(1).strip() if found else ""

    def _start(self, module: str, arguments: dict[str, Any]) -> dict[str, Any]:
        task = self._action._task
        task.async_val = _FOREVER
        try:
            result: dict[str, Any] = self._action._execute_module(
                module_name=module, module_args=arguments, task_vars=self._vars, wrap_async=True
            )
            return result
        finally:
            # The task itself is not asynchronous: the executor must not follow the job a second time.
            task.async_val = 0

    def _send(self, pipe: str, text: str) -> None:
        command = f"timeout 120 sh -c {shlex.quote(f'cat > {shlex.quote(pipe)}')}"
        self._action._low_level_execute_command(command, in_data=text.encode())

    def _follow(self, status_file: str, job_file: str) -> dict[str, Any]:
        """Show progress until the job is over; a failure if it is over without a result, else {}."""
        command = f"cat {shlex.quote(status_file)} 2>/dev/null; echo; echo '{_BETWEEN}'; cat {shlex.quote(job_file)}"
        pause, shown, dead, heard = _FIRST_PAUSE, time.monotonic(), 0, time.monotonic()
        said_last: tuple[Any, Any] = ("", "")
        since = time.monotonic()
        while True:
            time.sleep(pause)
            pause = min(pause * 2, self._interval or 5.0)
            try:
                output = self._shell(command)
                heard = time.monotonic()
            except AnsibleConnectionFailure:
                # The module goes on without us; it can be heard again when the network is back.
                if time.monotonic() - heard > _PATIENCE:
                    raise
                screen.show(f"{self._host}: the connection is lost; the run on the node goes on, trying again")
                continue
            said, _between, job = output.partition(_BETWEEN)
            status, state = _json(said), _json(job)
            if (state and "started" not in state) or state.get("finished"):
                return {}
            pid = status.get("pid")
            dead = dead + 1 if isinstance(pid, int) and not self._alive(pid) else 0
            if dead >= _DEAD_LOOKS:
                why = "it was killed, or the node was restarted"
                return {
                    "failed": True,
                    "msg": f"The run on the node ended without a result.\nWhy: {why}.\nWhat to do: run again.",
                }
            if said_last != (status.get("phase"), status.get("detail")):
                said_last, since = (status.get("phase"), status.get("detail")), time.monotonic()
            if self._interval and time.monotonic() - shown >= self._interval - 0.5:
                shown = time.monotonic()
                text = line(status, time.monotonic() - since)
                if text:
                    screen.show(f"{self._host}: {text}")

    def _alive(self, pid: int) -> bool:
        return "yes" in self._shell(f"test -d /proc/{pid} && echo yes; true")

    def _collect(self, job: str, async_dir: str) -> dict[str, Any]:
        arguments = {"jid": job, "_async_dir": async_dir}
        result: dict[str, Any] = self._action._execute_module(
            "ansible.builtin.async_status", module_args={**arguments, "mode": "status"}, task_vars=self._vars
        )
        self._action._execute_module(
            "ansible.builtin.async_status", module_args={**arguments, "mode": "cleanup"}, task_vars=self._vars
        )
        for key in ("ansible_job_id", "finished", "started", "results_file"):
            result.pop(key, None)
        return result

    def _shell(self, command: str, *, patient: bool = False) -> str:
        try:
            return str(self._action._low_level_execute_command(command)["stdout"])
        except AnsibleConnectionFailure:
            if patient:
                return ""
            raise


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
