"""Whole logs: kept by a node, stored in the workspace that the service names, and shown where they are."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from agent import work
from agent.clock import now
from agent.control import Stop
from agent.storage import go_on
from agent.storage.brokers import Storages
from agent.tails import LogFiles
from agent.whole_logs import WholeLogs, store_logs
from jobs.models import JobExecution
from tests.agent.conftest import Machine
from tests.agent.jobs import end_of, host_workspace, script_job
from workspaces.models import Workspace
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i + 1)); done; echo oh >&2"


@pytest.fixture
def root(tmp_path: Path, settings: Any) -> Path:
    """The folder of the workspace for whole logs."""
    settings.LOG_WORKSPACE = "logs"
    folder = tmp_path / "w" / "logs"
    host_workspace("logs", folder)
    return folder


def texts(logs: LogFiles) -> list[tuple[str, str]]:
    return [(path.name, path.read_text()) for path in logs.whole.files(go_on)]


def stored(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def carry_out(machine: Machine) -> JobExecution:
    machine.claim()[0].carry_out()
    assert not machine.engine.find({})
    assert not machine.state.job_keys()
    return JobExecution.objects.get()


def test_all_that_a_job_printed_is_stored_and_its_try_says_where(
    machine: Machine, root: Path, client: APIClient
) -> None:
    job = script_job(LONG)
    one = carry_out(machine)
    assert end_of(job) == ("COMPLETED", None, 0)
    below = f"test/1.0.0/{job.pk}/1"
    files = stored(root)
    assert files.keys() == {f"{below}/stdout.log", f"{below}/stderr.log"}
    assert files[f"{below}/stdout.log"] == "".join(f"line {number}\n" for number in range(20_000))
    assert files[f"{below}/stderr.log"] == "oh\n"
    assert files[f"{below}/stdout.log"].endswith(one.stdout)
    assert len(one.stdout) < len(files[f"{below}/stdout.log"])
    for path in (f"/v6/jobs/{job.pk}/executions/1/", f"/v6/job-executions/{one.pk}/"):
        shown = client.get(path).json()
        assert (shown["log_workspace"], shown["log_path"]) == ("logs", below)


def test_the_log_of_what_fails_has_what_the_agent_says_of_it(machine: Machine, root: Path) -> None:
    outputs = {"outputs": {"json": [{"name": "TILES", "type": "integer"}]}}
    job = script_job("echo begun", interface=outputs, max_tries=1)
    one = carry_out(machine)
    assert (one.status, one.log_workspace) == ("FAILED", "logs")
    files = stored(root)
    assert files[f"test/1.0.0/{job.pk}/1/stdout.log"] == "begun\n"
    assert files[f"test/1.0.0/{job.pk}/1/stderr.log"].startswith("scale-agent: ")


def test_the_log_of_what_reached_its_timeout_is_stored(machine: Machine, root: Path) -> None:
    job = script_job("echo begun; sleep 600", timeout=1, max_tries=1)
    assert carry_out(machine).log_workspace == "logs"
    assert stored(root)[f"test/1.0.0/{job.pk}/1/stdout.log"] == "begun\n"


def test_a_job_that_prints_nothing_has_no_log(machine: Machine, root: Path) -> None:
    script_job("exit 0")
    assert carry_out(machine).log_workspace is None
    assert stored(root) == {}


def test_without_a_workspace_for_logs_none_is_kept(machine: Machine) -> None:
    script_job("echo begun")
    (one,) = machine.claim()
    assert one.assignment.log_workspace is None
    one.carry_out()
    assert JobExecution.objects.get().log_workspace is None


def test_a_log_that_cannot_be_stored_costs_no_result(
    machine: Machine, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = script_job("echo begun")
    (one,) = machine.claim()
    root.rmdir()
    one.carry_out()
    assert end_of(job) == ("COMPLETED", None, 0)
    last = JobExecution.objects.get()
    assert (last.stdout, last.log_workspace) == ("begun\n", None)
    assert "the whole log was not stored" in caplog.text


@pytest.fixture
def silent(machine: Machine, settings: Any) -> Iterator[None]:
    """The workspace for logs is in an S3 that takes connections, and never answers."""
    settings.LOG_WORKSPACE = "logs"
    broker = {"type": "s3", "bucket_name": "logs", "credentials": {"access_key_id": "A", "secret_access_key": "S"}}
    create_workspace(name="logs", fields={"title": "Logs", "configuration": {"broker": broker}})
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        machine.node.settings = replace(machine.settings, s3_endpoint=url)
        yield


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("limit", ["a time", "the lease", "the end of the agent"])
def test_a_workspace_that_never_answers_keeps_no_result_waiting(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, limit: str
) -> None:
    job = script_job("echo begun")
    (one,) = machine.claim()
    if limit == "a time":
        monkeypatch.setattr(work, "_STORED", 0.5)
    elif limit == "the lease":
        machine.node.leases.begin([one.key], now(), 4.0)
    else:
        threading.Timer(2.0, one.control.hurry).start()
    began = now()
    one.carry_out()
    assert now() - began < 30
    assert end_of(job) == ("COMPLETED", None, 0)
    assert JobExecution.objects.get().log_workspace is None
    reasons = [record.__dict__["reason"] for record in caplog.records if "not stored" in record.getMessage()]
    assert reasons == ["it takes too long, or the try is to end"]


def test_no_more_logs_are_stored_at_once_than_there_is_room_for(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs, storages = WholeLogs(tmp_path / "logs", 10), Storages(machine.settings, {})
    room = threading.Semaphore(0)

    def store() -> str:
        return store_logs(logs, storages, "logs", "x", may_go_on=lambda: True, room=room)

    assert store() == "too many logs are being stored already"
    room.release()
    for _ in range(2):
        assert "has no broker" in store()

    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fail)
        for _ in range(2):
            assert store() == "can't start new thread"


def test_a_service_that_does_not_know_of_whole_logs_gets_the_report_without(
    machine: Machine, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = script_job("echo begun")
    (one,) = machine.claim()
    report = machine.service.report

    def report_to_the_version_before(change: dict[str, Any], give_up: threading.Event) -> Any:
        return report(
            {name.replace("log_workspace", "log_space"): value for name, value in change.items()}, give_up
        )

    monkeypatch.setattr(machine.service, "report", report_to_the_version_before)
    one.carry_out()
    assert end_of(job) == ("COMPLETED", None, 0)
    assert JobExecution.objects.get().stdout == "begun\n"
    assert stored(root) != {}


def test_an_agent_that_was_killed_before_its_report_stores_the_log_again(
    machine: Machine, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = script_job("echo begun; echo oh >&2")
    (one,) = machine.claim()

    def be_killed(change: dict[str, Any]) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(one, "_report", be_killed)
    with pytest.raises(KeyboardInterrupt):
        one.carry_out()
    before = stored(root)
    machine.begin()
    (one,) = machine.resume()
    one.carry_out()
    assert end_of(job) == ("COMPLETED", None, 0)
    assert (
        stored(root)
        == before
        == {
            f"test/1.0.0/{job.pk}/1/stdout.log": "begun\n",
            f"test/1.0.0/{job.pk}/1/stderr.log": "oh\n",
        }
    )
    assert JobExecution.objects.get().log_workspace == "logs"


def end_early(machine: Machine, reason: Stop) -> None:
    """Run the one job that is queued, and end it when it has printed something."""
    (one,) = machine.claim()
    thread = machine.in_background(one)
    until = time.monotonic() + 60
    while "begun" not in one.logs.ends()["stdout"]:
        assert time.monotonic() < until
        time.sleep(0.02)
    one.control.end(reason)
    thread.join(60)
    assert not thread.is_alive()


def test_of_a_try_that_was_canceled_nothing_is_stored(machine: Machine, root: Path) -> None:
    script_job("echo begun; sleep 600")
    end_early(machine, Stop.CANCELED)
    assert stored(root) == {}


def test_a_try_that_is_given_back_keeps_its_log(machine: Machine, root: Path) -> None:
    job = script_job("echo begun; sleep 600")
    end_early(machine, Stop.LEAVING)
    assert end_of(job)[0] == "QUEUED"
    assert JobExecution.objects.get().log_workspace == "logs"
    assert stored(root)[f"test/1.0.0/{job.pk}/1/stdout.log"] == "begun\n"


def test_a_deprecated_workspace_gets_no_logs(machine: Machine, root: Path) -> None:
    Workspace.objects.update(is_active=False, deprecated="2026-01-01T00:00:00Z")
    script_job("echo begun")
    assert carry_out(machine).log_workspace is None
    assert stored(root) == {}


def test_the_first_bytes_are_kept_up_to_a_limit(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path, most=10)
    for piece in (b"one two\n", b"three\n", b"four\n"):
        logs.write("stdout", piece)
    assert texts(logs) == [("stdout.log", "one two\nth"), ("stderr.log", "")]
    assert logs.ends()["stdout"] == "one two\nthree\nfour\n"


def test_of_what_printed_nothing_and_of_what_is_not_kept_there_is_none(tmp_path: Path) -> None:
    assert LogFiles(tmp_path, most=10).whole.files(go_on) == []
    LogFiles(tmp_path, most=10).write("stdout", b"one\n")
    # An agent that keeps none, and one after it, when the beginning is not known any more.
    for most in (0, 10):
        logs = LogFiles(tmp_path, most=most)
        logs.write("stdout", b"two\n")
        assert logs.whole.files(go_on) == []
        assert [path.name for path in tmp_path.iterdir()] == ["stdout"]


MISSING = "\nscale-agent: what follows may repeat a part of the log, or leave one out: the agent was away.\n"


@pytest.mark.parametrize(
    ("again", "whole"),
    [
        ("one\ntwo\nthree\n", "one\ntwo\nthree\n"),
        ("one\n", "one\ntwo\n"),
        ("", "one\ntwo\n"),
        ("two\nthree\n", f"one\ntwo\n{MISSING}two\nthree\n"),
    ],
)
def test_a_log_that_is_handed_out_again_loses_nothing_that_was_kept(tmp_path: Path, again: str, whole: str) -> None:
    LogFiles(tmp_path, most=1000).write("stdout", b"one\ntwo\n")
    logs = LogFiles(tmp_path, most=1000)
    logs.restart()
    logs.write("stdout", again.encode())
    for _ in range(2):
        assert texts(logs)[0] == ("stdout.log", whole)
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["stderr.log", "stdout.log"]


def test_a_log_that_is_handed_out_again_and_again_has_a_limit(tmp_path: Path) -> None:
    for number in range(5):
        logs = LogFiles(tmp_path, most=300)
        logs.restart()
        logs.write("stdout", str(number).encode() * 100)
    ((_, text), _) = texts(logs)
    assert text.startswith(f"{'0' * 100}{MISSING}{'1' * 100}{MISSING}")
    assert len(text) <= 300 + len(MISSING)


@pytest.mark.parametrize("full", ["stdout", "stdout.log"])
def test_on_a_full_disk_the_log_is_given_up_and_the_end_of_it_is_not(
    tmp_path: Path, full: str, caplog: pytest.LogCaptureFixture
) -> None:
    logs = LogFiles(tmp_path, most=1000)
    (tmp_path / full).symlink_to("/dev/full")
    logs.write("stdout", b"one\n")
    logs.write("stdout", b"two\n")
    (tmp_path / full).unlink(missing_ok=True)
    logs.write("stdout", b"three\n")
    assert logs.ends()["stdout"] == "one\ntwo\nthree\n"
    assert logs.whole.files(go_on) == []
    assert caplog.text.count("the log is not kept whole") == 1
    logs = LogFiles(tmp_path, most=1000)
    logs.restart()
    logs.write("stdout", b"three\n")
    assert logs.whole.files(go_on) == []


@pytest.mark.parametrize("killed", ["while it was joined", "before the old one was removed"])
def test_an_agent_that_is_killed_while_it_joins_a_log_leaves_it_as_it_is(tmp_path: Path, killed: str) -> None:
    LogFiles(tmp_path, most=1000).write("stdout", b"one\n")
    logs = LogFiles(tmp_path, most=1000)
    logs.restart()
    logs.write("stdout", b"two\n")
    if killed == "while it was joined":
        (tmp_path / "stdout.joined").write_bytes(b"one")
    else:
        (tmp_path / "stdout.log").write_bytes(f"one\n{MISSING}two\n".encode())
    logs = LogFiles(tmp_path, most=1000)
    assert texts(logs)[0] == ("stdout.log", f"one\n{MISSING}two\n")


def test_while_a_log_is_joined_its_end_can_be_sent(tmp_path: Path) -> None:
    LogFiles(tmp_path, most=1000).write("stdout", b"one\n")
    logs = LogFiles(tmp_path, most=1000)
    logs.restart()
    logs.write("stdout", b"two\n")
    sent = []
    logs.whole.files(lambda: sent.append(logs.ends()["stdout"]))
    assert set(sent) == {"two\n"}


def test_a_log_for_which_there_is_no_room_while_it_is_joined_takes_none(tmp_path: Path) -> None:
    LogFiles(tmp_path, most=1000).write("stdout", b"one\n")
    logs = LogFiles(tmp_path, most=1000)
    logs.restart()
    logs.write("stdout", b"two\n")
    (tmp_path / "stdout.joined").symlink_to("/dev/full")
    assert logs.whole.files(go_on) == []
    assert [path.name for path in tmp_path.iterdir()] == ["stdout"]
