# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that reaches the operator: what failed, where, why, and what to do."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.masking import masked, masked_data
from ansible_collections.portable.model_env.plugins.module_utils.names import one_line, visible, visible_data


class OwnLines(str):
    """A text of several lines that we have written; in every other text of an error, a line break is escaped."""

    __slots__ = ()


class ModelEnvError(Exception):
    """A failure that is explained to the person who runs the play.

    It is a value: nobody changes one that was raised (:meth:`with_` makes another). Every layer raises this (and
    nothing else) for a failure that it understands; only the module at the edge turns it into ``fail_json``.

    Words of servers, files and programs may be handed in as they came: no field shows a secret that is known, or has a
    control character or a line break of theirs.

    :param what: what failed, as one sentence without the closing stop.
    :param where: the environment, folder, host or index concerned ("" where ``what`` says it).
    :param why: the likely cause in one sentence ("" if unknown).
    :param todo: what the operator can do about it ("" if nothing is known).
    :param kind: machine-readable class of the failure, e.g. ``resolution``, ``network``,
        ``no_space``, ``interpreter``, ``locked``, ``invalid``, ``checks``, ``timeout``, ``io``.
    :param log: path on the node of the full output ("" if there is none).
    :param details: further facts for callers that read data instead of prose.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        why: str = "",
        todo: str = "",
        kind: str = "io",
        log: str = "",
        details: dict[str, Any] | None = None,
    ) -> None:
        texts = {"kind": kind, "what": what, "where": where, "why": why, "todo": todo, "log": log}
        self._fields: dict[str, Any] = {name: _printable(text) for name, text in texts.items()}
        self._fields["details"] = visible_data(masked_data(details or {}))
        super().__init__(self.message)

    @property
    def what(self) -> str:
        """See the class, as for the others."""
        return str(self._fields["what"])

    @property
    def where(self) -> str:
        """See the class."""
        return str(self._fields["where"])

    @property
    def why(self) -> str:
        """See the class."""
        return str(self._fields["why"])

    @property
    def todo(self) -> str:
        """See the class."""
        return str(self._fields["todo"])

    @property
    def kind(self) -> str:
        """See the class."""
        return str(self._fields["kind"])

    @property
    def log(self) -> str:
        """See the class."""
        return str(self._fields["log"])

    @property
    def details(self) -> dict[str, Any]:
        """See the class; a copy."""
        return dict(self._fields["details"])

    def with_(self, **changes: Any) -> ModelEnvError:
        """The same failure with some of its fields changed: whoever knows more of it says so to those who come after.

        Where it was raised, and because of what, stay with it.

        :param changes: fields of this class; ``details`` are added to those that are there.
        """
        if "details" in changes:
            changes["details"] = {**self.details, **changes["details"]}
        fields = {**self._fields, **changes}
        changed = ModelEnvError(fields.pop("what"), **fields).with_traceback(self.__traceback__)
        changed.__cause__, changed.__context__ = self.__cause__, self.__context__
        # Setting a cause says that the context is not worth showing.
        changed.__suppress_context__ = self.__suppress_context__
        return changed

    @property
    def message(self) -> str:
        """The prose: one line each for what, why, what to do, and the log."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        lines = [_sentence(head)]
        if self.why:
            lines.append("Why: " + _sentence(self.why))
        if self.todo:
            lines.append("What to do: " + _sentence(self.todo))
        if self.log:
            lines.append("Full output on the node: " + self.log)
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The same as data, for the ``error`` return value of a module."""
        return {**self._fields, "what": self.what, "details": self.details}


def _printable(text: str) -> str:
    if isinstance(text, OwnLines):
        return OwnLines(visible(masked(text)))
    return one_line(masked(text.strip()))


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", ":", "`")) else text + "."
