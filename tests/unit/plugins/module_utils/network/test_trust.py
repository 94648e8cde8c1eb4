# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the network is reached: a table of settings, and every user of the network against it, with a real server."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.git import Git
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import (
    online,
    with_options,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import InstallOptions
from ansible_collections.portable.model_env.plugins.module_utils.installers.pip import PipInstaller
from ansible_collections.portable.model_env.plugins.module_utils.installers.uv import UvInstaller
from ansible_collections.portable.model_env.plugins.module_utils.masking import Secret
from ansible_collections.portable.model_env.plugins.module_utils.network import pip_config_files
from ansible_collections.portable.model_env.plugins.module_utils.network.downloads import Downloader
from ansible_collections.portable.model_env.plugins.module_utils.network.http import Fetcher, FetchError
from ansible_collections.portable.model_env.plugins.module_utils.network.pages import PageReader
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import VARIABLES, decide
from ansible_collections.portable.model_env.plugins.module_utils.weights.hub import Hub
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.fields import owned
from ansible_collections.portable.model_env.tests.support import authority, hub_tools, node
from ansible_collections.portable.model_env.tests.support.authority import Authority
from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.packages import wheel
from ansible_collections.portable.model_env.tests.support.proxy import Proxy

WHEEL = "single-1.0-py3-none-any.whl"


@dataclass(frozen=True)
class Case:
    """Settings of a node, with names in braces for what the test has made.

    :ivar tls: the server is asked by https, with a certificate of an authority of ours.
    :ivar works: the server is reached.
    :ivar by_proxy: through the proxy.
    """

    environ: dict[str, str] = field(default_factory=dict)
    pip_conf: str = ""
    tls: bool = True
    works: bool = True
    by_proxy: bool = False


KNOWN = {"SSL_CERT_FILE": "{ca}"}
BY_PROXY = {"HTTP_PROXY": "{proxy}"}
CASES = {
    "nothing": Case(works=False),
    "a_file": Case(KNOWN),
    "a_folder": Case({"SSL_CERT_DIR": "{folder}"}),
    "pip_before_the_rest": Case({"SSL_CERT_FILE": "{other}"}, "cert = {ca}"),
    "the_first_is_good": Case({**KNOWN, "REQUESTS_CA_BUNDLE": "{other}", "CURL_CA_BUNDLE": "/gone"}),
    "the_first_is_bad": Case({"SSL_CERT_FILE": "{other}", "REQUESTS_CA_BUNDLE": "{ca}"}, works=False),
    "tunnel": Case({**KNOWN, "ALL_PROXY": "{proxy}"}, by_proxy=True),
    "proxy": Case(BY_PROXY, tls=False, by_proxy=True),
    "proxy_for_https_alone": Case({"https_proxy": "{proxy}"}, tls=False),
    "empty_in_lower_case": Case({**BY_PROXY, "http_proxy": ""}, tls=False),
    "pips_proxy": Case({}, "proxy = {proxy}", tls=False, by_proxy=True),
    "no_proxy_range_beside_pips": Case({"NO_PROXY": "127.0.0.0/8"}, "proxy = {proxy}", tls=False),
    "no_proxy_port": Case({**BY_PROXY, "no_proxy": "x.invalid, 127.0.0.1:{port}"}, tls=False),
    "no_proxy_other_port": Case({**BY_PROXY, "no_proxy": "127.0.0.1:1"}, tls=False, by_proxy=True),
}


@dataclass(frozen=True)
class Site:
    """What a case is about: the server, and what may be named."""

    index: Index
    proxy: Proxy
    known: Authority
    other: Authority
    folder: Path

    def environ(self, case: Case) -> dict[str, str]:
        """The case's environment, with HOME and pip's configuration of its own."""
        names = {
            "ca": self.known.file, "folder": self.known.folder, "other": self.other.file,
            "proxy": self.proxy.url, "port": self.index.port,
        }  # fmt: skip
        home = self.folder / "home"
        config = home / ".config" / "pip" / "pip.conf"
        config.parent.mkdir(parents=True)
        config.write_text(f"[global]\n{case.pip_conf.format(**names)}\n")
        given = {name: value.format(**names) for name, value in case.environ.items()}
        # What this machine's own pip.conf says is no business of the cases: none, or the case's above it.
        files = {} if case.pip_conf else {"PIP_CONFIG_FILE": os.devnull}
        return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **files, **given}


@pytest.fixture(scope="session")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Authority]:
    folder = tmp_path_factory.mktemp("authorities")
    return authority.make(folder / "known"), authority.make(folder / "other")


