# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks, in the order in which they run: one entry each.

torch comes before other packages, so that what is proven of it does not depend on what they did to it. GPUs come after
them, from what only looks to what loads a GPU most: a driver that hangs must not keep the rest from being known.
"""

from __future__ import annotations

from functools import partial

from ansible_collections.portable.model_env.plugins.module_utils.checks import (
    compute,
    driver,
    environment,
    gpus,
    release,
)
from ansible_collections.portable.model_env.plugins.module_utils.checks.check import API_KEYS, GPU, Check, ProbeCall
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import WARN


def _torch(expect: Expectation) -> bool:
    return bool(expect.builds)


def _build(module: str, expect: Expectation) -> bool:
    return module in expect.builds


def _flash_attention(expect: Expectation) -> bool:
    return _torch(expect) and any(entry.name == compute.ATTENTION_PACKAGE for entry in expect.torch_extensions)


TABLE: tuple[Check, ...] = (
    Check("receipt", of_release=True),
    Check("distributions", of_release=True, problem=release.distributions_problem),
    Check("files", of_release=True, problem=release.files_problem),
    Check("interpreter", probe=ProbeCall("interpreter"), problem=environment.interpreter_problem),
    *(
        Check(
            f"{module}_build",
            asked=partial(_build, module),
            probe=ProbeCall("build", {"module": module}),
            problem=partial(environment.build_problem, module),
        )
        for module in ("torch", "torchvision", "torchaudio")
    ),
    *(
        Check(
            f"matmul_cpu:{kind}",
            asked=_torch,
            probe=ProbeCall("matmul", {"device": "cpu", "kind": kind}),
            problem=compute.matmul_problem,
        )
        for kind in ("float32", "bfloat16")
    ),
    Check("conv_cpu", asked=_torch, probe=ProbeCall("conv", {"device": "cpu"}), problem=compute.conv_problem),
    Check(
        "numpy_bridge",
        asked=_torch,
        probe=ProbeCall("numpy"),
        says_nothing=environment.no_numpy,
        problem=environment.numpy_problem,
    ),
    Check(
        "nms_cpu",
        asked=partial(_build, "torchvision"),
        probe=ProbeCall("nms", {"device": "cpu"}),
        problem=environment.nms_problem,
    ),
    Check("import:NAME", names=lambda expect: expect.modules, probe=ProbeCall("import", {"module": "{NAME}"})),
    Check(
        "gpu_visible",
        needs=GPU,
        asked=_torch,
        probe=ProbeCall("gpus"),
        on_node=lambda seen, node: gpus.visible(seen.value, node.gpus, node.visible_devices, seen.seconds),
    ),
    Check(
        "driver",
        needs=GPU,
        asked=_torch,
        measured_as="gpu_visible",
        on_node=lambda seen, node: driver.for_build(seen.value["built"], node.gpus),
    ),
    Check("gpu_health", needs=GPU, asked=_torch, on_node=lambda _none, node: gpus.health(node.gpus, node.xids)),
    Check(
        "gpu_memory",
        needs=GPU,
        asked=_torch,
        probe=ProbeCall("memory"),
        says_nothing=gpus.none_seen,
        remark=gpus.memory_remark,
        loud=WARN,
    ),
    Check(
        "compute_capability",
        needs=GPU,
        asked=_torch,
        probe=ProbeCall("capability"),
        says_nothing=gpus.none_seen,
        problem=gpus.capability_problem,
    ),
    *(
        Check(
            f"matmul_cuda:{kind}",
            needs=GPU,
            asked=_torch,
            probe=ProbeCall("matmul", {"device": "cuda", "kind": kind}),
            says_nothing=compute.not_computed,
            problem=compute.matmul_problem,
        )
        for kind in ("float32", "tf32", "bfloat16", "float16")
    ),
    Check(
        "conv_cudnn",
        needs=GPU,
        asked=_torch,
        probe=ProbeCall("conv", {"device": "cuda"}),
        says_nothing=compute.not_computed,
        problem=compute.conv_problem,
    ),
    Check(
        "nms_cuda",
        needs=GPU,
        asked=partial(_build, "torchvision"),
        probe=ProbeCall("nms", {"device": "cuda:0"}),
        says_nothing=gpus.none_seen,
        problem=environment.nms_problem,
    ),
    Check(
        "flash_attention",
        needs=GPU,
        asked=_flash_attention,
        probe=ProbeCall("attention"),
        says_nothing=gpus.none_seen,
        problem=compute.attention_problem,
    ),
    Check(
        "nccl",
        needs=GPU,
        asked=_torch,
        probe=ProbeCall("nccl"),
        says_nothing=gpus.none_seen,
        problem=compute.nccl_problem,
    ),
    Check(
        "gpu_rate",
        needs=GPU,
        asked=_torch,
        probe=ProbeCall("rate"),
        says_nothing=gpus.none_seen,
        remark=compute.rate_remark,
    ),
    Check("api_key:NAME", names=lambda expect: expect.api_keys, needs=API_KEYS),
)


def asked(expect: Expectation) -> list[Check]:
    """The checks that an expectation asks of an environment, in their order; what only a release has is left out."""
    return [one for check in TABLE if not check.of_release for one in check.each(expect)]


def named(name: str) -> Check:
    """The entry of a name."""
    return next(check for check in TABLE if check.name == name)
