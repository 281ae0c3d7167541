"""Claims that are on the disk before they are sent, and what is sent while the service is away."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from agent.clock import now
from agent.service import GaveUp, Service, is_passing, pauses, until_answered
from agent.state import read_json
from client import Forbidden, Invalid, Rejected, Unauthorized, Unreachable
from client.models import Claimed
from jobs.models import JobExecution
from tests.agent.conftest import Machine
from tests.agent.jobs import script_job
from tests.images.engines import free_port

pytestmark = pytest.mark.django_db(transaction=True)


def claim_files(machine: Machine) -> list[str]:
    return [path.stem for path in machine.state.claim_files()]


def test_a_claim_is_on_the_disk_before_it_is_sent(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def claim(body: dict[str, Any]) -> Claimed:
        (path,) = machine.state.claim_files()
        seen.append((path.stem, read_json(path)))
        assert body["claim_id"] == path.stem
        raise Unreachable("it cannot be reached")

    monkeypatch.setattr(machine.service, "claim", claim)
    for _ in range(2):
        with pytest.raises(Unreachable):
            machine.claims.send(1, {})
    # It is the same claim again, as the service may have got it.
    assert seen[0] == seen[1]
    assert seen[0][1] == {"claim_id": seen[0][0]}


def test_a_node_that_waits_for_work_writes_nothing_more(machine: Machine) -> None:
    assert machine.claims.send(1, {}).assignments == []
    before = claim_files(machine)
    assert machine.claims.send(1, {}).assignments == []
    assert claim_files(machine) == before


def test_what_came_of_a_claim_counts_from_when_the_service_looked_for_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    script_job("exit 0", timeout=5)
    ask, moments = machine.service.claim, []

    def claim(body: dict[str, Any]) -> Claimed:
        moments.append((now(), body["wait"]))
        # As if it had waited for longer than the job may take.
        return ask(body).model_copy(update={"waited": 15.0})

    monkeypatch.setattr(machine.service, "claim", claim)
    claimed = machine.claims.send(1, {"cpus": 8.0, "mem": 8192.0, "disk": 8192.0}, wait=20)
    (moment, wait), (one,) = moments[0], claimed.assignments
    assert wait == 20
    assert claimed.asked == one.asked
    assert claimed.asked - moment == pytest.approx(15, abs=0.5)
    assert one.left == pytest.approx(20, abs=1)


def test_each_claim_with_jobs_has_an_id_of_its_own(machine: Machine) -> None:
    script_job("exit 0", name="one")
    (first,) = machine.claim()
    script_job("exit 0", name="two")
    (second,) = machine.claim()
    ids = {first.assignment.claim_id, second.assignment.claim_id}
    assert len(ids) == 2
    assert set(claim_files(machine)) == ids
    for one in (first, second):
        machine.state.remove_job(one.key)
        machine.claims.end(one.assignment.claim_id)
    assert claim_files(machine) == []


def test_what_a_claim_says_is_read(machine: Machine) -> None:
    interface = {"settings": [{"name": "KEY", "secret": True}]}
    job = script_job("exit 0", interface=interface, configuration={"settings": {"KEY": "open sesame"}})
    (one,) = machine.claim()
    assignment = one.assignment
    assert (assignment.key, assignment.job_type, assignment.version) == ((job.pk, 1), "test", "1.0.0")
    assert (assignment.timeout, dict(assignment.secrets)) == (60, {"KEY": "open sesame"})
    assert assignment.product_path == f"test/1.0.0/{job.pk}/1"
    left = assignment.left
    assert left is not None
    assert 0 < left <= 60
    assert "open sesame" not in repr(assignment)


def test_claims_that_are_sent_again_name_what_is_over(machine: Machine) -> None:
    script_job("exit 0")
    (one,) = machine.claim()
    JobExecution.objects.update(claim_id=None)
    machine.begin()
    answers, over = machine.claims.send_again()
    assert (answers, over) == ([], {one.key})
    machine.state.remove_job(one.key)
    machine.claims.end(one.assignment.claim_id)
    assert claim_files(machine) == []


def test_claims_that_are_sent_again_start_nothing_new(machine: Machine) -> None:
    keys = []
    for name in ("one", "two"):
        script_job("exit 0", name=name)
        (one,) = machine.claim()
        keys.append(one.key)
        machine.service.report({"job_id": one.key[0], "num_exes": 1, "status": "FAILED"}, threading.Event())
        script_job("exit 0", name=f"next-{name}")
    machine.begin()
    assert machine.claims.send_again() == ([], set(keys))
    assert JobExecution.objects.count() == 2


def test_a_claim_is_kept_as_long_as_a_try_of_it_is_left(machine: Machine) -> None:
    for name in ("one", "two"):
        script_job("exit 0", name=name)
    tries = machine.claim(2)
    (claim_id,) = {one.assignment.claim_id for one in tries}
    for one, left in zip(tries, ([claim_id], []), strict=True):
        machine.state.remove_job(one.key)
        machine.claims.end(claim_id)
        assert claim_files(machine) == left


def test_a_claim_whose_answer_got_lost_is_kept_when_the_agent_ends(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine.claim() == []
    job = script_job("exit 0")
    claim = machine.service.claim

    def lose(body: dict[str, Any]) -> Claimed:
        claim(body)
        raise Unreachable("it was cut off")

    monkeypatch.setattr(machine.service, "claim", lose)
    with pytest.raises(Unreachable):
        machine.claim()
    machine.claims.close()
    machine.begin()
    assert machine.claims.send_again() == ([], set())
    assert [one.key for one in machine.claim()] == [(job.pk, 1)]
    assert JobExecution.objects.count() == 1


def test_the_timeout_counts_from_the_first_claim(machine: Machine) -> None:
    script_job("exit 0")
    (one,) = machine.claim()
    machine.begin()
    (again,) = machine.resume()
    assert again.assignment.asked == one.assignment.asked


class TestTheServiceIsAway:
    """What the agent does until it is back."""

    @pytest.fixture
    def away(self) -> Service:
        return Service(f"http://127.0.0.1:{free_port()}", "t", "node-01")

    def test_it_asks_again_until_it_is_to_end(self, away: Service) -> None:
        give_up = threading.Event()
        threading.Timer(0.5, give_up.set).start()
        with pytest.raises(GaveUp):
            away.report({"job_id": 1, "status": "QUEUED"}, give_up)

    def test_pauses_grow_and_differ(self) -> None:
        first, second = ([pause for pause, _ in zip(pauses(), range(9), strict=False)] for _ in range(2))
        assert first != second
        for run in (first, second):
            assert 0.125 <= run[0] <= 0.25
            assert 5 <= run[-1] <= 10

    @pytest.mark.parametrize(
        ("error", "passes"),
        [
            (Unreachable("away"), True),
            (Unauthorized(401, "no token", errors=[], warnings=[]), True),
            (Forbidden(403, "no right", errors=[], warnings=[]), True),
            (Invalid(400, "wrong", errors=[], warnings=[]), False),
            (Invalid(400, "<html>", errors=[], warnings=[], is_of_service=False), True),
            (Rejected(500, "a fault", errors=[], warnings=[]), True),
        ],
    )
    def test_a_request_is_given_up_only_if_it_is_wrong_itself(self, error: Any, passes: bool) -> None:
        asked = []

        def ask() -> str:
            asked.append(1)
            if len(asked) == 1:
                raise error
            return "answer"

        assert is_passing(error) is passes
        if passes:
            assert until_answered(ask, threading.Event(), "it") == "answer"
        else:
            with pytest.raises(Invalid):
                until_answered(ask, threading.Event(), "it")

    def test_a_job_is_reported_when_the_account_has_its_right_again(self, machine: Machine) -> None:
        job = script_job("exit 0")
        (one,) = machine.claim()
        account = User.objects.get()
        workers = account.groups.get()
        one.folder.joinpath("result.json").write_text('{"change": {"status": "COMPLETED"}, "files": {}}')
        account.groups.remove(workers)
        thread = machine.in_background(one)
        thread.join(0.5)
        assert thread.is_alive()
        account.groups.add(workers)
        thread.join(60)
        job.refresh_from_db()
        assert job.status == "COMPLETED"


def test_a_machine_without_jobs_leaves_nothing(new_machine: Callable[..., Machine], tmp_path: Path) -> None:
    machine = new_machine()
    assert machine.claims.send(1, {}).assignments == []
    machine.claims.close()
    assert [path.name for path in machine.state.root.rglob("*") if path.is_file()] == ["leases"]
