# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that the Hub lists."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.portable.model_env.plugins.module_utils.names import Digest, PathBelow

STATE_FOLDER = ".model_env"
LARGEST = 1 << 50
"""Bytes that no file has: more than any filesystem holds in one."""


class RepoPath(PathBelow):
    """A path of a repository that can be placed below a target folder, outside of the folder with our own state.

    A name may have any character that a file's name can have, a line break as well: it is shown escaped.
    """

    __slots__ = ()

    @staticmethod
    def _problem(text: str) -> str:
        problem = PathBelow._misplaced(text)
        if not problem and text.partition("/")[0] == STATE_FOLDER:
            return "which enters the folder with this module's own state"
        return problem


@dataclass(frozen=True)
class HubFile:
    """One file of a repository at a commit, as the Hub's tree lists it. It is small: a repository may have 300,000.

    :ivar path: relative to the repository.
    :ivar size: bytes.
    :ivar raw: the digest, packed.
    """

    __slots__ = ("path", "raw", "size")

    path: RepoPath
    size: int
    raw: bytes

    @property
    def digest(self) -> Digest:
        """The sha256 of the content (LFS files), or the git blob (small files)."""
        return unpack(self.raw)

    @classmethod
    def parse(cls, path: str, size: int, digest: str) -> HubFile:
        """A file of somebody else's words.

        :raises ValueError: the path leads elsewhere, the size is none, or the digest is none.
        """
        return cls(RepoPath.parse(path), parse_size(size), pack(Digest.parse(digest)))


def pack(digest: Digest) -> bytes:
    """The 32 bytes of a sha256, or the 20 of a git blob."""
    return bytes.fromhex(digest.digits)


def unpack(raw: bytes) -> Digest:
    """The digest that was packed."""
    return Digest.parse(f"{'sha256' if len(raw) == 32 else 'git-sha1'}:{raw.hex()}")


def parse_size(size: object) -> int:
    """A number of bytes.

    :raises ValueError: it is none that a file can have.
    """
    if not isinstance(size, int) or isinstance(size, bool):
        raise ValueError("is no whole number")
    if not 0 <= size <= LARGEST:
        raise ValueError(f"is {size}, which no file has")
    return size
