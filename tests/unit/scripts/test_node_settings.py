# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test container gets of its machine."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.portable.model_env.scripts import node_settings


def test_pip_settings_of_a_node_are_the_machines_effective_ones() -> None:
    listing = "\n".join(
        [
            ":env:.find-links='/from/environment'",
            "global.find-links='/from/file'",
            "global.index-url='file:///mirror/simple'",
            "install.extra-index-url='a b'",
            "global.extra-index-url='c'",
            "install.user='true'",
            "download.index-url='other'",
        ]
    )
    assert node_settings.pip_settings(listing) == {
        "find-links": "/from/environment",
        "index-url": "file:///mirror/simple",
        "extra-index-url": "a b",
    }


def test_local_folders_are_mounted_and_remote_ones_are_not(tmp_path: Path) -> None:
    (tmp_path / "mirror of/simple").mkdir(parents=True)
    (tmp_path / "wheels").mkdir()
    (tmp_path / "ca.pem").touch()
    settings = {
        "extra-index-url": f"http://mirror.test/simple file://{tmp_path}/mirror%20of/simple/ file:///not/there",
        "find-links": f"{tmp_path}/wheels",
        "cert": f"{tmp_path}/ca.pem",
    }
    conf = tmp_path / "pip.conf"
    found = node_settings.node_settings(settings, {"https_proxy": "http://proxy.test:3128", "HOME": "/x"}, conf)
    assert found["volumes"] == [
        f"{tmp_path}/ca.pem:/etc/ssl/host-ca.crt:ro",
        f"{tmp_path}/mirror of:{tmp_path}/mirror of:ro",
        f"{conf}:/etc/pip.conf:ro",
        f"{tmp_path}/wheels:{tmp_path}/wheels:ro",
    ]
    assert found["env"]["SSL_CERT_FILE"] == "/etc/ssl/host-ca.crt"
    assert found["env"]["https_proxy"] == "http://proxy.test:3128"
    assert "HOME" not in found["env"]
    assert "cert = /etc/ssl/host-ca.crt\n" in conf.read_text(encoding="utf-8")