@pytest.fixture
def site(tmp_path: Path, authorities: tuple[Authority, Authority], request: pytest.FixtureRequest) -> Iterator[Site]:
    known, other = authorities
    tls = CASES[request.node.callspec.params.get("name", "a_file")].tls
    (tmp_path / "wheels").mkdir()
    wheel(tmp_path / "wheels", "single", "1.0")
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "git" / "x.git")], check=True)
    # By its name with TLS: pip 25 and 26 speak no TLS to an address, whatever its certificate says (ran).
    address, certificate = ("localhost", str(known.server)) if tls else ("127.0.0.1", "")
    with Index(tmp_path, address=address, certificate=certificate).running() as index, Proxy().running() as proxy:
        yield Site(index, proxy, known, other, tmp_path)


# ---- the users: each says whether it got what it asked for


def _settings(environ: dict[str, str], index: Index) -> SourceSettings:
    options = InstallOptions(index_url=index.simple)
    return with_options(pip_config_files.read(environ), options)


def pip(environ: dict[str, str], site: Site) -> bool:
    target = str(site.folder / "target")
    argv = [
        sys.executable,
        "-I",
        "-m",
        "pip",
        "--retries=0",
        "download",
        "--no-deps",
        "--no-cache-dir",
        "--dest",
        target,
    ]
    variables = PipInstaller.variables(environ, _settings(environ, site.index), str(site.folder))
    return subprocess.run([*argv, "single==1.0"], env=variables, check=False, capture_output=True).returncode == 0


def uv(environ: dict[str, str], site: Site) -> bool:
    target = str(site.folder / "target")
    argv = [node.find_uv(), "pip", "install", "--no-cache", "--no-deps", "--target", target, "--python", sys.executable]
    variables = UvInstaller.variables(environ, _settings(environ, site.index), str(site.folder))
    variables["UV_HTTP_RETRIES"] = "0"
    return subprocess.run([*argv, "single==1.0"], env=variables, check=False, capture_output=True).returncode == 0


def wheels(environ: dict[str, str], site: Site) -> bool:
    url, path = f"{site.index.url}/files/{WHEEL}", str(site.folder / "wheel")
    return Downloader(environ, 5, tries=1).download(url, path, 1 << 20) is not None


def weights(environ: dict[str, str], site: Site) -> bool:
    """The listing by huggingface_hub, the bytes by us: both, or none."""
    trust = decide(environ)
    hub = Hub(CommandRunner(), hub_tools.python(), site.index.url, Secret(""), RetryPolicy(retries=0), environ, trust)
    question = {"repo_id": "org/model", "repo_type": "model", "revision": "main"}
    answer = hub.look_up([question], timeout=5, waiting=lambda _reason: None)
    listed = answer.refusals[0].kind == "missing"  # the server's own 404
    asked = len(site.proxy.asked)
    fetcher = Fetcher(answer.headers, answer.endpoint, answer.trust, 5, "test")
    try:
        came = fetcher.get(f"{site.index.url}/files/{WHEEL}").status == 200
    except FetchError:
        came = False
    finally:
        fetcher.close()
    assert came == listed
    assert (len(site.proxy.asked) > asked) == (asked > 0)
    return listed


def git(environ: dict[str, str], site: Site) -> bool:
    url = f"{site.index.url}/git/x.git"
    Git(CommandRunner(), online(environ, str(site.folder), urls=[url]), timeout=20).reach(url)
    return True


def preflight(environ: dict[str, str], site: Site) -> bool:
    return PageReader(decide(environ), 5).get(f"{site.index.simple}single/").status == 200


def preflight_of_weights(environ: dict[str, str], site: Site) -> bool:
    return PageReader(decide(environ).for_hub(), 5).get(f"{site.index.simple}single/").status == 200


User = Callable[[dict[str, str], Site], bool]
USERS: list[User] = [pip, uv, wheels, weights, git, preflight]


def works(user: User, environ: dict[str, str], site: Site) -> bool:
    try:
        return user(environ, site)
    except ModelEnvError:
        return False


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("user", USERS)
def test_every_user_of_the_network_goes_the_same_way(user: User, name: str, site: Site) -> None:
    case = CASES[name]
    assert works(user, site.environ(case), site) == case.works
    assert bool(site.proxy.asked) == case.by_proxy


@pytest.mark.parametrize("user", USERS)
def test_a_login_of_netrc_is_used(user: User, site: Site) -> None:
    site.index.password = "word"
    environ = site.environ(Case(KNOWN))
    assert not works(user, environ, site)
    netrc = Path(environ["HOME"]) / ".netrc"
    netrc.write_text("machine localhost login user password word\n")
    netrc.chmod(0o600)
    assert works(user, environ, site)


@pytest.mark.parametrize(
    ("user", "trusted"),
    [
        (pip, True),
        (uv, True),
        (wheels, True),
        (preflight, True),
        (weights, False),
        (preflight_of_weights, False),
        (git, False),
    ],
)
def test_trusted_hosts_are_servers_of_packages(user: User, trusted: bool, site: Site) -> None:
    assert works(user, site.environ(Case({}, "trusted-host = localhost")), site) == trusted


