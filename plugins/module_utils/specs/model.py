# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model needs: the normal form of a spec, with every key that there is. Pure.

The controller makes it from what users write (``plugin_utils/specs``), sends it to nodes as the dict that
:meth:`Spec.to_dict` writes, and receipts keep that. A key that is new here needs ``added=True`` if it counts, so that
specs without it keep their digest; ``counts=False`` if it changes nothing in what is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.specs import keys
from ansible_collections.portable.model_env.plugins.module_utils.specs.keys import (
    block,
    blocks,
    flag,
    items,
    lists_map,
    required,
    text,
    text_map,
    texts,
)

_COMMIT = '"<40 hex digits>"'
_WHEEL_URL = '"https://host/x-1.0-cp311-cp311-linux_x86_64.whl"'


@dataclass(frozen=True)
class Torch:
    """The torch of an environment, and what must match it.

    :ivar cuda: the build: ``cpu`` or ``cuXYZ``; "": any (never in a spec that was validated).
    :ivar cuda_version: ``12.4`` for ``cu124``, "" for ``cpu``.
    :ivar requirements: how it is asked for.
    :ivar index_url: the further index that this needs; "": none.
    """

    version: str = field(metadata=required('"2.5.1"'))
    cuda: str = field(metadata=required("cu124"))
    torchvision: str = text('"0.20.1"')
    torchaudio: str = text('"2.5.1"')
    cuda_version: str = text(written=False)
    requirements: tuple[str, ...] = texts(written=False)
    # A mirror that moves must not rebuild a fleet.
    index_url: str = text('"https://mirror/whl/cu124"', counts=False)

    @property
    def versions(self) -> dict[str, str]:
        """The versions that are asked for, by distribution."""
        trio = {"torch": self.version, "torchvision": self.torchvision, "torchaudio": self.torchaudio}
        return {name: version for name, version in trio.items() if version}


@dataclass(frozen=True)
class NamedWheel:
    """A wheel that a spec names."""

    url: str = field(metadata=required(_WHEEL_URL))
    sha256: str = field(metadata=required('"<64 hex digits>"'))


@dataclass(frozen=True)
class Extension:
    """A package that compiles against torch.

    A wheel that was compiled here is as good as one that was fetched, so where it comes from does not count.

    :ivar version: of an index; with a git source, what its commit is ("": not known).
    :ivar build: whether it may be compiled: ``auto``, ``never`` or ``always``.
    :ivar wheel: taken if no wheelhouse has one.
    :ivar released_url: of the project's released wheels, with ``{version}`` and ``{name}``; "": there are none.
    :ivar archs: GPU architectures, sorted; empty: those of the inventory or of the GPUs.
    """

    name: str = field(metadata=required("flash-attn"))
    version: str = text('"2.8.3"')
    url: str = text('"https://host/flash-attention.git"')
    commit: str = text(_COMMIT)
    tag: str = text('"v2.6.3"')
    build: str = text("auto", "auto", counts=False)
    wheel: Optional[NamedWheel] = block(NamedWheel, f'{{url: {_WHEEL_URL}, sha256: "<64 hex digits>"}}', counts=False)
    released_url: str = text('"https://mirror/{version}/{name}"', counts=False)
    archs: tuple[str, ...] = texts('["80", "90"]')
    environment: Mapping[str, str] = text_map('{MAX_JOBS: "2"}')
    imports: tuple[str, ...] = texts("[flash_attn]", ordered=False)

    @classmethod
    def from_dict(cls, given: Any, where: str = "") -> Extension:
        """Read what :meth:`to_dict` wrote.

        :raises ModelEnvError: (invalid) as for :meth:`Spec.from_dict`.
        """
        return strict.read_or_explain(cls, given, what="the torch extension cannot be read", where=where)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return keys.write(self)


@dataclass(frozen=True)
class GitPackage:
    """A package that is installed from git, at a commit or a tag.

    :ivar subdirectory: of the package in the repository.
    :ivar editable: installed in place from the release's ``src`` folder.
    :ivar build_isolation: False: it is built with the environment's own torch.
    """

    name: str = field(metadata=required("clip"))
    url: str = field(metadata=required('"https://host/clip.git"'))
    commit: str = text(_COMMIT)
    tag: str = text('"v1.2"')
    subdirectory: str = text('"python"')
    editable: bool = flag("true")
    extras: tuple[str, ...] = texts("[gpu]")
    build_isolation: bool = flag("false", True)


@dataclass(frozen=True)
class Checkout:
    """A source tree that lies in the release's ``src`` folder, at a commit or a tag, and is not installed."""

    url: str = field(metadata=required('"https://host/model.git"'))
    commit: str = text(_COMMIT)
    tag: str = text('"v1.2"')
    path: str = text("model")


