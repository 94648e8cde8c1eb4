# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pip's output means; tested with recorded output (tests/unit/data/installers)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.installers.output import (
    MOST_CHARACTERS,
    URL,
    Parser,
    Rule,
    auth,
    build,
    first,
    hash_mismatch,
    hash_missing,
    interpreter,
    network,
    no_version,
    untrusted,
)


def conflicts(output: str, _asked: Sequence[str] = (), _constraints: Sequence[str] = ()) -> list[str]:
    """Who wants what, a line each: ``xyz 1.0 requires torch==2.6.0``, ``a constraint says torch==2.5.1``."""
    if "ResolutionImpossible" not in output and "The conflict is caused by" not in output:
        return []
    block = re.search(r"The conflict is caused by:\n((?:[ \t]+\S.*\n)+)", output)
    result = []
    for line in block.group(1).splitlines() if block else []:
        text = line.strip()
        for pattern, words in (
            (r"The user requested \(constraint\) (.+)", r"a constraint says \1"),
            (r"The user requested (.+)", r"you asked for \1"),
            (r"(\S+) (\S+) depends on (.+)", r"\1 \2 requires \3"),
        ):
            if re.fullmatch(pattern, text):
                text = re.sub(pattern, words, text)
                break
        result.append(text)
    if not block:
        first = re.search(
            r"Cannot install (.{1,500}) because these package versions have conflicting dependencies", output
        )
        return [f"you asked for {first.group(1)}"] if first else []
    return list(dict.fromkeys(result))


def debug(output: str, log: str) -> str:
    """What of pip's debug log explains ``output``: pip goes on without an index that fails, and says so only there.

    Lines about other projects than the one that was not found are left out: many indexes do not know many names. A
    403 counts only if no index knows the project: some answer so for each name that they do not have.

    :param output: standard output and error.
    :param log: the file written by ``--log``.
    """
    output, log = output[-MOST_CHARACTERS:], log[-MOST_CHARACTERS:]
    missing = first(r"No matching distribution found for ([A-Za-z0-9][\w.-]*)", output)
    if not missing:
        return ""
    project = canonicalize_name(missing)
    found = re.findall(rf"^.{{0,100}}Could not fetch URL \S{{0,1000}}/{re.escape(project)}/?: .*$", log, re.MULTILINE)
    if "(from versions: none)" not in output or any(" 404 " in line for line in found):
        found = [line for line in found if " 403 " not in line]
    found += re.findall(r"^.{0,100}Skipping link: none of the wheel's tags.*$", log, re.MULTILINE)[-3:]
    return "\n".join(found) + "\n"


_RULES: list[Rule] = [
    (r"HASHES FROM THE REQUIREMENTS FILE[^\n]{0,500}\n\s{1,100}(?P<name>[^\s=@]+)", hash_mismatch),
    (r"Hashes are required in[^\n]{0,500}\n\s{1,100}(?P<name>[^\s=@]+)", hash_missing),
    (
        r"(?:Preparing|Building|Getting|Installing|Checking)[^\n]{0,300}"
        r" did not run successfully(?!.*build dependencies)",
        build,
    ),
    (r"Failed building wheel for|BackendUnavailable", build),
    (rf"fetch URL {URL}: There was a problem confirming the ssl certificate", untrusted),
    (r"CERTIFICATE_VERIFY_FAILED(?P<where>)", untrusted),
    (r"repository located at (?P<where>\S+) is not a trusted or secure host", untrusted),
    (rf"fetch URL {URL}: (?:connection error|HTTP.{0, 1000}Max retries exceeded|5\d\d Server Error|429|408)", network),
    (rf"Max retries exceeded.*|(?:5\d\d Server|4(?:29|08) Client) Error: [A-Za-z ]+ for url: {URL}", network),
    (rf"incomplete-download[\s\S]{{0,2000}}?URL: {URL}", network),
    (r"(?:ReadTimeoutError|ConnectTimeoutError|ProtocolError|IncompleteRead|ConnectionResetError)\b", network),
    (rf"40[13] Client Error: [A-Za-z ]+ for url: {URL}", auth),
    (
        r"Package (?P<name>'[^']{1,200}') requires a different Python: \S{1,50} not in '(?P<wanted>[^']{1,200})'",
        interpreter,
    ),
    (
        r"requires? different python version[^\n]{0,300}: (?P<version>\S{1,100})"
        r" Requires-Python (?P<wanted>[^;\n]{1,200})"
        r"(?:.*\n){0,100}?ERROR: .{0,300}requirement (?P<name>\S+)",
        interpreter,
    ),
]
_LAST_RULES: list[Rule] = [
    (r"No matching distribution found for (?P<name>\S+)", no_version),
    (r"Could not find a version that satisfies the requirement (?P<name>\S+)", no_version),
    (r"404 Client Error: Not Found for url: (?P<name>[^\s)]+)", no_version),
]
PARSER = Parser(_RULES, _LAST_RULES, conflicts, debug)
