# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is used of a node's answer about wheels: its findings. What is asked for comes from the operator's specs.

Another host may build a wheel because of such an answer, as root. So what it builds, from where and with what is never
read from the answer: the node says for which platform and GPUs, and even that must be a key that the spec can have.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import FileName
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, Spec
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey, cuda_of, minor_of
from ansible_collections.portable.model_env.plugins.plugin_utils import answers

# What a build installs first, as requests have it.
SOURCES = ("torch", "index_url", "extra_index_urls", "find_links")


def asked_by(specs: Mapping[str, Spec]) -> list[dict[str, Any]]:
    """A request for each torch extension of some specs: everything of it that is the operator's word."""
    return [
        {
            "environment": name,
            "entry": extension.to_dict(),
            "torch": list(spec.torch.requirements) if spec.torch else [],
            "index_url": spec.index_url,
            "extra_index_urls": spec.further_indexes,
            "find_links": list(spec.find_links),
            "key": _limits(spec),
        }
        for name, spec in specs.items()
        for extension in spec.torch_extensions
    ]


def asked_for(environment: str, extensions: Iterable[Extension]) -> list[dict[str, Any]]:
    """The same for an environment that no spec describes; its torch is what the node says that it is."""
    nothing: dict[str, Any] = {"index_url": "", "extra_index_urls": [], "find_links": [], "key": {}}
    return [{"environment": environment, "entry": one.to_dict(), "torch": None, **nothing} for one in extensions]


def believed(found: Sequence[Any], asked: Sequence[Mapping[str, Any]], host: str) -> list[dict[str, Any]]:
    """What a node found, one entry for each request, with everything that was asked for as it was asked.

    :param found: ``wheels`` of its answer.
    :param asked: of :func:`asked_by` or :func:`asked_for`, or what this function returned before.
    :raises ModelEnvError: (``answer``) an entry answers no request, or has a key that the request cannot have.
    """
    requests = {(one["environment"], canonicalize_name(one["entry"]["name"])): one for one in asked}
    result = []
    for number, one in enumerate(found):
        try:
            wheel = strict.read(answers.Wheel, one, extra=True)
            name = (wheel.environment, canonicalize_name(wheel.name))
            if name not in requests:
                raise strict.Refused("name", "is a torch extension that no spec of this host asks for")
            request = requests[name]
            key = _key(wheel, request)
            FileName.parse(wheel.wheel or "-")
        except (strict.Refused, ValueError) as error:
            raise ModelEnvError(
                "the answer about wheels of torch extensions cannot be believed",
                where=host,
                why=f"wheels[{number}]: {error}",
                todo="look at the node before it is used; nothing of this answer was acted on",
                kind="answer",
            ) from error
        found_out = ("blocked", "error", "trouble", "wheel", "outcome", "path", "sha256", "origin", "requirement")
        result.append(
            {
                "from": str(one.get("from") or ""),
                **{field: getattr(wheel, field) for field in found_out},
                "looks": [asdict(look) for look in wheel.looks],
                "environment": wheel.environment,
                "name": request["entry"]["name"],
                "entry": dict(request["entry"]),
                **{field: request[field] for field in SOURCES},
                "torch": _torch(one) if request["torch"] is None else request["torch"],
                "key": key.as_dict() if key else None,
                "slug": key.slug() if key else "",
            }
        )
    return result


def _torch(one: Mapping[str, Any]) -> list[str]:
    """The torch that an environment has, as a requirement; it is one pin of torch, or nothing."""
    found = one.get("torch")
    if isinstance(found, list) and len(found) == 1 and re.fullmatch(r"torch==[0-9][0-9A-Za-z.+]{0,40}", str(found[0])):
        return [str(found[0])]
    return []


def _limits(spec: Spec) -> dict[str, str]:
    """What a key must say because the spec does."""
    limits = {"python_tag": "cp" + "".join(spec.python.split(".")[:2])}
    if spec.torch:
        limits.update(torch=minor_of(spec.torch.version), cuda=cuda_of(spec.torch.cuda_version))
    return limits


def _key(wheel: answers.Wheel, request: Mapping[str, Any]) -> WheelKey | None:
    if wheel.key is None:
        return None
    key, entry = WheelKey.from_dict(wheel.key), Extension.from_dict(request["entry"])
    wanted: dict[str, str] = {"package": canonicalize_name(entry.name), "version": entry.version}
    wanted.update({name: str(value) for name, value in (request["key"] or {}).items() if name in _COMPARED})
    if entry.commit or not entry.tag:
        wanted["commit"] = entry.commit
    for name, value in wanted.items():
        if getattr(key, name) != value:
            raise strict.Refused(f"key.{name}", f"is {getattr(key, name)!r}, and what was asked for has {value!r}")
    return key


# Of a key, what does not depend on the node. A second answer may correct the C++11 ABI of a first one.
_COMPARED = ("python_tag", "torch", "cuda")
