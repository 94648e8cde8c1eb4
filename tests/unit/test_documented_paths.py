# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every path that a document, a comment or a docstring names leads to a file or folder of this repository.

What counts as a path stands in backticks, in ``C(...)`` of a plugin's documentation, or is the target of a link, and
has no variable part (such as ``<name>``): either the name of a file of the kinds below, or something in a folder that
the repository has. Without any of them it counts if it is both. A path is read from the top, from where it is named, or
from one of ``PLACES``; the bare name of a file may be that of any. ``file::function`` names a test.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from pathlib import Path
from typing import Iterator

import pytest

PROJECT = Path(__file__).resolve().parents[2]
# docs/rules.md names code below the first two and tests below the other two.
PLACES = ("plugins", "plugins/module_utils", "tests", "tests/unit/plugins")
# Files and folders of other projects, of a node, or of a release.
ELSEWHERE = frozenset(
    {"setup.py", "env/", "src/", "tests/test_flash_attn.py", "defaults/main.yml", "pylock.toml", "NAME/pylock.toml"}
)
_NAMED = re.compile(
    r"(`+)(?P<quoted>[^`\n]+)\1|\bC\((?P<markup>[^)\n]+)\)|\]\((?P<link>[^)#\s]+)[^)]*\)"
    r"|(?<![\w/.<>{}$~-])(?P<bare>[a-z_]+(?:/[a-z_0-9]+)+\.(?:py|md|yml))(?![\w/])"
)
_PATH = re.compile(r"(?:\.\./)*[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*/?")
_TEST = re.compile(r"`(?P<file>[\w/.]+\.py)::(?P<function>\w+)`")
_KINDS = (".py", ".md", ".yml", ".toml", ".cfg", ".sh", ".in", ".txt", ".j2")