@pytest.mark.parametrize(("user", "shown"), [(pip, True), (uv, True), (wheels, True), (preflight, True),
                                             (git, True), (weights, False), (preflight_of_weights, False)])  # fmt: skip
def test_servers_of_packages_and_git_are_shown_a_client_certificate(user: User, shown: bool, site: Site) -> None:
    context = site.index.context
    assert context is not None
    context.load_verify_locations(site.known.file)
    context.verify_mode = ssl.CERT_REQUIRED
    environ = site.environ(Case(KNOWN))
    assert not works(user, environ, site)
    environ = {**environ, "SSL_CLIENT_CERT": str(site.known.server)}
    assert works(user, environ, site) == shown


# ---- the decision


@pytest.mark.parametrize(
    ("environ", "pip_cert", "named_by"),
    [
        ({"SSL_CERT_FILE": "{a}", "REQUESTS_CA_BUNDLE": "{b}", "CURL_CA_BUNDLE": "{b}"}, "", "SSL_CERT_FILE"),
        ({"REQUESTS_CA_BUNDLE": "{a}", "CURL_CA_BUNDLE": "{b}", "SSL_CERT_DIR": "/"}, "", "REQUESTS_CA_BUNDLE"),
        ({"CURL_CA_BUNDLE": "{a}", "SSL_CERT_DIR": "/"}, "", "CURL_CA_BUNDLE"),
        ({"SSL_CERT_FILE": "", "CURL_CA_BUNDLE": "{a}"}, "", "CURL_CA_BUNDLE"),
        ({"SSL_CERT_FILE": "{b}", "SSL_CERT_DIR": "/"}, "{a}", "cert of pip's configuration"),
        ({"SSL_CERT_FILE": "{b}", "PIP_CERT": "{a}"}, "{a}", "PIP_CERT"),
    ],
)
def test_order_of_authorities(
    environ: dict[str, str], pip_cert: str, named_by: str, authorities: tuple[Authority, Authority]
) -> None:
    paths = {"a": str(authorities[0].file), "b": str(authorities[1].file)}
    given = {name: value.format(**paths) for name, value in environ.items()}
    trust = decide(given, SourceSettings(cert=pip_cert.format(**paths)))
    assert (trust.authorities, trust.named_by) == (paths["a"], named_by)


@pytest.mark.parametrize("name", ["PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("path", ["/no/such/place", __file__])
def test_a_setting_that_cannot_be_used_is_named(name: str, path: str) -> None:
    with pytest.raises(ModelEnvError) as caught:
        decide({name: path}, SourceSettings(cert=path if name == "PIP_CERT" else ""))
    assert caught.value.kind == "invalid"
    assert caught.value.what == f"{name} names {path}, which cannot be used"


def test_pips_client_certificate_wins(authorities: tuple[Authority, Authority]) -> None:
    known, other = (str(one.server) for one in authorities)
    assert decide({"SSL_CLIENT_CERT": "/gone"}, SourceSettings(client_cert=known)).client_certificate == known
    found = decide({"SSL_CLIENT_CERT": other}, SourceSettings()).environment({"SSL_CLIENT_CERT": other})
    assert found["PIP_CLIENT_CERT"] == found["SSL_CLIENT_CERT"] == found["GIT_SSL_KEY"] == other


def test_a_client_certificate_that_cannot_be_used_is_named(authorities: tuple[Authority, Authority]) -> None:
    with pytest.raises(ModelEnvError, match="client-cert"):
        decide({}, SourceSettings(client_cert=str(authorities[0].file)))  # without its key
    assert decide({}, SourceSettings(client_cert=str(authorities[0].server))).context("https://h").verify_mode


def test_without_settings_the_operating_systems_authorities_count() -> None:
    trust = decide({}, SourceSettings())
    assert trust.named_by == ""
    found = trust.environment({"GIT_SSL_CAINFO": "/own.pem", "LANG": "C"})
    assert found["GIT_SSL_CAINFO"] == "/own.pem"
    assert found.get("SSL_CERT_FILE", "") == found.get("PIP_CERT", "") == trust.authorities


def test_what_lost_reaches_nobody(authorities: tuple[Authority, Authority]) -> None:
    path = str(authorities[0].file)
    environ = {"SSL_CERT_FILE": path, "CURL_CA_BUNDLE": "/x", "SSL_CERT_DIR": "/y", "all_proxy": "http://p:1", "A": "1"}
    found = decide(environ, SourceSettings()).environment(environ)
    assert found["CURL_CA_BUNDLE"] == found["REQUESTS_CA_BUNDLE"] == found["GIT_SSL_CAINFO"] == path
    assert found["https_proxy"] == found["HTTP_PROXY"] == "http://p:1"
    assert not {"SSL_CERT_DIR", "all_proxy"} & set(found)
    assert found["A"] == "1"


def test_no_spec_sets_what_decides_the_way_of_a_node() -> None:
    assert all(owned(name) for name in VARIABLES)
