# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runner of the module ``preflight``: looks at everything that a run will need, all at once, and changes nothing."""

from __future__ import annotations

import os
import platform
import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Callable, Iterable, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks import driver, verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import Verdict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import mounts
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.encoding import on_disk
from ansible_collections.portable.model_env.plugins.module_utils.host.git import Git
from ansible_collections.portable.model_env.plugins.module_utils.host.gpu import NvidiaSmi
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreters
from ansible_collections.portable.model_env.plugins.module_utils.host.os_packages import OsPackages
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import offline
from ansible_collections.portable.model_env.plugins.module_utils.installers.registry import NATIVE
from ansible_collections.portable.model_env.plugins.module_utils.masking import Secret, masked
from ansible_collections.portable.model_env.plugins.module_utils.network import pip_config_files
from ansible_collections.portable.model_env.plugins.module_utils.network.pages import Page, PageReader
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import basic, decide
from ansible_collections.portable.model_env.plugins.module_utils.preflight import needs, readiness
from ansible_collections.portable.model_env.plugins.module_utils.preflight.index_pages import Platform
from ansible_collections.portable.model_env.plugins.module_utils.releases import phases
from ansible_collections.portable.model_env.plugins.module_utils.releases.difference import BUILD
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.plugins.module_utils.weights import tokens
from ansible_collections.portable.model_env.plugins.module_utils.weights.folder import TargetFolder

_HUB_DEFAULT = "https://huggingface.co"
_PARALLEL = 16
_COMPILERS = ("gcc", "g++", "nvcc")
_SECONDS = 20.0


@dataclass(frozen=True)
class Wanted:
    """What the node is to get.

    :ivar specs: by name.
    :ivar weights: entries of ``snapshots`` of the module ``hf_snapshot``.
    :ivar index_url: base index instead of the configured one.
    :ivar minimum_free: bytes that must be free on the root's filesystem.
    :ivar endpoint: of the Hub; "" for the node's own setting.
    :ivar token: for the Hub; None: what the node has.
    :ivar timeout: seconds for one request.
    :ivar owners: whose folders are believed.
    """

    root: str
    specs: Mapping[str, Spec]
    weights: Sequence[Mapping[str, Any]] = ()
    index_url: str = ""
    interpreters: Mapping[str, str] = field(default_factory=dict)
    minimum_free: int = 0
    endpoint: str = ""
    token: Secret | None = None
    gpu: str = verdicts.AUTO
    timeout: float = 15.0
    owners: Owners = field(default_factory=Owners)