@dataclass(frozen=True)
class Weights:
    """A repository of the Hub that a model reads.

    :ivar resolve: the revision may be a tag or a branch, which is resolved when it is fetched first.
    :ivar local_dir: its folder; a relative one lies below the root of the weights.
    """

    repo_id: str = field(metadata=required("owner/name"))
    revision: str = field(metadata=required(_COMMIT))
    repo_type: str = text("dataset", "model")
    resolve: bool = flag("true")
    local_dir: str = text("owner/name")
    allow_patterns: tuple[str, ...] = texts('["*.safetensors", "*.json"]')
    ignore_patterns: tuple[str, ...] = texts('["*.msgpack"]')
    filenames: tuple[str, ...] = texts("[model.ckpt]")


@dataclass(frozen=True)
class Locked:
    """What the lock of a spec holds (``locks/model.py``), as far as it tells one release from another.

    :ivar digest: of everything that is installed, files included.
    :ivar contents: version, commit or URL by name: for people.
    """

    digest: str = field(metadata=required("", written=False))
    contents: Mapping[str, str] = text_map("", written=False)


@dataclass(frozen=True)
class Spec:
    """One spec.

    What is proven counts as what is built (``imports``), because a release is proven before it is switched to.
    Packages, constraints and imports are one transaction or one set each, so their order means nothing; indexes, and
    sources that are built one after another, keep theirs.

    :ivar name: of the environment. The folder of a release has it beside the digest.
    :ivar system_packages: Debian names, or names by family.
    :ivar hashes: what a downloaded file must match, by canonical name of the distribution.
    :ivar api_keys: names of environment variables.
    :ivar locked: what the lock holds that it is installed from; None: it is resolved where it is installed.
    """

    name: str = field(metadata=required("svd", written=False, counts=False))
    python: str = field(metadata=required('"3.11"'))
    description: str = text('"image to video, 25 frames"', counts=False)
    torch: Optional[Torch] = block(Torch, '{version: "2.5.1", torchvision: "0.20.1", cuda: cu124}')
    packages: tuple[str, ...] = texts('["diffusers==0.35.2"]', ordered=False)
    build_packages: tuple[str, ...] = texts('["mmcv==2.1.0"]')
    torch_extensions: tuple[Extension, ...] = blocks(Extension, '[{name: flash-attn, version: "2.8.3"}]', added=True)
    git_packages: tuple[GitPackage, ...] = blocks(
        GitPackage, '[{name: clip, url: "https://host/clip.git", commit: <40 hex digits>}]'
    )
    checkouts: tuple[Checkout, ...] = blocks(
        Checkout, '[{url: "https://host/model.git", commit: <40 hex digits>, path: model}]'
    )
    constraints: tuple[str, ...] = texts('["tokenizers<0.22"]', ordered=False)
    index_url: str = text('"https://mirror/simple"')
    extra_index_urls: tuple[str, ...] = texts('["https://mirror/extra/simple"]')
    find_links: tuple[str, ...] = texts('["/srv/wheels"]')
    hashes: Mapping[str, tuple[str, ...]] = lists_map('{diffusers: ["sha256:<64 hex digits>"]}')
    environment: Mapping[str, str] = text_map('{MAX_JOBS: "2"}')
    system_packages: tuple[keys.Item, ...] = items('["ffmpeg", {debian: libgl1, redhat: mesa-libGL}]', counts=False)
    api_keys: tuple[str, ...] = texts("[LUMA_API_KEY]", counts=False)
    imports: tuple[str, ...] = texts("[torch, diffusers]", ordered=False)
    weights: tuple[Weights, ...] = blocks(
        Weights, "[{repo_id: owner/name, revision: <40 hex digits>, local_dir: name}]", counts=False
    )
    locked: Optional[Locked] = block(Locked, "", written=False, added=True)

    @classmethod
    def from_dict(cls, given: Any, where: str = "") -> Spec:
        """Read the normal form: as it comes from the controller, or as a receipt has it.

        Receipts of the time before a key existed lack it, and can be read.

        :param where: whose spec it is, for errors.
        :raises ModelEnvError: (invalid) a key is unknown, missing, or of another type; ``why`` names its path.
        """
        return strict.read_or_explain(cls, given, what="the spec cannot be read", where=where)

    def to_dict(self) -> dict[str, Any]:
        """The normal form as JSON has it: every key, lists and dicts."""
        return keys.write(self)

    @property
    def limits(self) -> list[str]:
        """What limits every transaction: the spec's own constraints, and the torch that must not be swapped."""
        return [*self.constraints, *(self.torch.requirements if self.torch else ())]

    @property
    def further_indexes(self) -> list[str]:
        """The further indexes of every transaction: the spec's own, and the one that carries its torch build."""
        torch_index = self.torch.index_url if self.torch else ""
        return list(dict.fromkeys((*self.extra_index_urls, *((torch_index,) if torch_index else ()))))

    @property
    def builds_sources(self) -> bool:
        """Whether something may be compiled while it is installed, from a source that the spec names."""
        return bool(self.build_packages or self.git_packages)


def read_specs(given: Mapping[str, Any] | None) -> dict[str, Spec]:
    """Specs by name, as an action plugin hands them to its module.

    :raises ModelEnvError: (invalid) as for :meth:`Spec.from_dict`.
    """
    return {name: Spec.from_dict(spec, name) for name, spec in (given or {}).items()}
