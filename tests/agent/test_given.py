"""What a try is given: its inputs, mounts, settings and secrets; and its products."""

import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from agent.control import Stop
from client import Invalid, NotFound, ScaleError
from files.models import File
from jobs.models import JobExecution
from tests.agent.conftest import Machine
from tests.agent.jobs import OUT, TO_PRODUCTS, end_of, host_workspace, registered, script_job, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


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
        assert machine.is_clean

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
        assert machine.is_clean

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
