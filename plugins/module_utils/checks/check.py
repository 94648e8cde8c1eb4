# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check is, and how the verdict comes from what was measured. All checks are in ``table.py``. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Callable, Mapping, Optional, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks import linker_errors, verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import Verdict

# Whose policy decides what a skip means (see ``Policies``), and what is said where it requires the thing.
GPU, API_KEYS = "gpu", "api_keys"
UNMET = {GPU: "a GPU is required", API_KEYS: "the key is required"}


@dataclass(frozen=True)
class ProbeCall:
    """What is run in the environment for one check.

    :ivar probe: name of a probe (``probes/environment.py``, ``probes/compute.py``).
    :ivar args: its arguments.
    """

    probe: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """What was measured for a check.

    :ivar value: what the probe returned.
    :ivar error: what went wrong ("" if nothing did).
    :ivar blocked: the module that failed to import in an earlier check, so that this one was not tried.
    :ivar not_run: another reason why it was not tried.
    :ivar missing: what is not there, so that there was nothing to measure.
    :ivar cure: what to do if the check fails ("" if nothing is known).
    :ivar timed_out: the error is the time limit.
    """

    value: Any = None
    error: str = ""
    blocked: str = ""
    not_run: str = ""
    missing: str = ""
    cure: str = ""
    seconds: float = 0.0
    timed_out: bool = False


@dataclass(frozen=True)
class Node:
    """What checks of the node itself look at.

    :ivar gpus: ``GpuState.as_dict()`` plus ``broken``.
    :ivar xids: PCI address and number of each Xid error since the node started; None: the kernel's log may not be read.
    :ivar visible_devices: CUDA_VISIBLE_DEVICES; None: not set.
    """

    gpus: Mapping[str, Any]
    xids: Optional[Sequence[tuple[str, int]]]
    visible_devices: Optional[str]


def _always(_expect: Expectation) -> bool:
    return True


def _nothing_wrong(_value: Any, _expect: Expectation) -> str:
    return ""


def _nothing_to_say(_value: Any) -> str:
    return ""


@dataclass(frozen=True)
class Check:
    """One question about an environment.

    :ivar name: what reports call it; ``import:NAME`` stands for one check for each name that ``names`` gives.
    :ivar asked: whether an expectation asks for it.
    :ivar names: what NAME stands for.
    :ivar probe: what is run in the environment; None: nothing. ``{NAME}`` in an argument is the name.
    :ivar measured_as: the check whose measured value this one judges, too.
    :ivar of_release: only a release of this collection has it, and the room ``releases`` measures it.
    :ivar problem: what is wrong with a value; "": nothing.
    :ivar remark: what to say about a value with which nothing is wrong; "": nothing.
    :ivar loud: the verdict with a remark, PASS or WARN.
    :ivar says_nothing: why a value is no answer, so that the verdict is a skip; "": it is one.
    :ivar on_node: in the place of the last four: the verdict, from what was measured and the node.
    :ivar needs: GPU or API_KEYS: that policy can switch the check off, and turn its skips into fails.
    """

    name: str
    asked: Callable[[Expectation], bool] = _always
    names: Optional[Callable[[Expectation], Sequence[str]]] = None
    probe: Optional[ProbeCall] = None
    measured_as: str = ""
    of_release: bool = False
    problem: Callable[[Any, Expectation], str] = _nothing_wrong
    remark: Callable[[Any], str] = _nothing_to_say
    loud: str = verdicts.PASS
    says_nothing: Callable[[Any], str] = _nothing_to_say
    on_node: Optional[Callable[[Measured, Node], Verdict]] = None
    needs: str = ""

    @property
    def subject(self) -> str:
        """What stands in the place of NAME."""
        return self.name.partition(":")[2]

    def each(self, expect: Expectation) -> list[Check]:
        """The checks that this entry is for an expectation: none, itself, or one for each name."""
        if not self.asked(expect):
            return []
        if self.names is None:
            return [self]
        return [self._named(name) for name in dict.fromkeys(self.names(expect))]

    def _named(self, name: str) -> Check:
        call = self.probe
        if call is not None:
            call = replace(call, args={key: name if arg == "{NAME}" else arg for key, arg in call.args.items()})
        return replace(self, name=self.name.replace("NAME", name), probe=call)


def verdict_of(check: Check, measured: Measured, expect: Expectation, node: Optional[Node] = None) -> Verdict:
    """The verdict of a check, before any policy.

    :param node: not None where the check has ``on_node``.
    """

    def verdict(word: str, reason: str = "", value: Any = None) -> Verdict:
        cure = measured.cure if word == verdicts.FAIL else ""
        return verdicts.make(check.name, word, value, reason, measured.seconds, cure)

    value = measured.value
    if measured.missing:
        return verdict(verdicts.SKIP, measured.missing)
    if measured.blocked or measured.not_run:
        why = measured.not_run or f"{measured.blocked} does not import, as an earlier check says"
        return verdict(verdicts.SKIP, f"not run: {why}")
    if measured.error:
        cause = linker_errors.cause(measured.error)
        return verdict(verdicts.FAIL, f"{cause}; {measured.error}" if cause else measured.error, value)
    if check.on_node is not None and node is not None:
        return check.on_node(measured, node)
    nothing = check.says_nothing(value)
    if nothing:
        return verdict(verdicts.SKIP, nothing, value)
    problem = check.problem(value, expect)
    if problem:
        return verdict(verdicts.FAIL, problem, value)
    remark = check.remark(value)
    return verdict(check.loud if remark else verdicts.PASS, remark, value)
