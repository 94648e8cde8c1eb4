# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner of hf_snapshot against the fixture server, through a real huggingface_hub in a real tool environment."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Iterator

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import decide
from ansible_collections.portable.model_env.plugins.module_utils.weights import tokens
from ansible_collections.portable.model_env.plugins.module_utils.weights.folder import TargetFolder
from ansible_collections.portable.model_env.plugins.module_utils.weights.hf_snapshot import (
    SnapshotRunner,
    SnapshotSettings,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.hub import Hub
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.partial import partial_name
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy
from ansible_collections.portable.model_env.plugins.module_utils.weights.work import parse_request
from ansible_collections.portable.model_env.tests.hub_server.client import HubServer
from ansible_collections.portable.model_env.tests.hub_server.content import make_file
from ansible_collections.portable.model_env.tests.support import hub_tools, other_user

MIB = 1 << 20
TOKEN = "hf_never-to-be-seen-anywhere"
POLICY = RetryPolicy(retries=3, delay=0.05)


@pytest.fixture(scope="session")
def python() -> str:
    return hub_tools.python()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    """Two commits of one repository, another one, and a gated one."""
    data = tmp_path_factory.mktemp("hub")
    demo = data / "models" / "acme" / "demo"
    for tag, seed in (("v1", "one"), ("v2", "two")):
        make_file(demo / tag / "big.bin", 2 * MIB + 77, seed)
        make_file(demo / tag / "same.bin", MIB + 5, "same")
        make_file(demo / tag / "sub" / "config.json", 300, "config")
    make_file(demo / "v1" / "only-v1.txt", 100, "gone in v2")
    make_file(demo / "v2" / "notes with blanks+plus.txt", 100, "name")
    (demo / "v1" / "empty").write_bytes(b"")
    make_file(data / "datasets" / "acme" / "numbers" / "v1" / "data.csv", 5000, "csv")
    gated = data / "models" / "acme" / "gated"
    make_file(gated / "v1" / "w.bin", 2 * MIB, "gated")
    (gated / "hub.json").write_text(json.dumps({"gated": True, "tokens": [TOKEN]}))
    with HubServer(data) as running:
        yield running


class Call:
    """Calls the runner with one repository or several."""

    def __init__(self, server: HubServer, python: str, target: Path) -> None:
        self.server, self.python, self.target = server, python, target
        self.status = target.parent / "status"
        server.reset()
        server.faults()

    def entry(self, **more: Any) -> dict[str, Any]:
        """One repository."""
        return {"repo_id": "acme/demo", "revision": "v1", "resolve": True, "local_dir": str(self.target), **more}

    def __call__(self, *entries: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Call the runner; what is not said is said by the settings' defaults."""
        absent, check, token = more.pop("absent", False), more.pop("check", False), more.pop("token", "")
        endpoint = more.pop("endpoint", self.server.url)

        def hub() -> Hub:
            given, way = tokens.given(token), decide(os.environ)
            return Hub(CommandRunner(), self.python, endpoint, given, POLICY, os.environ, way)

        settings = SnapshotSettings(policy=POLICY, **more)
        runner = SnapshotRunner(hub, settings, StatusFile(str(self.status)), check)
        requests = [parse_request(entry, absent=absent) for entry in entries or [self.entry()]]
        return runner.absent(requests) if absent else runner.present(requests)

    def files(self) -> list[str]:
        """What lies in the target, without our state."""
        return sorted(
            str(path.relative_to(self.target))
            for path in self.target.rglob("*")
            if path.is_file() and ".model_env" not in path.parts
        )


@pytest.fixture
def call(server: HubServer, python: str, tmp_path: Path) -> Call:
    return Call(server, python, tmp_path / "target")


V1 = ["big.bin", "empty", "only-v1.txt", "same.bin", "sub/config.json"]
V2 = ["big.bin", "notes with blanks+plus.txt", "same.bin", "sub/config.json"]


@pytest.mark.parametrize(("user", "folder", "file"), [(0, 0o755, 0o644), (1000, 0o700, 0o600)])
def test_users_can_read_what_root_fetches_under_a_strict_umask(
    call: Call, user: int, folder: int, file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    before = os.umask(0o077)
    try:
        call()
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (call.target, call.target / "sub")} == {folder}
    assert {(call.target / name).stat().st_mode & 0o777 for name in V1} == {file}


@pytest.mark.parametrize("check", [True, False])
def test_create_again_modify_again_remove_again(call: Call, check: bool) -> None:
    """In check mode each step is foretold first, without a trace, and the real step does exactly that."""

    def step(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
        before = call.files() if call.target.exists() else None
        foretold = call(*entries, check=True, **more) if check else {}
        if check:
            assert (call.files() if call.target.exists() else None) == before
        done = call(*entries, **more)
        if check:
            for key in ("changed", "snapshots", "diff"):
                assert foretold[key] == done[key], key
        return done

    created = step()
    assert (created["changed"], created["snapshots"][0]["fetch"]) == (True, V1)
    assert call.files() == V1
    call.server.reset()
    again = step()
    assert (again["changed"], again["library"]) == (False, "")
    assert call.server.stats()["requests"] == [], "nothing to do asks nobody"

    moved = step(call.entry(revision="v2"))
    assert moved["snapshots"][0]["fetch"] == ["big.bin", "notes with blanks+plus.txt"]
    assert moved["snapshots"][0]["remove"] == ["empty", "only-v1.txt"]
    assert call.files() == V2
    assert not step(call.entry(revision="v2"))["changed"]

    (call.target / "mine.txt").write_text("not of the Hub")
    gone = step(absent=True)
    assert (gone["changed"], gone["snapshots"][0]["remove"]) == (True, V2)
    assert call.files() == ["mine.txt"], "only what the manifest lists goes"
    assert not (call.target / ".model_env").exists()
    assert not step(absent=True)["changed"]


def test_absent_leaves_no_folder_of_ours(call: Call) -> None:
    call()
    call(absent=True)
    assert not call.target.exists()


def test_a_branch_stays_where_it_was_resolved_until_told_to_move(call: Call) -> None:
    first = call(call.entry(revision="main"))["snapshots"][0]
    manifest = next((call.target / ".model_env").glob("*.json"))
    text = manifest.read_text().replace(first["commit"], call.server.commit("model", "acme/demo", "v1"))
    manifest.write_text(text)  # as if main had been v1 then
    (call.target / "same.bin").unlink()
    kept = call(call.entry(revision="main"))["snapshots"][0]
    assert kept["commit"] == call.server.commit("model", "acme/demo", "v1")
    moved = call(call.entry(revision="main", move=True))["snapshots"][0]
    assert moved["commit"] == first["commit"]


def test_another_selection_of_the_same_commit(call: Call) -> None:
    call(call.entry(allow_patterns=["*.bin"]))
    assert call.files() == ["big.bin", "same.bin"]
    more = call(call.entry(filenames=["sub/config.json", "big.bin"]))["snapshots"][0]
    assert (more["fetch"], more["remove"]) == (["sub/config.json"], ["same.bin"])
    assert call.files() == ["big.bin", "sub/config.json"]
    with pytest.raises(ModelEnvError, match=r"does not hold none\.bin"):
        call(call.entry(filenames=["none.bin"]))


def test_files_that_are_there_already_are_taken_over(call: Call) -> None:
    call()
    shutil.rmtree(call.target / ".model_env")
    call.server.reset()
    taken = call()
    assert taken["received_bytes"] == 0
    assert taken["snapshots"][0]["fetch"] == []
    assert not call()["changed"]
    assert call.server.stats()["sent_total"] == 0


@pytest.mark.parametrize("full", [False, True])
def test_damage_of_the_same_size_and_time_needs_a_full_verification(call: Call, full: bool) -> None:
    call()
    victim = call.target / "big.bin"
    before = victim.stat()
    data = bytearray(victim.read_bytes())
    data[1000] ^= 1
    victim.write_bytes(data)
    os.utime(victim, ns=(before.st_atime_ns, before.st_mtime_ns))
    repaired = call(full=full)["snapshots"][0]
    assert repaired["fetch"] == (["big.bin"] if full else [])
    assert not call(full=True)["changed"] or not full


def test_repair_fetches_only_what_is_wrong_and_can_be_refused(call: Call) -> None:
    call()
    (call.target / "big.bin").write_bytes(b"short")
    (call.target / "same.bin").unlink()
    with pytest.raises(ModelEnvError, match=r"1 files are not what the Hub lists: .*big.bin") as caught:
        call(repair=False)
    assert caught.value.kind == "corrupt"
    assert (call.target / "big.bin").read_bytes() == b"short"
    assert call()["snapshots"][0]["fetch"] == ["big.bin", "same.bin"]


def test_touched_files_are_read_and_not_fetched(call: Call) -> None:
    call()
    os.utime(call.target / "big.bin", (1, 1))
    touched = call()
    assert (touched["changed"], touched["received_bytes"]) == (False, 0)


def test_several_repositories_are_one_plan(call: Call) -> None:
    data = {"repo_id": "acme/numbers", "repo_type": "dataset", "revision": "v1", "resolve": True}
    done = call(call.entry(), {**data, "local_dir": str(call.target)})
    assert [snapshot["files"] for snapshot in done["snapshots"]] == [5, 1]
    assert not call(call.entry(), {**data, "local_dir": str(call.target)})["changed"]
    call({**data, "local_dir": str(call.target)}, absent=True)
    assert call.files() == V1


def test_two_repositories_never_share_a_path(call: Call) -> None:
    call()
    state = next((call.target / ".model_env").glob("*.json"))
    state.write_text(state.read_text().replace('"big.bin":', '"data.csv":'))  # a path that the dataset has, too
    data = {"repo_id": "acme/numbers", "repo_type": "dataset", "revision": "v1", "resolve": True}
    with pytest.raises(ModelEnvError, match="belongs to model acme/demo"):
        call({**data, "local_dir": str(call.target)})


def test_all_that_cannot_be_had_is_told_at_once_before_the_first_byte(call: Call) -> None:
    wrong = [
        call.entry(repo_id="acme/none", local_dir=str(call.target / "a")),
        call.entry(revision="f" * 40, local_dir=str(call.target / "b")),
        call.entry(repo_id="acme/gated", revision="main", local_dir=str(call.target / "c")),
    ]
    with pytest.raises(ModelEnvError) as caught:
        call(call.entry(), *wrong)
    assert caught.value.what.startswith("3 of 4 repositories cannot be had: ")
    for word in ("acme/none", "f" * 40, "gated"):
        assert word in caught.value.what
    assert call.server.stats()["sent_total"] == 0
    assert call.files() == []


def test_a_gated_repository_comes_with_its_token_which_goes_to_the_hub_alone(call: Call) -> None:
    entry = call.entry(repo_id="acme/gated", revision="main")
    with pytest.raises(ModelEnvError, match="gated"):
        call(entry, token="hf_wrong")
    assert call(entry, token=TOKEN)["changed"]
    stats = call.server.stats()
    assert not stats["cdn_saw_token"]
    assert any(request["role"] == "cdn" for request in stats["requests"])
    asked = [request for request in stats["requests"] if request["role"] == "hub" and request["status"] == 302]
    assert asked and all(request["token"] for request in asked)
    for path in [*call.target.rglob("*"), call.status]:
        assert path.is_dir() or TOKEN.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("kept_in", ["environment", "file"])
def test_what_the_node_says_of_endpoint_and_token_is_honoured(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_in: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", call.server.url + "/")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    if kept_in == "environment":
        monkeypatch.setenv("HF_TOKEN", TOKEN)
    else:  # as `hf auth login` leaves it
        (tmp_path / "hf").mkdir()
        (tmp_path / "hf" / "token").write_text(TOKEN)
    assert call(call.entry(repo_id="acme/gated", revision="main"), endpoint="", token=None)["changed"]
    assert not call.server.stats()["cdn_saw_token"]
    with pytest.raises(ModelEnvError, match="gated"):
        call(call.entry(repo_id="acme/gated", revision="main", local_dir=str(tmp_path / "other")), endpoint="")


def test_no_room_is_known_before_the_first_byte(call: Call) -> None:
    with pytest.raises(ModelEnvError, match="there is no room") as caught:
        call(free_space_margin=1 << 60)
    assert caught.value.kind == "no_space"
    assert call.server.stats()["sent_total"] == 0


def test_a_new_commit_shows_only_when_all_of_it_is_verified(call: Call) -> None:
    call()
    old = (call.target / "big.bin").read_bytes()
    call.server.faults({"where": "hub", "kind": "status", "status": 404, "path": "notes*", "count": 0})
    with pytest.raises(ModelEnvError, match="cannot be fetched"):
        call(call.entry(revision="v2"))
    assert (call.target / "big.bin").read_bytes() == old
    call.server.faults()
    call.server.reset()
    assert call(call.entry(revision="v2"))["changed"]
    assert (call.target / "big.bin").read_bytes() != old
    assert call.server.stats()["sent_total"] < MIB, "what was verified is not fetched again"


def test_what_was_had_before_an_error_is_kept_and_recorded(call: Call) -> None:
    call.server.faults({"where": "cdn", "kind": "status", "status": 500, "path": "big.bin", "count": 0})
    with pytest.raises(ModelEnvError, match=r"given up after 4 tries.*HTTP 500"):
        call()
    assert call.files() == [name for name in V1 if name != "big.bin"]
    call.server.faults()
    assert call()["snapshots"][0]["fetch"] == ["big.bin"]


def test_links_are_replaced_and_links_in_the_place_of_folders_are_refused(call: Call, tmp_path: Path) -> None:
    call.target.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "big.bin").write_text("precious")
    (call.target / "big.bin").symlink_to(elsewhere / "big.bin")
    call()
    assert (elsewhere / "big.bin").read_text() == "precious"
    assert not (call.target / "big.bin").is_symlink()
    shutil.rmtree(call.target)
    call.target.mkdir()
    (call.target / "sub").symlink_to(elsewhere)
    with pytest.raises(ModelEnvError, match="sub is, or lies behind, a link"):
        call()


def test_the_status_tells_the_progress(call: Call) -> None:
    call()
    status = json.loads(call.status.read_text())
    assert status["phase"] == "fetching weights"
    assert status["total"] == 2 * MIB + 77 + MIB + 5 + 400
    assert status["pid"] == os.getpid()


STATE = ".model_env"
MANIFEST, PARTIAL = f"{STATE}/model--acme--demo.json", f"{STATE}/model--acme--demo.partial"
PLACES = ("", STATE, MANIFEST, PARTIAL, f"{PARTIAL}/PART", f"{PARTIAL}/JOURNAL", f"{STATE}/lock", "big.bin", "sub")


def _names(server: HubServer, python: str, folder: Path) -> tuple[str, str]:
    """Names of the partial file and the journal of big.bin."""
    call = Call(server, python, folder / "names")
    call(call.entry(filenames=["big.bin"]))
    manifest = json.loads((folder / "names" / MANIFEST).read_text())
    name = partial_name(HubFile.parse("big.bin", *manifest["files"]["big.bin"][:2]))
    return f"{name}.part", f"{name}.journal"


@other_user.needs_root
@pytest.mark.parametrize("kind", other_user.KINDS)
def test_what_others_put_in_a_folder_never_leads_root_out_of_it(
    server: HubServer, python: str, kind: str, tmp_path: Path
) -> None:
    """A user who may write the folder prepares each name that a run uses."""
    part, journal = _names(server, python, tmp_path)
    for place in PLACES:
        with other_user.public_folder() as shared:
            outside, call = other_user.outside_of(shared), Call(server, python, shared / "open" / "target")
            path = call.target / place.replace("PART", part).replace("JOURNAL", journal)
            path.parent.mkdir(parents=True)
            for folder in (shared / "open", *path.parents):
                if shared in folder.parents:
                    folder.chmod(0o777)
            other_user.plant(kind, path, outside)
            before = other_user.snapshot(outside)
            refused = None
            for absent in (False, True):
                try:
                    call(absent=absent)
                except ModelEnvError as error:
                    refused = refused or error
            assert other_user.snapshot(outside) == before, place
            # A name of theirs in the target, or a hold that nobody renews, is replaced; what it led to stays as it is.
            replaced = place in ("", "big.bin", f"{STATE}/lock") or (place == "sub" and kind == "folder")
            assert refused or replaced, f"{place} was not refused"


@other_user.needs_root
@pytest.mark.parametrize("absent", [False, True])
def test_a_manifest_that_somebody_else_wrote_is_not_believed(server: HubServer, python: str, absent: bool) -> None:
    with other_user.public_folder() as shared:
        outside, call = other_user.outside_of(shared), Call(server, python, shared / "open" / "target")
        call()
        for folder in (shared / "open", call.target):
            folder.chmod(0o777)
        manifest = call.target / MANIFEST
        lies = json.loads(manifest.read_text())
        lies["files"] = {"../../outside/file": [8, "sha256:" + "0" * 64, 1], **lies["files"]}

        def plant() -> None:
            os.rename(call.target / STATE, call.target / "moved-away")
            (call.target / STATE).mkdir()
            manifest.write_text(json.dumps(lies))

        other_user.do(plant)
        before = other_user.snapshot(outside)
        with pytest.raises(ModelEnvError, match=r"\.model_env belongs to nobody"):
            TargetFolder(str(call.target), "model", "acme/demo").refuse_foreign()
        with pytest.raises(ModelEnvError, match=r"\.model_env belongs to nobody") as caught:
            call(absent=absent)
        assert caught.value.kind == "foreign"
        assert other_user.snapshot(outside) == before
        assert call.files(), "nothing was removed"
        shutil.rmtree(call.target / STATE)
        os.rename(call.target / "moved-away", call.target / STATE)
        assert not call()["changed"], "the folder itself may be anybody's"


@other_user.needs_root
def test_a_link_on_the_way_is_followed_if_it_is_ones_own(server: HubServer, python: str) -> None:
    with other_user.public_folder() as shared:
        outside, open_to_all = other_user.outside_of(shared), shared / "open"
        open_to_all.mkdir()
        open_to_all.chmod(0o777)
        (shared / "weights").symlink_to("disk/weights")
        (shared / "disk" / "weights").mkdir(parents=True)
        call = Call(server, python, shared / "weights" / "demo")
        call(call.entry(filenames=["big.bin"]))
        assert (shared / "disk" / "weights" / "demo" / "big.bin").is_file()
        other_user.do(lambda: (open_to_all / "weights").symlink_to(outside))
        before = other_user.snapshot(outside)
        call = Call(server, python, open_to_all / "weights" / "demo")
        call.status = shared / "status"
        with pytest.raises(ModelEnvError, match="weights is a link of nobody's"):
            call()
        assert other_user.snapshot(outside) == before
