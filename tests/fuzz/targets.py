# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One target for each parser of what comes from outside: what it is handed, and the call.

A target may end, or raise what its parser says that it raises: ``ModelEnvError``, or ``strict.Refused``. Everything
else is a fault, and so is a call without an end or without a limit to its memory (``tests/fuzz/run.py``).
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ansible_collections.portable.model_env.plugins.module_utils import masking
from ansible_collections.portable.model_env.plugins.module_utils.host import gpu, hold
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult
from ansible_collections.portable.model_env.plugins.module_utils.installers import pip_output, uv_output
from ansible_collections.portable.model_env.plugins.module_utils.network import downloads, headers, pip_config_files
from ansible_collections.portable.model_env.plugins.module_utils.preflight import index_pages
from ansible_collections.portable.model_env.plugins.module_utils.releases import receipts
from ansible_collections.portable.model_env.plugins.module_utils.requirements import (
    files,
    markers,
    parse,
    pins,
    wheel_names,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights import listing, manifest
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer import journal, responses, retry
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile
from ansible_collections.portable.model_env.plugins.module_utils.wheels import elf, file, house
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import output as building_output
from ansible_collections.portable.model_env.plugins.plugin_utils import answers
from ansible_collections.portable.model_env.plugins.plugin_utils.locks import pylock
from ansible_collections.portable.model_env.tests.fuzz import examples
from ansible_collections.portable.model_env.tests.fuzz.words import ANYTHING, NUMBERS, as_json, broken, changed, text_of
from ansible_collections.portable.model_env.tests.support import answers as honest

TARGET = index_pages.Platform("3.11", "x86_64")
FILE = HubFile.parse("a/b.bin", 1000, f"sha256:{examples.SHA256}")


@dataclass(frozen=True)
class Target:
    """One parser.

    :ivar given: what it is handed.
    :ivar call: hands it over.
    """

    given: SearchStrategy[Any]
    call: Callable[[Any], object]


def _listed(pages: list[str]) -> None:
    tree = listing.Tree("org/m")
    for page in pages:
        tree.add(page)
    tree.finish()


_PAGES = st.lists(
    as_json(
        changed([examples.ENTRY, examples.SMALL], [examples.ENTRY, examples.FOLDER], [examples.SMALL, examples.SMALL])
    ),
    max_size=3,
)


def _headers(values: tuple[dict[str, str], int]) -> None:
    named, status = values
    for value in named.values():
        headers.number(value)
        headers.moment(value)
        headers.next_page(value)
    retry.rate_limit_wait(named, 1.0)
    responses.reaction_to(status, named, named, FILE, 0, 500, redirected=True)


_HEADER = st.one_of(
    st.sampled_from(tuple(str(number) for number in NUMBERS)),
    text_of("<https://h/x?cursor=2>", "; rel=", '"next"', "bytes 0-499/1000", "bytes", "r=0;t=55", "Wed, 21 Oct 2015",
            " 07:28:00 GMT", "+9999", 'W/"', "-", "99999999999999999999"),
)  # fmt: skip


def _index_page(given: tuple[str, str]) -> None:
    page, base = given
    found = index_pages.files(page, base)
    index_pages.smallest(found, "1.0", TARGET)


def _wheel_name(name: str) -> None:
    found = wheel_names.parse(name)
    if found is not None:
        found.runs_on("3.11", "x86_64")
        found.is_version("1.0")


def _receipt(data: Any) -> None:
    found = receipts.read(data)
    if found is not None:
        receipts.spec_of(found)
        receipts.listing(found.distributions)
        receipts.drift(found.distributions, {})


def _held(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "lock")
        Path(path).write_bytes(content)
        hold.peek_holder(path)


def _smi(given: tuple[str, str]) -> None:
    said, complained = (text.encode(errors="replace").decode() for text in given)  # as the runner of commands decodes
    result = CommandResult(("nvidia-smi",), 0, said, complained, 0.1)
    gpu.parse(result).as_dict()
    gpu.capabilities(result)


def _answered(given: tuple[str, Any]) -> None:
    answers.believed(given[0], given[1], "n1")


def _output(given: tuple[str, list[str]]) -> None:
    text, asked = given
    for parser in (pip_output.PARSER, uv_output.PARSER):
        parser.explain(text, asked, asked, credentials=True)
        parser.debug(text, text)
    building_output.explain(text)
    building_output.killed_by_memory(text, 1)


def _requirements(text: str) -> None:
    content = files.read(text, "requirements.txt")
    for requirement in content.requirements:
        parsed = parse.parse_requirement(requirement.text)
        pins.problem(requirement.text, "exact")
        if parsed is not None:
            markers.holds(parsed.marker, TARGET.markers)


def _pip_config(given: tuple[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pip.conf")
        Path(path).write_text(
            given[0], encoding="utf-8", errors="surrogateescape" if "\udc80" in given[0] else "replace"
        )
        pip_config_files.read({"PIP_CONFIG_FILE": path, "HOME": folder, "PIP_FIND_LINKS": given[1]})


def _journalled(lines: list[str]) -> None:
    journal.parse_journal(b"".join(journal.journal_record(line) for line in lines), "boot")
    journal.parse_journal("".join(lines).encode(errors="replace"), "boot")


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/__init__.py", "a = 1\n" * 50)
        archive.writestr("x/ops.so", b"\x7fELF\x02\x01" + bytes(200))
        archive.writestr("x-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    return made.getvalue()


def _wheel(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x-1.0-py3-none-any.whl")
        Path(path).write_bytes(content)
        file.read(path)


TARGETS: dict[str, Target] = {
    "hub_listing": Target(_PAGES, _listed),
    "hub_commit": Target(ANYTHING, lambda said: listing.parse_commit(said, examples.SHA1, "org/m")),
    "http_headers": Target(
        st.tuples(
            st.dictionaries(st.sampled_from(examples.NAMES), _HEADER, max_size=4),
            st.sampled_from((200, 206, 416, 429, 503)),
        ),
        _headers,
    ),
    "index_page_json": Target(
        st.tuples(
            as_json(changed(examples.FILES, examples.FILES, [])), st.sampled_from(("https://h/x/", "", "http://["))
        ),
        _index_page,
    ),
    "index_page_html": Target(
        text_of(
            "<a ",
            "href",
            "=",
            '"',
            "'",
            ">",
            "</a>",
            "x.whl",
            "#sha256=" + examples.SHA256,
            "http://[",
            "%2F",
            "%00",
            "&#47;",
            "../",
        ),
        lambda page: downloads.links_of("https://h/x/", page),
    ),
    "wheel_metadata": Target(
        text_of(
            "Requires-Dist: ",
            "x==1",
            "; python_version < '3'",
            "; extra == 'a'",
            "[a,b]",
            "@ https://h",
            "(>=1)",
            "\n\n",
        ),
        lambda text: index_pages.needs(text, ("a",), TARGET),
    ),
    "wheel_name": Target(
        text_of("x", "-", "1.0", "+cu12", "py3", "cp311", "none", "any", "linux_x86_64", ".", ".whl"), _wheel_name
    ),
    "receipt": Target(changed(examples.RECEIPT), _receipt),
    # Compact, as it is written and read: piece by piece.
    "manifest": Target(
        as_json(changed(examples.MANIFEST)).map(lambda text: text.replace(", ", ",").replace(": ", ":")),
        lambda text: manifest.parse_manifest(text[at : at + 7] for at in range(0, len(text), 7)),
    ),
    "hold": Target(
        as_json(changed(examples.HOLDER)).map(lambda text: text.encode(errors="replace")) | st.binary(max_size=40),
        _held,
    ),
    "journal": Target(
        st.lists(
            text_of("H ", "B boot", "V ", "W ", "0 5 7", "1 1", '{"path": "a"}', "²").filter(
                lambda t: "\ud800" not in t
            ),
            max_size=4,
        ),
        _journalled,
    ),
    "nvidia_smi": Target(
        st.tuples(
            text_of(*examples.XML) | broken(examples.REPORT).map(lambda content: content.decode(errors="replace")),
            text_of("GPU is lost", "Unable to determine the device handle for "),
        ),
        _smi,
    ),
    "module_answers": Target(
        st.sampled_from(honest.MODULES).flatmap(
            lambda module: st.tuples(
                st.just(module), changed(honest.answer(module)).filter(lambda one: isinstance(one, dict))
            )
        ),
        _answered,
    ),
    "wheel_json": Target(as_json(changed(examples.WHEEL_JSON)), house.read_description),
    "wheel_archive": Target(broken(_zip()), _wheel),
    "shared_library": Target(broken(b"\x7fELF\x02\x01" + bytes(300)), lambda content: elf.read(io.BytesIO(content))),
    "installer_output": Target(st.tuples(text_of(*examples.PIP, *examples.UV), st.just(["x==1", "a[b]>=1"])), _output),
    "lock": Target(changed(examples.LOCK), lambda data: pylock.read(data, "x")),
    "lock_file": Target(
        text_of(*examples.LOCK_PIECES, "[", "[[", "]]", "{", "}", "=", '"', "\n", "1979-05-27", "inf"),
        lambda text: pylock.parse(text, "x"),
    ),
    "masking": Target(text_of("https://", "u:p@", "git+ssh://git@", "h/x", ":", "@", "x"), masking.masked),
    "requirements_file": Target(
        text_of(
            "x==1",
            "--hash=sha256:",
            examples.SHA256,
            "-r ",
            "-c a.txt",
            "\\\n",
            "#",
            " --",
            "; python_version < '3'",
            "@ https://h/x",
            "===",
            "[a]",
            "git+https://h/x@",
            examples.SHA1,
        ),
        _requirements,
    ),
    "pip_config": Target(
        st.tuples(
            text_of(
                "[global]\n",
                "[install]\n",
                "index-url = https://h\n",
                "no-index = 1\n",
                "find-links = a\n  b\n",
                "=",
                "%(x)s",
                "timeout = x\n",
                "[",
                "]",
            ),
            st.sampled_from(("", "~", "~\x00", "a b")).filter(lambda one: "\x00" not in one),
        ),
        _pip_config,
    ),
}
"""By the name that ``make fuzz ARGS="--target NAME"`` takes."""
