"""An agent that was killed, and is started again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.control import Stop
from agent.service import GaveUp
from agent.state import read_json, write_json
from files.models import File
from jobs.models import JobExecution
from seed.run.plan import RunPlan
from seed.run.runner import Outcome
from tests.agent.conftest import Machine
from tests.agent.jobs import OUT, TO_PRODUCTS, end_of, host_workspace, script_job, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def killed(plan: RunPlan) -> Outcome:
    """End the work on a try where an agent waits for its container, which goes on, as SIGKILL does."""
    raise GaveUp("the container")


def test_a_try_that_begins_anew_finds_nothing_of_what_it_left_before(machine: Machine) -> None:
    job = script_job('test -z "$(ls -A "$OUTPUT_DIR")"')
    (one,) = machine.claim()
    (one.folder / "outputs" / "in").mkdir(parents=True)
    (one.folder / "outputs" / "in").chmod(0o555)
    one.carry_out()
    assert end_of(job) == ("COMPLETED", None, 0)
    assert machine.is_clean


def test_a_container_that_runs_is_gone_on_with(machine: Machine) -> None:
    job = script_job("echo begun; sleep 3; echo done")
    (one,) = machine.claim()
    one.running._watched = killed  # type: ignore[method-assign]
    one.carry_out()
    wait_for(lambda: (one.folder / "stdout").exists() and (one.folder / "stdout").read_bytes())
    (container,) = machine.engine.find({})
    before = container.pid
    machine.begin()
    (again,) = machine.resume()
    assert again.key == one.key
    assert machine.engine.find({})[0].pid == before
    again.carry_out()
    assert end_of(job)[0] == "COMPLETED"
    assert JobExecution.objects.get().stdout == "begun\ndone\n"


def test_a_container_is_found_again_by_an_agent_with_another_url_of_the_service(
    machine: Machine, settings: Any
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


def test_what_was_claimed_and_not_started_is_started(machine: Machine) -> None:
    job = script_job("exit 0")
    machine.claim()
    machine.begin()
    (again,) = machine.resume()
    again.carry_out()
    assert end_of(job) == ("COMPLETED", None, 0)
    assert machine.is_clean


def test_an_answer_to_a_claim_that_got_lost_is_not_lost(machine: Machine) -> None:
    job = script_job("exit 0")
    machine.claims.send(1, {"cpus": 8.0, "mem": 8192.0, "disk": 8192.0})
    machine.begin()
    assert machine.resume() == []
    (again,) = machine.claim()
    again.carry_out()
    assert end_of(job) == ("COMPLETED", None, 0)
    assert JobExecution.objects.count() == 1


def test_what_has_ended_is_not_run_again(machine: Machine, tmp_path: Path) -> None:
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
    assert machine.is_clean


def test_a_try_whose_result_is_gone_stores_nothing_of_its_run_before(machine: Machine, tmp_path: Path) -> None:
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


def test_what_it_must_know_outlasts_a_loss_of_power(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
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
    machine: Machine, tmp_path: Path, is_reported: bool
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
