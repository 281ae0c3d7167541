"""A try from its claim to its report, with a real service; its container is a process group."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from agent.clock import now
from agent.control import Stop
from files.models import File
from jobs.models import JobExecution
from tests.agent.conftest import Machine
from tests.agent.engine import NO_IMAGE
from tests.agent.jobs import OUT, TILES, TO_PRODUCTS, end_of, host_workspace, script_job, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_job_is_completed_with_its_outputs_and_its_log(machine: Machine) -> None:
    job = script_job(
        'echo begun; echo oh >&2; echo "{\\"TILES\\": 40}" > $OUTPUT_DIR/seed.outputs.json', interface=TILES
    )
    (one,) = machine.claim()
    one.carry_out()
    assert end_of(job) == ("COMPLETED", None, 0)
    assert job.output == {"json": {"TILES": 40}}
    tail = JobExecution.objects.get()
    assert (tail.stdout, tail.stderr) == ("begun\n", "oh\n")
    assert machine.is_clean


def test_an_exit_code_is_reported_for_the_manifest_to_explain(machine: Machine) -> None:
    errors = [{"code": 3, "name": "no-data", "title": "No data", "description": "None.", "category": "data"}]
    job = script_job("exit 3", errors=errors)
    machine.claim()[0].carry_out()
    assert end_of(job) == ("FAILED", "no-data", 3)


@pytest.mark.parametrize(
    ("script", "job", "error", "says"),
    [
        ("sleep 600", {"timeout": 1}, "timeout", ""),
        ("exit 0", {"interface": TILES}, "missing-required-output", "promises this output"),
        ('echo "[" > $OUTPUT_DIR/seed.outputs.json', {"interface": TILES}, "invalid-results-manifest", "JSON"),
        (
            'echo "{\\"TILES\\": 1.5}" > $OUTPUT_DIR/seed.outputs.json',
            {"interface": TILES},
            "invalid-output",
            "integer",
        ),
        (
            "truncate -s 9M $OUTPUT_DIR/x; sleep 600",
            {"resources": {"scalar": [{"name": "disk", "value": 2.0}]}},
            "disk-exceeded",
            "more than 2 MiB",
        ),
    ],
)
def test_what_fails_for_another_reason_is_a_built_in_error(
    machine: Machine, script: str, job: dict[str, Any], error: str, says: str
) -> None:
    failed = script_job(script, max_tries=1, **job)
    machine.claim()[0].carry_out()
    assert end_of(failed)[:2] == ("FAILED", error)
    assert says in JobExecution.objects.get().stderr
    assert machine.is_clean


@pytest.mark.parametrize(("code", "left"), [(0, 1), (3, 0)])
def test_a_container_is_there_until_its_end_is_reported_unless_it_may_still_run(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, code: int, left: int
) -> None:
    script_job(f"exit {code}")
    (one,) = machine.claim()
    report, there = machine.service.report, []

    def note(*arguments: Any) -> Any:
        there.append(len(machine.engine.find({})))
        return report(*arguments)

    monkeypatch.setattr(machine.service, "report", note)
    one.carry_out()
    assert there == [left]
    assert machine.is_clean


def test_json_that_no_report_could_hold_is_an_invalid_output(machine: Machine) -> None:
    interface = {"outputs": {"json": [{"name": "TEXT", "type": "string"}]}}
    script = 'printf "{\\"TEXT\\": \\"%02000000d\\"}" 1 > $OUTPUT_DIR/seed.outputs.json'
    job = script_job(script, interface=interface, max_tries=1)
    machine.claim()[0].carry_out()
    assert end_of(job)[:2] == ("FAILED", "invalid-output")
    assert "its JSON outputs have 20000" in JobExecution.objects.get().stderr


def test_a_log_of_control_characters_is_shortened_until_it_can_be_sent(machine: Machine) -> None:
    interface = {"outputs": {"json": [{"name": "TEXT", "type": "string"}]}}
    script = 'printf "{\\"TEXT\\": \\"%01400000d\\"}" 1 > $OUTPUT_DIR/seed.outputs.json'
    job = script_job(script, interface=interface)
    (one,) = machine.claim()
    one.logs.write("stdout", b"\x01" * 65_536)
    one.logs.write("stderr", b"\x01" * 65_536)
    one.carry_out()
    assert end_of(job) == ("COMPLETED", None, 0)
    assert set(JobExecution.objects.get().stdout) == {"\x01"}


def test_an_image_that_nobody_has_is_a_failed_pull(machine: Machine) -> None:
    job = script_job("exit 0", docker_image=NO_IMAGE, max_tries=1)
    machine.claim()[0].carry_out()
    assert end_of(job) == ("FAILED", "pull", None)
    assert machine.engine.pulled == [NO_IMAGE]


class TestEnding:
    """Tries that end before their time."""

    @pytest.mark.parametrize("reason", [Stop.CANCELED, Stop.NOT_YOURS])
    def test_what_the_service_does_not_want_is_removed_and_not_reported(
        self, machine: Machine, reason: Stop
    ) -> None:
        job = script_job("sleep 600")
        (one,) = machine.claim()
        thread = machine.in_background(one)
        wait_for(lambda: machine.engine.find({}))
        one.control.end(reason)
        thread.join(60)
        job.refresh_from_db()
        assert job.status == "RUNNING"
        assert machine.is_clean

    def test_what_runs_when_the_agent_ends_is_given_back(self, machine: Machine) -> None:
        job = script_job("sleep 600")
        (one,) = machine.claim()
        thread = machine.in_background(one)
        wait_for(lambda: machine.engine.find({}))
        one.control.end(Stop.LEAVING)
        thread.join(60)
        job.refresh_from_db()
        assert (job.status, JobExecution.objects.get().end) == ("QUEUED", "returned")
        assert machine.is_clean

    def test_a_canceled_job_is_stopped_by_the_next_heartbeat(self, machine: Machine, staff: APIClient) -> None:
        job = script_job("sleep 600")
        (one,) = machine.claim()
        thread = machine.in_background(one)
        wait_for(lambda: machine.engine.find({}))
        staff.post("/v6/jobs/cancel/", {"job_id": job.pk}, format="json")
        machine.heartbeats.start()
        thread.join(60)
        machine.heartbeats.stop()
        assert one.control.reason == Stop.CANCELED
        assert machine.is_clean

    def test_a_heartbeat_sends_the_log_so_far_and_renews_the_lease(self, machine: Machine) -> None:
        script_job("echo begun; sleep 600")
        (one,) = machine.claim()
        thread = machine.in_background(one)
        wait_for(lambda: (one.folder / "stdout").exists())
        before = JobExecution.objects.get().lease_expires
        assert before is not None
        machine.heartbeats.start()
        wait_for(lambda: JobExecution.objects.get().stdout == "begun\n")
        machine.heartbeats.stop()
        after = JobExecution.objects.get().lease_expires
        assert after is not None
        assert after > before
        one.control.end(Stop.LEAVING)
        thread.join(60)

    def test_an_order_for_a_reason_that_is_not_known_stops_that_try_and_renews_the_others(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("one", "two"):
            script_job("exit 0", name=name)
        stopped, other = machine.claim(2)
        heartbeat = machine.service.heartbeat

        def beat(body: dict[str, Any]) -> Any:
            orders = heartbeat(body)
            orders.results[0] = orders.results[0].model_copy(update={"action": "stop", "reason": "preempted"})
            return orders

        monkeypatch.setattr(machine.service, "heartbeat", beat)
        ended = now() + machine.node.leases.left(other.key)
        time.sleep(0.1)
        assert machine.heartbeats._beat() is True
        assert now() + machine.node.leases.left(other.key) > ended
        assert (stopped.control.reason, other.control.reason) == (Stop.NOT_YOURS, None)

    def test_large_logs_are_sent_in_several_heartbeats(self, machine: Machine) -> None:
        for number in range(30):
            script_job("exit 0", name=f"type-{number}")
        machine.claim(30)
        for one in machine.tries:
            one.logs.write("stdout", b"\x01" * 65_536)
        parts = list(machine.heartbeats._parts())
        assert [one.key for part in parts for one, _ in part] == [one.key for one in machine.tries]
        assert len(parts) > 1
        assert max(len(json.dumps([row for _, row in part], ensure_ascii=False)) for part in parts) < 2**21
        for one in machine.tries:
            one.logs.not_sent()
        assert machine.heartbeats._beat() is True
        assert {len(text) for text in JobExecution.objects.values_list("stdout", flat=True)} == {65_536}

    def test_an_order_that_comes_while_it_is_reported_does_not_count(
        self, machine: Machine, tmp_path: Path
    ) -> None:
        host_workspace("products", tmp_path / "products")
        job = script_job('echo 1 > "$OUTPUT_DIR/a.txt"', interface=OUT, configuration=TO_PRODUCTS)
        (one,) = machine.claim()
        change = one._change()
        assert one._report(change) == "changed"
        # As if its answer had been lost, and the try were over for the heartbeat.
        assert one.control.begin_to_report()
        one.control.end(Stop.NOT_YOURS)
        assert one._report(change) == "unchanged"
        assert one._counts("unchanged", change) is True
        assert File.objects.filter(job=job).count() == 1

    @pytest.mark.parametrize(
        ("lease", "error"),
        [
            ("good", "out-of-memory"),
            # It could not be frozen, and was killed by the watchdog.
            ("over", "docker-terminated"),
            ("renewed", "docker-terminated"),
        ],
    )
    def test_what_is_killed_with_a_lease_needs_too_much_memory_and_without_one_is_tried_again(
        self, machine: Machine, lease: str, error: str
    ) -> None:
        job = script_job("sleep 600", max_tries=1)
        (one,) = machine.claim()
        thread = machine.in_background(one)
        wait_for(lambda: machine.engine.find({}))
        if lease != "good":
            machine.node.leases.begin([one.key], now() - 60, 60)
        if lease == "renewed":
            machine.node.leases.renew([one.key], now(), 60)
        machine.engine.find({})[0].send("SIGKILL")
        thread.join(60)
        assert end_of(job)[:2] == ("FAILED", error)
