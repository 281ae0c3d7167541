"""A try from its claim to its report, with a real service; its container is a process group."""

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from agent.clock import now
from agent.control import Stop
from agent.state import read_json, write_json
from client import Invalid, NotFound, ScaleError
from files.models import File
from jobs.models import JobExecution
from tests.agent.conftest import Machine
from tests.agent.engine import NO_IMAGE
from tests.agent.jobs import end_of, host_workspace, registered, script_job

pytestmark = pytest.mark.django_db(transaction=True)
TILES = {"outputs": {"json": [{"name": "TILES", "type": "integer"}]}}
OUT = {"outputs": {"files": [{"name": "OUT", "pattern": "*.txt", "mediaType": "text/plain", "multiple": True}]}}
TO_PRODUCTS = {"output_workspaces": {"default": "products"}}


def wait_for(seen: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_clean(machine: Machine) -> bool:
    return not machine.engine.find({}) and not machine.state.job_keys()


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
    assert is_clean(machine)


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
    assert is_clean(machine)


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
    assert is_clean(machine)


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


class TestFiles:
    """Inputs and products."""

    interface = {
        "inputs": {"files": [{"name": "SCENE"}, {"name": "MORE", "multiple": True, "required": False}]},
        **OUT,
    }

    def test_inputs_are_read_where_they_are_and_products_are_registered(
        self, machine: Machine, tmp_path: Path
    ) -> None:
        archive = host_workspace("archive", tmp_path / "archive")
        host_workspace("products", tmp_path / "products")
        file = registered(archive, tmp_path / "archive", "in/scene.txt")
        job = script_job(
            'cat "$SCENE" "$SCENE" > "$OUTPUT_DIR/sum.txt"',
            interface=self.interface,
            configuration=TO_PRODUCTS,
            input={"files": {"SCENE": [file.pk]}, "json": {}},
        )
        machine.claim()[0].carry_out()
        assert end_of(job) == ("COMPLETED", None, 0)
        product = File.objects.get(job=job)
        place = tmp_path / "products" / f"test/1.0.0/{job.pk}/1/OUT/sum.txt"
        assert place.read_text() == "42 tiles\n" * 2
        assert (product.file_path, product.file_name) == (f"test/1.0.0/{job.pk}/1/OUT/sum.txt", "sum.txt")
        assert (product.file_size, product.media_type) == (18, "text/plain")
        assert product.sha256 == hashlib.sha256(place.read_bytes()).hexdigest()
        assert job.output == {"files": {"OUT": [product.pk]}, "json": {}}
        assert is_clean(machine)

    def test_a_sidecar_becomes_the_meta_data_and_the_times_of_a_product(
        self, machine: Machine, tmp_path: Path
    ) -> None:
        host_workspace("products", tmp_path / "products")
        properties = {"dataStarted": "2026-01-01T00:00:00Z", "dataEnded": "2026-01-02T00:00:00Z", "x": 1}
        meta_data = {"type": "Feature", "geometry": None, "properties": properties}
        text = json.dumps(meta_data).replace('"', '\\"')
        job = script_job(
            f'echo 1 > "$OUTPUT_DIR/a.txt"; echo "{text}" > "$OUTPUT_DIR/a.txt.metadata.json"',
            interface=OUT,
            configuration=TO_PRODUCTS,
        )
        machine.claim()[0].carry_out()
        product = File.objects.get(job=job)
        assert product.meta_data == meta_data
        assert product.data_started
        assert product.data_ended
        assert product.data_started.isoformat() == "2026-01-01T00:00:00+00:00"
        assert product.data_ended.isoformat() == "2026-01-02T00:00:00+00:00"

    @pytest.mark.parametrize(
        ("spoil", "error", "says"),
        [
            (lambda place, file: place.unlink(), "missing-file", "'scene.txt' is not in its workspace archive"),
            (
                lambda place, file: place.write_text("43 tiles\n"),
                "filesystem-io",
                "does not have the SHA-256 digest",
            ),
            (lambda place, file: place.write_text("4"), "filesystem-io", "has 1 bytes, and had 9"),
            (
                lambda place, file: File.objects.update(is_deleted=True, deleted=file.created),
                "deleted-file",
                "'scene.txt' was deleted",
            ),
        ],
    )
    def test_an_input_that_is_not_what_it_was_fails_the_job_before_it_runs(
        self, machine: Machine, tmp_path: Path, spoil: Callable[[Path, File], Any], error: str, says: str
    ) -> None:
        archive = host_workspace("archive", tmp_path / "archive")
        host_workspace("products", tmp_path / "products")
        file = registered(archive, tmp_path / "archive", "scene.txt")
        job = script_job(
            "exit 0",
            interface=self.interface,
            configuration=TO_PRODUCTS,
            input={"files": {"SCENE": [file.pk]}, "json": {}},
            max_tries=1,
        )
        spoil(tmp_path / "archive" / "scene.txt", file)
        machine.claim()[0].carry_out()
        assert end_of(job) == ("FAILED", error, None)
        assert says in JobExecution.objects.get().stderr

    def test_files_of_one_name_are_told_apart_by_their_ids(self, machine: Machine, tmp_path: Path) -> None:
        archive = host_workspace("archive", tmp_path / "archive")
        host_workspace("products", tmp_path / "products")
        files = [registered(archive, tmp_path / "archive", f"{number}/tile.txt") for number in (1, 2)]
        one = files[0].pk
        script_job(
            "exit 0",
            interface=self.interface,
            configuration=TO_PRODUCTS,
            input={"files": {"SCENE": [one], "MORE": [file.pk for file in files]}, "json": {}},
        )
        (claimed,) = machine.claim()
        _, manifest = machine.service.revision(claimed.assignment, threading.Event())
        plan = claimed.running._planned("image", manifest, claimed.storages)
        assert [bind.target for bind in plan.binds][:3] == [
            "/seed/inputs/SCENE/tile.txt",
            f"/seed/inputs/MORE/{files[0].pk}-tile.txt",
            f"/seed/inputs/MORE/{files[1].pk}-tile.txt",
        ]

    def test_a_workspace_that_the_node_does_not_reach_fails_the_job_before_it_runs(
        self, new_machine: Callable[..., Machine], tmp_path: Path
    ) -> None:
        host_workspace("products", tmp_path / "products")
        job = script_job("exit 0", interface=OUT, configuration=TO_PRODUCTS, max_tries=1)
        new_machine().claim()[0].carry_out()
        assert end_of(job) == ("FAILED", "filesystem-io", None)
        assert "is in no folder that this node allows" in JobExecution.objects.get().stderr

    def test_products_of_a_try_that_was_canceled_are_deleted(
        self, machine: Machine, tmp_path: Path, staff: APIClient
    ) -> None:
        host_workspace("products", tmp_path / "products")
        job = script_job('echo 1 > "$OUTPUT_DIR/a.txt"', interface=OUT, configuration=TO_PRODUCTS)
        (one,) = machine.claim()
        change = one._change()
        assert list((tmp_path / "products").rglob("a.txt"))
        staff.post("/v6/jobs/cancel/", {"job_id": job.pk}, format="json")
        assert one._report(change) == "refused"
        one.carry_out()
        assert list((tmp_path / "products" / "test").rglob("*")) == [tmp_path / "products" / "test/1.0.0"]
        assert not File.objects.exists()
        assert is_clean(machine)

    @pytest.mark.parametrize(
        "answer",
        [
            NotFound(404, "There is no such resource.", errors=[], warnings=[]),
            Invalid(400, "<html>", errors=[], warnings=[], is_of_service=False),
        ],
    )
    def test_what_answers_in_the_place_of_the_service_takes_no_product_away(
        self, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: ScaleError
    ) -> None:
        host_workspace("products", tmp_path / "products")
        job = script_job('echo 1 > "$OUTPUT_DIR/a.txt"', interface=OUT, configuration=TO_PRODUCTS)
        (one,) = machine.claim()
        report, answers = machine.service._scale.jobs.report, [answer]

        def refuse_once(body: Any) -> Any:
            if answers:
                raise answers.pop()
            return report(body)

        monkeypatch.setattr(machine.service._scale.jobs, "report", refuse_once)
        one.carry_out()
        assert end_of(job) == ("COMPLETED", None, 0)
        assert (tmp_path / "products" / File.objects.get(job=job).file_path).read_text() == "1\n"


class TestMountsAndSettings:
    """What a configuration gives a job."""

    def test_settings_secrets_and_mounts_reach_the_container(self, machine: Machine, tmp_path: Path) -> None:
        (tmp_path / "dem").mkdir()
        interface = {
            "settings": [{"name": "HOST"}, {"name": "KEY", "secret": True}],
            "mounts": [{"name": "DEM", "path": "/dem", "mode": "ro"}],
        }
        configuration = {
            "settings": {"HOST": "db", "KEY": "open sesame"},
            "mounts": {"DEM": {"type": "host", "host_path": str(tmp_path / "dem")}},
        }
        job = script_job('test "$HOST $KEY" = "db open sesame"', interface=interface, configuration=configuration)
        machine.claim()[0].carry_out()
        assert end_of(job) == ("COMPLETED", None, 0)

    @pytest.mark.parametrize("is_by_link", [True, False])
    def test_a_mount_that_is_replaced_after_it_was_checked_is_not_mounted(
        self, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_by_link: bool
    ) -> None:
        (tmp_path / "data" / "dem").mkdir(parents=True)
        interface = {"mounts": [{"name": "DEM", "path": "/dem", "mode": "ro"}]}
        configuration = {"mounts": {"DEM": {"type": "host", "host_path": str(tmp_path / "data" / "dem")}}}
        job = script_job("exit 0", interface=interface, configuration=configuration, max_tries=1)
        (one,) = machine.claim()

        def replace() -> None:
            (tmp_path / "data").rename(tmp_path / "before")
            if is_by_link:
                (tmp_path / "data").symlink_to("before")
            else:
                (tmp_path / "data" / "dem").mkdir(parents=True)

        monkeypatch.setattr(one.running, "_wait_for_lease", replace)
        one.carry_out()
        assert end_of(job) == ("FAILED", "filesystem-io", None)
        assert "was replaced before it could be mounted" in JobExecution.objects.get().stderr
        assert machine.engine.find({}) == []

    def test_an_input_that_is_replaced_after_it_was_checked_is_not_mounted(
        self, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        archive = host_workspace("archive", tmp_path / "archive")
        file = registered(archive, tmp_path / "archive", "scene.txt")
        interface = {"inputs": {"files": [{"name": "SCENE"}]}}
        job = script_job("exit 0", interface=interface, input={"files": {"SCENE": [file.pk]}}, max_tries=1)
        (one,) = machine.claim()

        def replace() -> None:
            (tmp_path / "archive" / "scene.txt").unlink()
            (tmp_path / "archive" / "scene.txt").symlink_to("/etc/shadow")

        monkeypatch.setattr(one.running, "_wait_for_lease", replace)
        one.carry_out()
        assert end_of(job) == ("FAILED", "filesystem-io", None)

    def test_a_mount_that_the_node_does_not_allow_is_a_missing_mount(
        self, new_machine: Callable[..., Machine], tmp_path: Path
    ) -> None:
        interface = {"mounts": [{"name": "ETC", "path": "/etc", "mode": "ro"}]}
        configuration = {"mounts": {"ETC": {"type": "host", "host_path": "/etc"}}}
        job = script_job("exit 0", interface=interface, configuration=configuration, max_tries=1)
        new_machine(host_roots=(tmp_path,)).claim()[0].carry_out()
        assert end_of(job) == ("FAILED", "missing-mount", None)

    def test_no_secret_is_in_a_file_a_label_or_what_is_reported(self, machine: Machine) -> None:
        interface = {"settings": [{"name": "KEY", "secret": True}]}
        script_job("sleep 600", interface=interface, configuration={"settings": {"KEY": "open sesame"}})
        (one,) = machine.claim()
        thread = machine.in_background(one)
        wait_for(lambda: machine.engine.find({}))
        (container,) = machine.engine.find({})
        wait_for(lambda: (one.folder / "plan.json").exists())
        assert container.environment["KEY"] == "open sesame"
        assert "open sesame" not in json.dumps(dict(container.labels))
        for path in machine.state.root.rglob("*"):
            assert not path.is_file() or b"open sesame" not in path.read_bytes(), path
            assert not path.is_dir() or path.stat().st_mode & 0o077 == 0 or path.name == "outputs", path
        one.control.end(Stop.LEAVING)
        thread.join(60)
        assert "open sesame" not in JobExecution.objects.get().stderr


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
        assert is_clean(machine)

    def test_what_runs_when_the_agent_ends_is_given_back(self, machine: Machine) -> None:
        job = script_job("sleep 600")
        (one,) = machine.claim()
        thread = machine.in_background(one)
        wait_for(lambda: machine.engine.find({}))
        one.control.end(Stop.LEAVING)
        thread.join(60)
        job.refresh_from_db()
        assert (job.status, JobExecution.objects.get().end) == ("QUEUED", "returned")
        assert is_clean(machine)

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
        assert is_clean(machine)

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


class TestKilledAgents:
    """An agent that was killed, and is started again."""

    def test_a_try_that_begins_anew_finds_nothing_of_what_it_left_before(self, machine: Machine) -> None:
        job = script_job('test -z "$(ls -A "$OUTPUT_DIR")"')
        (one,) = machine.claim()
        (one.folder / "outputs" / "in").mkdir(parents=True)
        (one.folder / "outputs" / "in").chmod(0o555)
        one.carry_out()
        assert end_of(job) == ("COMPLETED", None, 0)
        assert is_clean(machine)

    def test_a_container_that_runs_is_gone_on_with(self, machine: Machine) -> None:
        job = script_job("echo begun; sleep 3; echo done")
        (one,) = machine.claim()
        machine.in_background(one)
        wait_for(lambda: (one.folder / "stdout").exists() and (one.folder / "stdout").read_bytes())
        (container,) = machine.engine.find({})
        one.carry_out = lambda: None  # type: ignore[method-assign]
        before = container.pid
        one.running._control.is_hurried = False
        machine.begin()
        (again,) = machine.resume()
        assert again.key == one.key
        assert machine.engine.find({})[0].pid == before
        again.carry_out()
        assert end_of(job)[0] == "COMPLETED"
        assert JobExecution.objects.get().stdout == "begun\ndone\n"

    def test_a_container_is_found_again_by_an_agent_with_another_url_of_the_service(
        self, machine: Machine, settings: Any
    ) -> None:
        settings.ALLOWED_HOSTS = ["*"]
        job = script_job("sleep 600")
        (one,) = machine.claim()
        thread = machine.in_background(one)
        wait_for(lambda: machine.engine.find({}))
        machine.settings = replace(machine.settings, url=machine.settings.url.replace("localhost", "127.0.0.1"))
        machine.begin()
        (again,) = machine.resume()
        (container,) = machine.engine.find({})
        assert again.running.container
        assert again.running.container.name == container.name == machine.node.container_name(one.key)
        assert container.labels["scale.agent.node"] == machine.settings.node
        one.control.end(Stop.LEAVING)
        thread.join(60)
        job.refresh_from_db()
        assert job.status == "QUEUED"

    def test_what_was_claimed_and_not_started_is_started(self, machine: Machine) -> None:
        job = script_job("exit 0")
        machine.claim()
        machine.begin()
        (again,) = machine.resume()
        again.carry_out()
        assert end_of(job) == ("COMPLETED", None, 0)
        assert is_clean(machine)

    def test_an_answer_to_a_claim_that_got_lost_is_not_lost(self, machine: Machine) -> None:
        job = script_job("exit 0")
        machine.claims.send(1, {"cpus": 8.0, "mem": 8192.0, "disk": 8192.0})
        machine.begin()
        assert machine.resume() == []
        (again,) = machine.claim()
        again.carry_out()
        assert end_of(job) == ("COMPLETED", None, 0)
        assert JobExecution.objects.count() == 1

    def test_what_has_ended_is_not_run_again(self, machine: Machine, tmp_path: Path) -> None:
        host_workspace("products", tmp_path / "products")
        job = script_job(
            f'echo run >> {tmp_path}/runs; echo 1 > "$OUTPUT_DIR/a.txt"', interface=OUT, configuration=TO_PRODUCTS
        )
        (one,) = machine.claim()
        write_json(one.folder / "result.json", one._result())
        machine.begin()
        (again,) = machine.resume()
        again.carry_out()
        assert end_of(job) == ("COMPLETED", None, 0)
        assert (tmp_path / "runs").read_text() == "run\n"
        assert is_clean(machine)

    def test_a_try_whose_result_is_gone_stores_nothing_of_its_run_before(
        self, machine: Machine, tmp_path: Path
    ) -> None:
        host_workspace("products", tmp_path / "products")
        script = f'date +%s%N > "$OUTPUT_DIR/$(ls {tmp_path}/again 2>/dev/null && echo second || echo first).txt"'
        job = script_job(script, interface=OUT, configuration=TO_PRODUCTS)
        (one,) = machine.claim()
        one._change()
        # As after a loss of power, if it had not been written through; its container may be gone, too.
        (one.folder / "result.json").unlink()
        one.running.remove()
        (tmp_path / "again").mkdir()
        machine.begin()
        (again,) = machine.resume()
        again.carry_out()
        assert end_of(job) == ("COMPLETED", None, 0)
        product = File.objects.get(job=job)
        assert product.file_name == "second.txt"
        assert [path.name for path in (tmp_path / "products").rglob("*.txt")] == ["second.txt"]

    def test_what_it_must_know_outlasts_a_loss_of_power(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written = []

        def note(path: Path, document: Any, *, durable: bool = False) -> None:
            written.append((path.name, durable))
            write_json(path, document, durable=durable)

        monkeypatch.setattr("agent.work.write_json", note)
        script_job("exit 0")
        (one,) = machine.claim()
        one._change()
        assert written == [("job.json", True), ("result.json", True)]

    @pytest.mark.parametrize("is_reported", [False, True])
    def test_products_are_stored_once_whenever_it_was_killed(
        self, machine: Machine, tmp_path: Path, is_reported: bool
    ) -> None:
        host_workspace("products", tmp_path / "products")
        job = script_job('echo 1 > "$OUTPUT_DIR/a.txt"', interface=OUT, configuration=TO_PRODUCTS)
        (one,) = machine.claim()
        change = one._change()
        note = read_json(one.folder / "products.json")
        assert note["is_stored"] is True
        if is_reported:
            assert one._report(change) == "changed"
        machine.begin()
        answers, over = machine.claims.send_again()
        assert over == ({one.key} if is_reported else set())
        assert [claimed.assignments[0].key for claimed in answers] == ([] if is_reported else [one.key])
        if not is_reported:
            machine.resume()[0].carry_out()
        product = File.objects.get(job=job)
        assert (tmp_path / "products" / product.file_path).read_text() == "1\n"
        assert [path.name for path in (tmp_path / "products").rglob("*") if path.is_file()] == ["a.txt"]
