# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in of get-pip, written where the script's own host does not answer."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path
from typing import Iterator

import ansible_test  # type: ignore[import-untyped,unused-ignore]
import pytest

from ansible_collections.portable.model_env.scripts import sanity_get_pip


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a host that has every file."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_given: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where ansible-test looks for the script in this home."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(ansible_test, "__path__", [str(tmp_path / "ansible_test")])
    return tmp_path / "home" / ".ansible" / "test" / "cache" / "get_pip_24_0.py"


def ansible_test_of(tmp_path: Path, host: str) -> None:
    root = tmp_path / "ansible_test"
    (root / "_util/target/setup").mkdir(parents=True)
    (root / "_internal").mkdir()
    (root / "_util/target/setup/requirements.py").write_text(f"    url = '{host}/get-pip-%s.py' % version\n")
    (root / "_internal/python_requirements.py").write_text("    return dict(\n        pip='24.0',\n    )\n")


def test_where_the_host_does_not_answer_a_stand_in_is_put_there(
    tmp_path: Path, cached: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ansible_test_of(tmp_path, "http://127.0.0.1:1")
    sanity_get_pip.main()
    assert cached.read_text() == sanity_get_pip.SCRIPT
    assert "does not answer" in capsys.readouterr().out
    compile(sanity_get_pip.SCRIPT, "get_pip.py", "exec")


def test_a_script_that_is_there_stays(tmp_path: Path, cached: Path) -> None:
    ansible_test_of(tmp_path, "http://127.0.0.1:1")
    cached.parent.mkdir(parents=True)
    cached.write_text("the real one")
    sanity_get_pip.main()
    assert cached.read_text() == "the real one"


def test_a_host_that_answers_is_left_to_ansible_test(tmp_path: Path, cached: Path, server: str) -> None:
    ansible_test_of(tmp_path, server)
    sanity_get_pip.main()
    assert not cached.exists()


def test_an_ansible_test_that_works_in_another_way_is_let_be(tmp_path: Path, cached: Path) -> None:
    ansible_test_of(tmp_path, "http://127.0.0.1:1")
    (tmp_path / "ansible_test" / "_internal/python_requirements.py").write_text("pip = None\n")
    sanity_get_pip.main()
    assert not cached.exists()
