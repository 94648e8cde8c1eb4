# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the portability matrix: nodes that differ from their authors' machines, each in one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Control:
    """A command that fails on this node because it lacks one rule of the collection, and works with it.

    Both are shell, run where the collection has just succeeded. They can use ``PIP`` and ``UV`` (the tools' own, on a
    fresh environment ``$C`` with setuptools), ``$C.tmp`` (a folder beside it) and ``$T`` (the tools' ``bin``).

    :ivar rule: what the collection does.
    :ivar without: must fail.
    :ivar says: must be in what it prints then.
    :ivar having: must succeed; "" where only the collection itself can show it.
    """

    rule: str
    without: str
    says: str
    having: str = ""


@dataclass(frozen=True)
class Row:
    """One kind of node.

    :ivar title: for the table.
    :ivar image: the container's.
    :ivar docker: arguments of ``docker run``; ``{address}`` is this machine's.
    :ivar ground: shell that succeeds if the node is what the title says.
    :ivar python: of the specs; the node's own.
    :ivar user: whom Ansible connects as.
    :ivar root: the node's model_env_root.
    :ivar conf: which pip.conf the node has.
    :ivar packages: further requirements.
    :ivar variables: of the inventory.
    :ivar reader: another user, who has to be able to run what was built.
    :ivar weights: whether the spec has weights, too.
    :ivar starve: shell between a first run and one with ``packages``, which must then fail with ``error``.
    :ivar feed: shell after that; the next run must converge.
    """

    title: str
    image: str = "bookworm"
    docker: Sequence[str] = ()
    ground: str = "true"
    python: str = "3.11"
    user: str = "root"
    root: str = "/opt/model_env"
    conf: str = "plain"
    packages: Sequence[str] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    reader: str = ""
    weights: bool = False
    starve: str = ""
    error: str = ""
    feed: str = ""
    controls: Sequence[Control] = ()


def _tmpfs(path: str, options: str = "exec") -> tuple[str, str]:
    return ("--tmpfs", f"{path}:{options}")


def _env(**values: str) -> tuple[str, ...]:
    return tuple(word for name, value in values.items() for word in ("--env", f"{name}={value}"))


_APART = '[ "$(stat -c %d {0})" != "$(stat -c %d /opt)" ]'
_CLOCK = 'd=$(($(date +%s) - $(env -u LD_PRELOAD date +%s))); [ "$d" -gt {0} ] && [ "$d" -lt {1} ]'
_LIBFAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
_RENAMED = "--no-build-isolation --no-deps renamer==1.0"
_FOLDER = "--no-build-isolation --no-deps $C.src/renamer"

