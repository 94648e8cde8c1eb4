# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The receipt of a release: what was asked, what was built, how, and what was proven.

The format is versioned by ``FORMAT``; a receipt of another format is treated as missing, so its release is built anew.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.installers import origins
from ansible_collections.portable.model_env.plugins.module_utils.names import PathBelow
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec

FORMAT = 1
FILE_NAME = "model_env-receipt.json"


@dataclass(frozen=True)
class Installed:
    """One distribution of a release.

    :ivar words: what is installed, as people say it: a version, a commit, a URL.
    :ivar origin: of these words: ``index``, ``vcs``, ``editable`` or ``url``.
    :ivar record: bytes of its RECORD file, and its modification time in whole seconds, which every filesystem stores;
        empty: it is not installed yet.
    """

    version: str
    words: str
    origin: str
    record: tuple[int, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """What a release was made of.

    :ivar spec: the normal form, see :func:`spec_of`.
    :ivar lock: that it was installed from, see :class:`Lock`; empty: there was none.
    :ivar created: when its build began, in seconds since the epoch; ``seconds``: how long it took.
    :ivar distributions: by canonical name.
    :ivar checkouts: the commit of each source tree by its path below the release.
    :ivar verdicts: of the checks before it was switched to.
    :ivar python: ``version`` and ``executable`` of the interpreter.
    :ivar extensions: name, key, wheel, sha256, origin and source of the wheel of each torch extension.
    """

    format: int = FORMAT
    name: str = ""
    release: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict)
    spec_digest: str = ""
    lock: Mapping[str, Any] = field(default_factory=dict)
    host: str = ""
    created: float = 0.0
    seconds: float = 0.0
    distributions: Mapping[str, Installed] = field(default_factory=dict)
    checkouts: Mapping[PathBelow, str] = field(default_factory=dict)
    verdicts: tuple[Mapping[str, Any], ...] = ()
    python: Mapping[str, str] = field(default_factory=dict)
    installer: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Mapping[str, Any], ...] = ()
    extensions: tuple[Mapping[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


NONE = Receipt()


def read(data: Any) -> Receipt | None:
    """A receipt of this format, whoever wrote the file; None: it is none.

    Keys that a newer version of the collection added are left out.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return None
    try:
        return strict.read(Receipt, data, extra=True)
    except strict.Refused:
        return None


def spec_of(receipt: Receipt) -> Spec:
    """The spec that a release was built from.

    :raises ModelEnvError: (invalid) the receipt has none that this version can read.
    """
    return Spec.from_dict(receipt.spec, f"the receipt of {receipt.name or 'a release'}")


def installed(
    version: str,
    direct_url: Mapping[str, Any] | None,
    record_size: int,
    record_mtime_ns: int,
    commits: Mapping[str, str] | None = None,
) -> Installed:
    """How one installed distribution is recorded.

    :param direct_url: the content of its ``direct_url.json`` (PEP 610); None: it came from an index.
    :param record_size: bytes of its RECORD file; with the time below it tells a reinstallation by hand.
    :param record_mtime_ns: modification time of RECORD in nanoseconds.
    :param commits: commit of each source tree by its absolute path, for editable installations.
    """
    words, origin = origins.identity(version, direct_url)
    if origin == "editable":
        # The path lies in the release and differs from one to the next; what counts is which commit is there.
        words = editable_words(words[len("-e ") :], commits or {})
    return Installed(version, words, origin, (record_size, record_mtime_ns // 1_000_000_000))


def editable_words(path: str, commits: Mapping[str, str]) -> str:
    """An editable installation, by the commit of the source tree that ``path`` lies in.

    :param commits: commit of each source tree by its absolute path.
    """
    inside = [tree for tree in commits if path == tree or path.startswith(tree + "/")]
    if not inside:
        return f"-e {path}"
    tree = max(inside, key=len)
    return f"-e {commits[tree]}{path[len(tree) :]}"


def drift(recorded: Mapping[str, Installed], found: Mapping[str, Installed]) -> list[str]:
    """What was changed by hand since the release was built, a line each; empty: nothing.

    :param recorded: the receipt's distributions.
    :param found: the same of the node as it is now.
    """
    lines = []
    for name in sorted(set(recorded) | set(found)):
        before, after = recorded.get(name), found.get(name)
        if after is None:
            lines.append(f"{name} {before.version if before else ''} was removed by hand")
        elif before is None:
            lines.append(f"{name} {after.version} was added by hand")
        elif before.version != after.version:
            lines.append(f"{name} {before.version} was replaced by {after.version} by hand")
        elif before.words != after.words:
            lines.append(f"{name} {before.words} was replaced by {after.words} by hand")
        elif before.record != after.record:
            lines.append(f"{name} {after.version} was reinstalled by hand")
    return lines


def changes(before: Mapping[str, Installed], after: Mapping[str, Installed]) -> list[dict[str, Any]]:
    """What a switch from one set of distributions to another changes.

    :returns: entries ``{name, before, after, origin}`` sorted by name, as in ``installer_model.Change``.
    """
    result = []
    for name in sorted(set(before) | set(after)):
        old, new = before.get(name), after.get(name)
        words = (old.words if old else None, new.words if new else None)
        entry = new or old
        if entry is not None and words[0] != words[1]:
            result.append({"name": name, "before": words[0], "after": words[1], "origin": entry.origin})
    return result


def listing(distributions: Mapping[str, Installed]) -> str:
    """The distributions as text, one a line: what ``--diff`` compares."""
    return "".join(_line(name, entry) for name, entry in sorted(distributions.items()))


def _line(name: str, entry: Installed) -> str:
    if entry.origin == "index":
        return f"{name}=={entry.version}\n"
    return f"{entry.words}  # {name}\n" if entry.origin == "editable" else f"{name} @ {entry.words}\n"