class Preflight:
    """Looks at one node.

    :param runner: starts interpreters, compilers, git and nvidia-smi.
    :param environ: the node's environment.
    """

    def __init__(self, runner: Runner, wanted: Wanted, environ: Mapping[str, str]) -> None:
        self._runner = runner
        self._wanted = wanted
        self._environ = environ
        self._tree: ModelRoot | None = None
        self._foreign: ModelEnvError | None = None
        try:
            self._tree = ModelRoot(wanted.root, wanted.owners)
        except ModelEnvError as error:
            if error.kind != "foreign":
                raise
            self._foreign = error
        self._settings = pip_config_files.read(environ)
        self._trust = decide(environ, self._settings)
        self._web = PageReader(self._trust, wanted.timeout)
        self._hub = PageReader(self._trust.for_hub(), wanted.timeout, self._endpoint, self._hub_headers())
        self._building = self._to_build()
        named = wanted.index_url or self._settings.index_url or self._settings.no_index
        self._default_index = "" if named else pip_config_files.default_index(runner)

    def run(self) -> list[Verdict]:
        """All verdicts, in the order of the documentation.

        :raises ModelEnvError: pip's configuration of the node cannot be read, or the root is no absolute path.
        """
        urls = {url: name for name, spec in self._wanted.specs.items() for url in self._indexes(spec)}
        repositories = self._repositories()
        # The pool that the other one asks must be the last to close.
        with ThreadPoolExecutor(_PARALLEL) as pages, ThreadPoolExecutor(_PARALLEL) as pool:
            sizes = pool.submit(self._sizes, needs.Indexes(self._web, pages))
            servers = {url: pool.submit(self._web.get, f"{url.rstrip('/')}/pip/", body=False) for url in sorted(urls)}
            hub = pool.submit(self._ask_hub) if self._wanted.weights else None
            weights = [pool.submit(self._weights, one) for one in self._wanted.weights]
            git = {url: pool.submit(self._git, url) for url in repositories}
            local = self._local(pool)
        answers = {url: future.result() for url, future in servers.items()}
        held = [future.result() for future in weights]
        found = [*self._filesystems(), *self._space(sizes.result(), held), *local]
        found += [
            readiness.server("index", masked(url), asdict(answer), self._needed(url, self._indexes))
            for url, answer in answers.items()
        ]
        if hub is not None:
            answers[self._endpoint] = hub.result()
            fetches = any(one.missing or one.answer.status != 200 for one in held)
            found.append(readiness.server("hub", masked(self._endpoint), asdict(hub.result()), fetches))
        for wanted, one in zip(self._wanted.weights, held):
            facts = {**asdict(one), "status": one.answer.status, "error": one.answer.error}
            facts["foreign"] = self._foreign_weights(wanted)
            found.append(readiness.repository(wanted["repo_id"], facts))
        for url, future in git.items():
            error, seconds = future.result()
            found.append(readiness.git(masked(url), error, seconds, self._needed(url, _git_urls)))
        if self._tree is not None:
            holder = self._tree.holder()
            found.append(readiness.lock(str(holder) if holder else ""))
        if not urls and self._wanted.specs and not self._settings.no_index:
            found.append(verdicts.make("index", verdicts.SKIP, None, "no index is configured that a network leads to"))
        skews = [answer.skew for answer in answers.values() if answer.skew is not None]
        # The median: one server with a wrong clock must not speak for all.
        found.append(readiness.clock("servers", -statistics.median(skews) if skews else None))
        return found

    @property
    def _endpoint(self) -> str:
        return (self._wanted.endpoint or self._environ.get("HF_ENDPOINT") or _HUB_DEFAULT).rstrip("/")

    def _to_build(self) -> dict[str, Spec]:
        """The specs of which no fitting release is there; nothing is read of a root that is not believed."""
        tree, specs = self._tree, self._wanted.specs
        return {name: spec for name, spec in specs.items() if tree is None or tree.plan(spec).action == BUILD}

    def _foreign_weights(self, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
        kind = wanted.get("repo_type") or "model"
        try:
            TargetFolder(wanted["local_dir"], kind, wanted["repo_id"], self._wanted.owners).refuse_foreign()
        except ModelEnvError as error:
            return error.as_dict()
        return None

    def _needed(self, url: str, of_spec: Callable[[Spec], list[str]]) -> bool:
        """Whether one of the builds will ask this server."""
        return any(url in of_spec(spec) for spec in self._building.values())

    def _indexes(self, spec: Spec) -> list[str]:
        """The indexes of a spec that are asked over the network, the one with its torch first."""
        if self._settings.no_index:
            return []
        base = spec.index_url or self._wanted.index_url or self._settings.index_url or self._default_index
        urls = [*reversed(spec.further_indexes), base, *self._settings.extra_index_urls]
        return [url for url in dict.fromkeys(urls) if url.startswith(("http://", "https://"))]

    def _repositories(self) -> list[str]:
        return sorted({url for spec in self._wanted.specs.values() for url in _git_urls(spec)})

    def _sizes(self, indexes: needs.Indexes) -> needs.DownloadSize:
        found = needs.DownloadSize()
        for spec in self._building.values():
            target = Platform(".".join(spec.python.split(".")[:2]), platform.machine())
            texts = [requirement.text for phase in _phases(spec) for requirement in phase.requirements]
            indexes.add(found, texts, self._indexes(spec), target)
            found.unknown.update(git.name for git in spec.git_packages)
        return found

    def _ask_hub(self) -> Page:
        return self._hub.get(self._endpoint, body=False)

    def _weights(self, wanted: Mapping[str, Any]) -> needs.MissingWeights:
        return needs.weights(self._hub, self._endpoint, self._wanted.timeout, wanted)

    def _hub_headers(self) -> dict[str, str]:
        """Who asks: the token, or else a login of the netrc file."""
        token = tokens.of_node(self._environ) if self._wanted.token is None else self._wanted.token
        said = f"Bearer {token.reveal()}" if token else basic(self._trust.login(self._endpoint))
        return {"Authorization": said} if said else {}

    def _git(self, url: str) -> tuple[dict[str, Any] | None, float]:
        started = time.monotonic()
        tmpdir = self._environ.get("TMPDIR") or "/tmp"  # noqa: S108
        environment = self._trust.environment(offline(self._environ, tmpdir), [url])
        try:
            Git(self._runner, environment, timeout=self._wanted.timeout).reach(url)
        except ModelEnvError as error:
            return error.as_dict(), time.monotonic() - started
        return None, time.monotonic() - started

    def _local(self, pool: ThreadPoolExecutor) -> list[Verdict]:
        """What the node itself has: interpreters, packages of the operating system, compilers, driver."""
        gpu = pool.submit(NvidiaSmi(self._runner).read) if self._wanted.gpu != verdicts.OFF else None
        compilers = {name: pool.submit(self._version, name) for name in _COMPILERS}
        found = list(self._interpreters())
        finder = Interpreters(self._runner, self._wanted.interpreters)
        try:
            finder.any_with_pip()
            venv_missing = False
        except ModelEnvError:
            venv_missing = True
        packages = OsPackages(self._runner).needed(self._building.values(), venv_missing)
        there = {name: future.result() for name, future in compilers.items()}
        found.append(readiness.os_packages(packages, {name: version for name, version in there.items() if version}))
        builds = {name: spec.torch for name, spec in self._wanted.specs.items() if spec.torch}
        state = gpu.result() if gpu is not None else None
        node = None if state is None else {**state.as_dict(), "broken": state.broken}
        found.append(driver.for_builds(builds, node, self._wanted.gpu))
        return found

    def _interpreters(self) -> Iterable[Verdict]:
        finder = Interpreters(self._runner, self._wanted.interpreters)
        by: dict[str, list[str]] = {}
        for name, spec in self._wanted.specs.items():
            by.setdefault(spec.python, []).append(name)
        for version, names in sorted(by.items()):
            try:
                yield readiness.interpreter(version, finder.find(version).path, None, names)
            except ModelEnvError as error:
                yield readiness.interpreter(version, "", error.as_dict(), names)

    def _version(self, compiler: str) -> str:
        try:
            result = self._runner.run([compiler, "--version"], timeout=_SECONDS)
        except OSError:
            return ""
        found = re.search(r"(?:release |\) |\b)(\d+\.\d+(?:\.\d+)?)\b", result.stdout) if result.rc == 0 else None
        return found.group(1) if found else ""

    def _filesystems(self) -> list[Verdict]:
        home = self._environ.get("HOME") or os.path.expanduser("~")
        cache = NATIVE.cache_folder(self._environ)
        paths = {"root": self._wanted.root, "tmp": self._environ.get("TMPDIR") or "/tmp", "home": home}  # noqa: S108
        root = mounts.describe(self._wanted.root)
        facts = {name: mounts.describe(path) for name, path in {**paths, "pip_cache": cache}.items()}
        built = bool(self._building)
        foreign = {"root": self._foreign.as_dict()} if self._foreign else {}
        found = [readiness.filesystem(name, one, root, built, foreign.get(name)) for name, one in facts.items()]
        devices = {root["device"]}
        for wanted in self._wanted.weights:
            one = mounts.describe(on_disk(wanted["local_dir"]))
            if one["device"] not in devices:
                devices.add(one["device"])
                found.append(readiness.filesystem("weights", one, root, False))
        return found

    def _space(self, sizes: needs.DownloadSize, held: Sequence[needs.MissingWeights]) -> list[Verdict]:
        """One verdict for each filesystem that is written to."""
        root = mounts.describe(self._wanted.root)
        places, parts = {root["device"]: root}, {root["device"]: {"of packages": sizes.total}}
        unknown: dict[int, list[str]] = {root["device"]: sorted(sizes.unknown)}
        if sizes.unpinned:
            unknown[root["device"]].append(f"{sizes.unpinned} requirements without an exact pin")
        if sizes.opaque:
            unknown[root["device"]].append(f"the requirements of {', '.join(sorted(sizes.opaque))}")
        for wanted, one in zip(self._wanted.weights, held):
            place = mounts.describe(on_disk(wanted["local_dir"]))
            places.setdefault(place["device"], place)
            of_place = parts.setdefault(place["device"], {})
            of_place["of weights"] = of_place.get("of weights", 0) + one.missing
            if one.answer.status != 200:
                unknown.setdefault(place["device"], []).append(wanted["repo_id"])
        minimum = self._wanted.minimum_free if self._building else 0
        return [
            readiness.space(
                place["mount"] or place["path"],
                place["free"],
                minimum if device == root["device"] else 0,
                parts[device],
                unknown.get(device, []),
            )
            for device, place in places.items()
        ]


def _phases(spec: Spec) -> list[phases.Phase]:
    """What is asked of the indexes."""
    return phases.phases(replace(spec, git_packages=()), (), (), {})


def _git_urls(spec: Spec) -> list[str]:
    return [git.url for git in spec.git_packages] + [tree.url for tree in spec.checkouts]
