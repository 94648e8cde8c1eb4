# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pins policy of the module pip: what a requirement may look like."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.masking import masked, secrets_in
from ansible_collections.portable.model_env.plugins.module_utils.names import Commit
from ansible_collections.portable.model_env.plugins.module_utils.requirements import sources
from ansible_collections.portable.model_env.plugins.module_utils.requirements.parse import Parsed, parse_requirement

EXACT, BOUNDED, ANY = "exact", "bounded", "any"
_LOWER, _UPPER = (">=", ">", "~=", "=="), ("<=", "<", "~=", "==")


def problem(text: str, policy: str) -> tuple[str, str]:
    """What is wrong with a requirement, and the line that mends it; two empty strings if nothing is.

    :param policy: ``exact``: one version, an archive with its hash, or git at a commit; ``bounded``: also a range with
        both bounds; ``any``: whatever the installer understands.
    """
    parsed = parse_requirement(text)
    if parsed is None:
        return _unreadable(text)
    if parsed.url:
        return _direct(parsed)
    if policy == ANY or parsed.version:
        return "", ""
    operators = [re.split(r"[^<>=!~]", specifier, maxsplit=1)[0] for specifier in parsed.specifiers]
    if not operators:
        return "has no version", f"{parsed.head}==<version>"
    bounded = any(o in _LOWER for o in operators) and any(o in _UPPER for o in operators)
    if bounded and policy == BOUNDED:
        return "", ""
    if bounded:
        return "is a range", f"{parsed.head}==<version>, or keep the range with pins: bounded"
    return "is open at one end", f"{parsed.head}==<version>"


def refuse(texts: Iterable[str], policy: str, where: str) -> None:
    """Refuse all offending requirements at once.

    :raises ModelEnvError: kind ``invalid``.
    """
    found = [(masked(text), *problem(text, policy)) for text in texts]
    lines = [f"{text!r} {what}: write {fix}" for text, what, fix in found if what]
    if lines:
        raise ModelEnvError(
            "these requirements are not pinned: " + "; ".join(lines),
            where=where,
            why="an open requirement gives every node, and every day, another environment",
            todo="pin them as shown",
            kind="invalid",
            details={"requirements": [text for text, what, _fix in found if what]},
        )


def _direct(parsed: Parsed) -> tuple[str, str]:
    source = sources.source(parsed.url)
    if source.kind == "vcs":
        if secrets_in([parsed.url]):
            return (
                "holds a password or token",
                f"{parsed.head} @ {source.words}, and give the secret to git on the node",
            )
        if Commit.fits(source.reference):
            return "", ""
        return "is not at a commit", f"git: [{{name: {parsed.name}, url: {source.url}, commit: <40 hex digits>}}]"
    if source.kind == "dir":
        return "is a folder, which has no version", "its path under name with editable: true, or build a wheel of it"
    if source.sha256:
        return "", ""
    return "has no hash", f"{parsed.head} @ {source.url}#sha256=<64 hex digits>"


def _unreadable(text: str) -> tuple[str, str]:
    if text.startswith("-"):
        return "is an option, not a requirement", "the module's option for it"
    if "://" in text:
        return "does not say which distribution it is", f"<name> @ {masked(text)}"
    if text.startswith((".", "/", "~")):
        return "is a path", "editable: true, for the absolute path of a source tree"
    return "cannot be read", "<name>==<version>"