def tracked() -> list[str]:
    """Names of the repository's files."""
    listing = subprocess.run(["git", "ls-files"], cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    return [name for name in listing.splitlines() if (PROJECT / name).is_file() and "/_vendor/" not in name]


def prose(path: Path) -> Iterator[str]:
    """What a file says to readers: all of a document; comments and docstrings of code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield text
    elif path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                yield ast.get_docstring(node) or ""
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                yield str(node.value.value) if "DOCUMENTATION" in ast.unparse(node.targets[0]) else ""
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.string
    else:
        yield from re.findall(r"(?:^|\s)#.*", text)
        yield from re.findall(r"description:.*|C\(.*", text) if path.name == "argument_specs.yml" else ()


def named_paths(text: str, tops: frozenset[str]) -> Iterator[str]:
    """The paths in a text.

    :param tops: names of the folders at the top of the repository and of ``PLACES``.
    """
    for match in _NAMED.finditer(text):
        word = match["quoted"] or match["markup"] or match["link"] or match["bare"]
        if word in ELSEWHERE or not _PATH.fullmatch(word):
            continue
        first, slash, _rest = word.partition("/")
        if match["bare"] and first not in tops:
            continue
        if word.endswith(_KINDS) or word.endswith("/") or (slash and (first in tops or match["link"])):
            yield word


def leads_somewhere(word: str, origin: Path, names: frozenset[str]) -> bool:
    """Whether a path that a file names is one of the repository's."""
    folders = [PROJECT, origin.parent, *(PROJECT / place for place in PLACES)]
    return word in names or any((folder / word).exists() for folder in folders)


FILES = tracked()
NAMES = frozenset(Path(name).name for name in FILES)
# Of what git tracks alone: what runs leave behind, such as .build, is on some machines only.
TOPS = frozenset(
    name[len(place) :].lstrip("/").partition("/")[0]
    for place in ("", *PLACES)
    for name in FILES
    if name.startswith(place) and "/" in name[len(place) :].lstrip("/")
)


def test_paths_lead_to_files() -> None:
    dead = [
        f"{name}: {word}"
        for name in FILES
        if name.endswith((".md", ".py", ".yml", ".toml", ".cfg", ".in", ".sh"))
        or name.startswith(("scripts/", "Makefile"))
        for text in prose(PROJECT / name)
        for word in named_paths(text, TOPS)
        if not leads_somewhere(word, PROJECT / name, NAMES)
    ]
    assert not dead, "\n".join(sorted(set(dead)))


def dead_tests(text: str) -> list[str]:
    """The tests that a document names and nobody has written."""
    return [match[0] for match in _TEST.finditer(text) if match["function"] not in functions(match["file"])]


def functions(name: str) -> frozenset[str]:
    """The functions of a file of tests, by its path below one of ``PLACES``."""
    for file in (PROJECT / place / name for place in ("tests", "tests/unit/plugins")):
        if file.is_file():
            tree = ast.parse(file.read_text(encoding="utf-8"))
            return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return frozenset()


@pytest.mark.parametrize("document", [name for name in FILES if name.endswith(".md")])
def test_tests_that_documents_name_exist(document: str) -> None:
    assert dead_tests((PROJECT / document).read_text(encoding="utf-8")) == []


# Attacks and faults that were carried out. Each keeps its row, and so its test.
ATTACKS = {
    "node_to_controller", "node_to_build_host", "report_of_a_malformed_answer", "root_owned_by_other",
    "weights_folder_planted", "remove_tree_chmod", "spec_newline", "hub_digest_traversal",
    "wheelhouse_page_traversal", "hub_bad_listing", "token_to_other_host", "token_in_messages",
    "terminal_escapes", "build_log_secrets", "index_password", "lock_race", "lock_hidepid", "lock_garbage",
    "suspended_holder", "in_use_elsewhere", "shared_root", "env_name_is_litter", "hub_headers_crash",
    "hub_endless", "hub_locale",
}  # fmt: skip


def test_each_attack_has_a_row_that_names_its_test() -> None:
    document = (PROJECT / "docs/security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `[a-z_]+`: .*\|$", document, re.MULTILINE)
    assert {row.split("`")[1] for row in rows} >= ATTACKS
    assert [row for row in rows if not _TEST.search(row)] == []


def test_what_counts_as_a_test() -> None:
    here = "unit/test_documented_paths.py"
    said = f"`{here}::dead_tests`, `{here}::no_such_test`, `no/such/file.py::test_x`, `module_utils/test_names.py`"
    assert dead_tests(said) == [f"`{here}::no_such_test`", "`no/such/file.py::test_x`"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see `host/disk.py` and ``docs/guide.md``", ["host/disk.py", "docs/guide.md"]),
        ("see docs/guide.md, not disk.py, host/disk.py or <root>/docs/guide.md", ["docs/guide.md"]),
        ("[a guide](guide.md#how), [another](../roles/one) and [a site](https://example.com/docs/a.md)",
         ["guide.md", "../roles/one"]),
        ("C(docs/specs.md), `roles/one`, `tests/`, `any.yml`", ["docs/specs.md", "roles/one", "tests/", "any.yml"]),
        ("`<root>/logs/`, `state/<name>.json`, `pip install x`, `/etc/pip.conf`, `and/or`, `wheel.json`", []),
    ],
)  # fmt: skip
def test_what_counts_as_a_path(text: str, found: list[str]) -> None:
    assert list(named_paths(text, frozenset({"docs", "roles", "tests"}))) == found


@pytest.mark.parametrize(
    ("word", "alive"),
    [
        ("errors.py", True),
        ("module_utils/errors.py", True),
        ("specs/test_model.py", False),
        ("module_utils/specs/test_model.py", True),
        ("host/no_such_file.py", False),
        ("rules.md", True),
        ("no_such_file.md", False),
        ("unit/", True),
    ],
)
def test_where_a_path_is_looked_for(word: str, alive: bool) -> None:
    assert leads_somewhere(word, PROJECT / "docs/architecture.md", NAMES) is alive
