"""A simulation: nodes, operators, outages and wrong clocks in any order; the promises hold after each step."""

import os
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from jobs.creation import create_job
from jobs.models import Job, Node, Scheduler
from jobs.services import cancel_jobs, requeue_jobs
from jobs.states import ENDS_OF_A_TRY, Status
from jobs.transitions import Change, apply_changes
from tests.factories import iso
from tests.jobs.clock import set_clock
from tests.jobs.counting import (
    brute_force_failures,
    brute_force_pending,
    brute_force_queue,
    brute_force_running,
    brute_force_status,
    results,
)
from tests.jobs.promises import check
from tests.jobs.simulation import LEASE, ClaimRequest, SimulatedNode, Stage, World, products

# How far it looks; by hand, it may look for as long as you like.
EXAMPLES = int(os.environ.get("SIMULATION_EXAMPLES", "25"))
STEPS = int(os.environ.get("SIMULATION_STEPS", "40"))

PLACES = st.integers(0, 11)
# What a request takes on its way, and its answer, in seconds.
DELAYS = st.sampled_from([0, 0, 0, 2, 25])
ARRIVES = st.sampled_from([True, True, True, False])
ONE_JOB = {"cpus": 1.0, "mem": 64.0}  # what is enough for one job that needs something
OFFERS = st.sampled_from([None, None, {}, ONE_JOB, {"CPUs": 3.0, "mem": 128.0}])
IDS = st.none() | st.uuids()
FAILURES: list[dict[str, Any]] = [{"error": "docker-terminated"}, {"error": "bad"}, {"exit_code": 1}, {}]