ROWS: dict[str, Row] = {
    "tmp_elsewhere": Row(
        "/tmp on another filesystem than the releases",
        docker=_tmpfs("/tmp"),
        ground=_APART.format("/tmp"),
        controls=[
            Control(
                "TMPDIR beside what is built (pip, a source folder)",
                f"PIP install --no-cache-dir {_FOLDER}",
                "Invalid cross-device link",
                f"TMPDIR=$C.tmp PIP install --no-cache-dir {_FOLDER}",
            ),
            Control(
                "TMPDIR beside what is built (uv, a source folder)",
                f"UV install --no-cache {_FOLDER}",
                "Invalid cross-device link",
                f"TMPDIR=$C.tmp UV install --no-cache {_FOLDER}",
            ),
        ],
    ),
    "tmp_small": Row(
        "/tmp of 64 MB",
        docker=_tmpfs("/tmp", "exec,size=64m"),
        ground='[ "$(df -m --output=size /tmp | tail -n 1)" -eq 64 ]',
        packages=["large==1.0"],
        controls=[
            Control(
                "TMPDIR beside what is built (pip)",
                "PIP install --no-cache-dir large==1.0",
                "No space left on device",
                "TMPDIR=$C.tmp PIP install --no-cache-dir large==1.0",
            ),
            Control(
                "TMPDIR beside what is built (uv)",
                "UV install --no-cache large==1.0",
                "No space left on device",
                "TMPDIR=$C.tmp UV install --no-cache large==1.0",
            ),
        ],
    ),
    "tmp_noexec": Row(
        "/tmp mounted noexec",
        docker=_tmpfs("/tmp", "noexec"),
        ground="cp /bin/true /tmp/true; ! /tmp/true && rm /tmp/true",
        packages=["configured==1.0"],
        controls=[
            Control(
                "TMPDIR beside what is built (pip)",
                "PIP install --no-cache-dir configured==1.0",
                "Permission denied: './probe'",
                "TMPDIR=$C.tmp PIP install --no-cache-dir configured==1.0",
            ),
            Control(
                "TMPDIR beside what is built (uv)",
                "UV install --no-cache configured==1.0",
                "Permission denied: './probe'",
                "TMPDIR=$C.tmp UV install --no-cache configured==1.0",
            ),
        ],
    ),
    "home_readonly": Row(
        "read-only HOME, with pip's cache in it",
        docker=("--volume", "{folder}/home:/root:ro"),
        ground="! touch /root/x && ! touch /root/.cache/pip/x",
        controls=[
            Control(
                "uv's cache beside the releases, or none",
                "UV install six==1.17.0",
                "Read-only file system",
                "UV install --cache-dir $C.tmp six==1.17.0",
            ),
        ],
    ),
    "cache_elsewhere": Row(
        "pip's cache on another filesystem",
        docker=_tmpfs("/root/.cache"),
        ground=_APART.format("/root/.cache"),
        controls=[
            Control(
                "--no-cache-dir",
                f"PIP install {_RENAMED}",
                "Invalid cross-device link",
                f"PIP install --no-cache-dir {_RENAMED}",
            ),
        ],
    ),
    "volume_full": Row(
        "releases on a volume of 400 MB that runs out of space midway",
        docker=_tmpfs("/opt/model_env", "exec,size=400m"),
        ground='[ "$(df -m --output=size /opt/model_env | tail -n 1)" -eq 400 ]',
        packages=["large==1.0"],
        variables={"model_env_minimum_free": 0},
        starve="free=$(df -m --output=avail /opt/model_env | tail -n 1); "
        "dd if=/dev/zero of=/opt/model_env/ballast bs=1M count=$((free - 60)) status=none",
        error="ran out of space",
        feed="rm /opt/model_env/ballast",
    ),
    "no_root": Row(
        "no root and no sudo",
        user="tester",
        root="/home/tester/model_env",
        ground='[ "$(id -u)" != 0 ] && ! command -v sudo',
        controls=[
            Control(
                "an environment of its own",
                '"$T/uv" pip install --no-cache --python /usr/bin/python3 six==1.17.0',
                "externally managed",
                "UV install six==1.17.0",
            ),
        ],
    ),
    "pip_conf": Row(
        "pip.conf with a private index, a find-links folder and a CA bundle",
        conf="secure",
        packages=["shelved==1.0"],
        controls=[
            Control(
                "pip.conf is honoured: index, folder and bundle (uv)",
                "env -u UV_DEFAULT_INDEX UV_HTTP_TIMEOUT=2 UV_HTTP_RETRIES=0 $T/uv pip install --no-cache "
                "--python $C/bin/python shelved==1.0",
                "(?i)failed to fetch|not found",
            ),
            Control(
                "the CA bundle is handed on (uv)",
                "UV_DEFAULT_INDEX={secure} UV_HTTP_RETRIES=0 UV install --no-cache six==1.17.0",
                "(?i)invalid peer certificate|certificate",
                "SSL_CERT_FILE=/etc/ssl/proof/ca.pem UV_DEFAULT_INDEX={secure} UV install --no-cache six==1.17.0",
            ),
        ],
    ),
    "no_route": Row(
        "no route out: devpi-server and a hub inside",
        conf="devpi",
        weights=True,
        ground="! python3 -c \"import socket; socket.create_connection(('192.0.2.1', 443), 3)\"",
        controls=[
            Control(
                "what the node's pip configuration names is used, and nothing else",
                "PIP_CONFIG_FILE=/dev/null PIP install --retries 0 --timeout 2 six==1.17.0",
                "No matching distribution found",
                "PIP install six==1.17.0",
            ),
        ],
    ),
    "python_3_9": Row(
        "Python 3.9 is the node's own (Debian 11)",
        image="bullseye",
        python="3.9",
        ground="python3 --version | grep -F ' 3.9.'",
    ),
    "python_3_11": Row("Python 3.11 is the node's own (Debian 12)", ground="python3 --version | grep -F ' 3.11.'"),
    "python_3_13": Row(
        "Python 3.13 is the node's own (Debian 13)",
        image="trixie",
        python="3.13",
        ground="python3 --version | grep -F ' 3.13.'",
    ),
    "umask": Row(
        "umask 077",
        docker=("--volume", "{folder}/python-077:/usr/local/bin/python-077:ro"),
        ground="[ \"$(/usr/local/bin/python-077 -c 'import os; print(os.umask(0))')\" = 63 ]",
        variables={"ansible_python_interpreter": "/usr/local/bin/python-077"},
        reader="tester",
    ),
    "locale_c": Row(
        "the locale C",
        docker=_env(LC_ALL="C", LANG="C"),
        packages=["worldly==1.0"],
        ground="locale charmap | grep ANSI",
    ),
    "locale_latin1": Row(
        "a locale of ISO-8859-1",
        image="odd",
        docker=_env(LC_ALL="de_DE.ISO-8859-1", LANG="de_DE.ISO-8859-1"),
        packages=["worldly==1.0"],
        ground="locale charmap | grep -x ISO-8859-1",
        controls=[
            Control(
                "installers run in UTF-8 (pip, a file with a Chinese name)",
                "PIP install --no-cache-dir worldly==1.0",
                "UnicodeEncodeError|can't encode",
                "PYTHONUTF8=1 PIP install --no-cache-dir worldly==1.0",
            ),
        ],
    ),
    "space": Row(
        "a root whose path has a space",
        root="/opt/model env",
        controls=[
            Control(
                "editable packages as URLs (pip)",
                "mkdir -p '/opt/a b'; cp -r /srv/sources/renamer '/opt/a b'; "
                "echo '-e /opt/a b/renamer' | PIP install --no-build-isolation --no-deps -r /dev/stdin",
                "(?i)invalid|not a valid|neither a valid",
                "echo '-e file:///opt/a%20b/renamer' | PIP install --no-build-isolation --no-deps -r /dev/stdin",
            ),
        ],
    ),
    "hostile": Row(
        "PYTHONPATH, PIP_USER, PIP_REQUIRE_VIRTUALENV and a stray pip.py against us",
        docker=(*_env(PYTHONPATH="/srv/stray", PIP_USER="1", PIP_REQUIRE_VIRTUALENV="1"), "--workdir", "/srv/stray"),
        ground='[ "$PWD" = /srv/stray ] && ! python3 -c "import pip"',
        controls=[
            Control(
                "isolated from the folder it is started in",
                "cd /srv/stray; env -u PYTHONPATH -u PIP_USER $T/python -m pip --version",
                "a stray module was imported",
                "cd /srv/stray; env -u PIP_USER $T/python -I -m pip --version",
            ),
            Control(
                "isolated from PYTHONPATH",
                "cd /; env -u PIP_USER $T/python -m pip --version",
                "a stray module was imported",
                "cd /; env -u PYTHONPATH -u PIP_USER $T/python -m pip --version",
            ),
            Control(
                "PIP_* of the caller kept out",
                "cd /; env -u PYTHONPATH $T/python -m pip --python $C/bin/python install six==1.17.0",
                "Can not perform a '--user' install",
                "cd /; env -u PYTHONPATH -u PIP_USER $T/python -m pip --python $C/bin/python install six==1.17.0",
            ),
        ],
    ),
    "clock_ahead": Row(
        "a clock an hour ahead",
        image="odd",
        docker=_env(LD_PRELOAD=_LIBFAKETIME, FAKETIME="+1h"),
        ground=_CLOCK.format(3500, 3700),
    ),
    "clock_behind": Row(
        "a clock an hour behind",
        image="odd",
        docker=_env(LD_PRELOAD=_LIBFAKETIME, FAKETIME="-1h"),
        ground=_CLOCK.format(-3700, -3500),
    ),
}