class Simulation(RuleBasedStateMachine):
    """What nodes, operators, clocks and the network do."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.world = World(self.stage)
        # Most of what can go wrong needs tries that run.
        self.somebody_creates_jobs(place=0, count=6, status=Status.QUEUED)
        for node in self.world.nodes:
            self.world.claim(node, ClaimRequest(2, None, uuid4()), delay=0, is_answered=node.hostname != "n3")

    def teardown(self) -> None:
        try:
            self.world.clock.skew = timedelta(0)
            self.world.drain()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    @invariant()
    def all_promises_hold(self) -> None:
        check(self.world)

    def here(self) -> list[SimulatedNode]:
        return [node for node in self.world.nodes if not node.is_away]

    # Nodes

    @precondition(lambda self: self.here())
    @rule(place=PLACES, limit=st.integers(1, 4), offer=OFFERS, id=IDS, delay=DELAYS, is_answered=ARRIVES)
    def a_node_claims(
        self, place: int, limit: int, offer: Any, id: UUID | None, delay: int, is_answered: bool
    ) -> None:
        node = self.here()[place % len(self.here())]
        self.world.claim(node, ClaimRequest(limit, offer, id), delay=delay, is_answered=is_answered)

    @precondition(lambda self: any(node.unanswered for node in self.here()))
    @rule(place=PLACES, delay=DELAYS, is_answered=ARRIVES)
    def a_node_sends_a_claim_again(self, place: int, delay: int, is_answered: bool) -> None:
        waiting = [node for node in self.here() if node.unanswered]
        node = waiting[place % len(waiting)]
        self.world.claim(node, node.unanswered.pop(), delay=delay, is_answered=is_answered)

    @precondition(lambda self: any(node.answered for node in self.here()))
    @rule(place=PLACES, delay=DELAYS)
    def a_claim_that_was_answered_arrives_again(self, place: int, delay: int) -> None:
        nodes = [node for node in self.here() if node.answered]
        node = nodes[place % len(nodes)]
        self.world.claim(node, node.answered[-1], delay=delay, is_answered=None)

    @precondition(lambda self: any(node.held for node in self.here()))
    @rule(place=PLACES, delay=DELAYS, is_answered=ARRIVES, forgotten=st.sampled_from([0, 0, 0, 1]))
    def a_node_sends_a_heartbeat(self, place: int, delay: int, is_answered: bool, forgotten: int) -> None:
        nodes = [node for node in self.here() if node.held]
        node = nodes[place % len(nodes)]
        self.world.beat(node, list(node.held)[forgotten:], delay=delay, is_answered=is_answered)

    @rule(times=st.integers(1, 2))
    def all_nodes_go_on_for_some_time(self, times: int) -> None:
        for _ in range(times):
            self.world.live(LEASE.total_seconds() / 3)
            for node in self.here():
                self.world.beat(node, list(node.held), delay=0, is_answered=True)
                if len(node.held) < 2:
                    self.world.claim(node, ClaimRequest(2, ONE_JOB, None), delay=0, is_answered=True)
                check(self.world)

    @precondition(lambda self: any(node.held for node in self.here()))
    @rule(
        place=PLACES,
        which=PLACES,
        status=st.sampled_from(ENDS_OF_A_TRY),
        failure=st.sampled_from(FAILURES),
        when=st.none() | st.integers(-90, 0),
        delay=DELAYS,
        arrivals=st.sampled_from([0, 1, 1, 1, 2]),
    )
    def a_node_reports(
        self, place: int, which: int, status: Status, failure: Any, when: int | None, delay: int, arrivals: int
    ) -> None:
        nodes = [node for node in self.here() if node.held]
        node = nodes[place % len(nodes)]
        job, number = list(node.held)[which % len(node.held)]
        held = node.held.pop((job, number))
        change = Change(
            job_id=job,
            num_exes=number,
            status=status,
            node=node.hostname,
            when=None if when is None else self.world.now + min(node.ahead, timedelta(0)) + timedelta(seconds=when),
            files=products(held.product_path) if status == Status.COMPLETED else None,
            **(self.possible(job, failure) if status == Status.FAILED else {}),
        )
        node.reports.append(change)
        for _ in range(arrivals):
            self.world.report(node, change, delay=delay)

    def possible(self, job: int, failure: dict[str, Any]) -> dict[str, Any]:
        declares = Job.objects.filter(pk=job, job_type__name__in=("limited", "endless")).exists()
        return failure if declares or failure.get("error") != "bad" else {}

    @precondition(lambda self: any(node.reports for node in self.here()))
    @rule(place=PLACES, which=PLACES, delay=DELAYS)
    def a_node_sends_a_report_again(self, place: int, which: int, delay: int) -> None:
        nodes = [node for node in self.here() if node.reports]
        node = nodes[place % len(nodes)]
        self.world.report(node, node.reports[which % len(node.reports)], delay=delay)

    @rule(place=PLACES)
    def a_node_goes_away_or_one_comes_back_with_what_it_knew(self, place: int) -> None:
        away = [node for node in self.world.nodes if node.is_away]
        node = away[0] if away else self.world.nodes[place % len(self.world.nodes)]
        node.is_away = not node.is_away

    # Operators

    @rule(place=PLACES, count=st.integers(1, 4), status=st.sampled_from(["QUEUED", "QUEUED", "QUEUED", "PENDING"]))
    def somebody_creates_jobs(self, place: int, count: int, status: str) -> None:
        for number in range(place, place + count):
            job_type = self.stage.job_types[number % len(self.stage.job_types)]
            fields = {"job_type_id": job_type.pk, "status": status, "priority": 1 + number % 3}
            job, _ = create_job(fields=fields)  # type: ignore[arg-type]  # the keys are not literals
            self.world.created.add(job["id"])

    @precondition(lambda self: self.world.created)
    @rule(place=PLACES, share=st.integers(1, 3))
    def somebody_cancels_jobs(self, place: int, share: int) -> None:
        cancel_jobs(jobs=self.some_jobs(place, share), selection={})

    @precondition(lambda self: self.world.created)
    @rule(place=PLACES, share=st.integers(1, 3), priority=st.none() | st.integers(1, 3), cancel=st.booleans())
    def somebody_requeues_jobs(self, place: int, share: int, priority: int | None, cancel: bool) -> None:
        if cancel:
            cancel_jobs(jobs=self.some_jobs(place, share), selection={})
        requeue_jobs(jobs=self.some_jobs(place, share), selection={}, priority=priority)

    @precondition(lambda self: self.world.created)
    @rule(place=PLACES, status=st.sampled_from([Status.PENDING, Status.BLOCKED, Status.QUEUED, Status.CANCELED]))
    def somebody_changes_a_job(self, place: int, status: Status) -> None:
        waiting = self.some_jobs(place, 5).exclude(status=Status.RUNNING)
        apply_changes(changes=[Change(job_id=job.pk, status=status) for job in waiting])

    def some_jobs(self, place: int, share: int) -> Any:
        return Job.objects.filter(pk__in=sorted(self.world.created)[place % share :: share])

    @rule(place=PLACES)
    def somebody_resumes_all_that_is_paused_or_pauses_a_part(self, place: int) -> None:
        if self.world.resume_all() or place > 5:
            return
        if place < 2:
            self.stage.job_types[place].pause()
        elif place == 2:
            Scheduler.objects.update(is_paused=True)
        else:
            switch = {"is_paused": True} if place == 3 else {"is_active": False}
            Node.objects.filter(hostname=self.world.nodes[place % len(self.world.nodes)].hostname).update(**switch)

    # Time

    @rule(
        seconds=st.sampled_from([1, 10, 25, 61, 130]),
        is_away=st.booleans(),
        skew=st.sampled_from([0, 3, -3, 3600, -3600]),
    )
    def time_passes_without_nodes_or_without_the_service(self, seconds: int, is_away: bool, skew: int) -> None:
        if is_away:
            self.world.clock.advance(timedelta(seconds=seconds))
        else:
            self.world.live(seconds)
        # The next requests go to a process with another clock.
        self.world.clock.skew = timedelta(seconds=skew)

    # Readers

    @rule(seconds=st.integers(0, 200))
    def somebody_looks_at_the_status(self, seconds: int) -> None:
        started, ended = self.world.now - timedelta(seconds=seconds), self.world.now
        shown = results("status", started=iso(started), ended=iso(ended))
        assert shown == brute_force_status(started=started, ended=ended)
        assert results("pending") == brute_force_pending()
        assert results("queue") == brute_force_queue()
        assert results("running") == brute_force_running()
        assert results("system-failures") == brute_force_failures()


@pytest.mark.django_db
def test_all_promises_of_the_protocol_hold_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    with set_clock() as clock:
        monkeypatch.setattr(Simulation, "stage", Stage(clock), raising=False)
        run_state_machine_as_test(
            Simulation,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            ),
        )
