"""The world of the simulation: nodes that keep to the protocol by their own clocks, and the service."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from errors.services import load_builtin_errors
from job_types.models import JobType, JobTypeRevision
from jobs.claim_rows import ClaimedJob
from jobs.claims import claim_jobs
from jobs.heartbeats import Order, RunningTry, heartbeat
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.products import ReportedFile
from jobs.rescue import look_after, read_due
from jobs.states import Status
from jobs.transitions import Change, Outcome, apply_changes
from tests.factories import make_job_type
from tests.files.factories import make_workspace
from tests.jobs.clock import Clock

LEASE = timedelta(seconds=60)
Key = tuple[int, int]  # of a try: its job and its number


@dataclass(slots=True)
class Held:
    """A try that a node runs: until when its lease lasts and when it kills it, by its own clock; and its folder."""

    lease: datetime
    kill: datetime | None
    product_path: str

    @property
    def until(self) -> datetime:
        return min(self.lease, self.kill or self.lease)


def products(product_path: str) -> list[ReportedFile]:
    """Return what a try that completes left in its folder, as its node reports it."""
    return [
        ReportedFile(
            output="TILES",
            workspace="products",
            file_path=f"{product_path}/{name}",
            file_size=7,
            sha256="0a" * 32,
        )
        for name in ("1.tif", "2.tif")
    ]


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """A claim as it is sent, and sent again."""

    limit: int
    resources: dict[str, float] | None
    id: UUID | None


@dataclass(slots=True)
class SimulatedNode:
    """A node, which keeps to the protocol.

    It counts a lease from before it sent the request that got it, and stops a try when the lease is over. It may be
    away for some time; what it believed is what it finds when it comes back.
    """

    hostname: str
    account: User
    ahead: timedelta  # of the true time, its wall clock
    is_away: bool = False
    held: dict[Key, Held] = field(default_factory=dict)
    # What it sent: claims with an id, with and without an answer, and all reports.
    answered: list[ClaimRequest] = field(default_factory=list)
    unanswered: list[ClaimRequest] = field(default_factory=list)
    reports: list[Change] = field(default_factory=list)

    def running(self, now: datetime) -> list[Key]:
        """Return the tries that it runs at ``now``."""
        return [key for key, one in self.held.items() if now < one.until]

    def send_claim(self, request: ClaimRequest) -> list[ClaimedJob]:
        return claim_jobs(
            node=self.hostname,
            limit=request.limit,
            resources=request.resources,
            account=self.account,
            claim_id=request.id,
        )

    def take(self, jobs: list[ClaimedJob], sent: datetime) -> None:
        """Begin to run what a claim returned that was sent at ``sent``."""
        for job in jobs:
            timeout, key = job["timeout"], (job["id"], job["num_exes"])
            kill = None if timeout is None else sent + timedelta(seconds=timeout)
            known = self.held.get(key)
            self.held[key] = Held(sent + LEASE, known.kill if known else kill, job["product_path"])

    def send_heartbeat(self, keys: list[Key], **fields: Any) -> list[Order]:
        tries = [RunningTry(job_id=job, num_exes=number) for job, number in keys]
        return heartbeat(node=self.hostname, tries=tries, account=self.account, **fields)

    def obey(self, orders: list[Order], sent: datetime) -> None:
        """Do what a heartbeat returned that was sent at ``sent``."""
        for order in orders:
            key = (order["job_id"], order["num_exes"])
            if order["action"] == "stop":
                self.held.pop(key, None)
            elif key in self.held:
                self.held[key].lease = sent + LEASE

    def send_report(self, change: Change) -> Outcome:
        (outcome,) = apply_changes(changes=[change], worker=self.account)
        return outcome


class Stage:
    """What all examples begin with; and the clock, which goes on from one to the next."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        load_builtin_errors()
        make_workspace("products")
        outputs = {"files": [{"name": "TILES", "pattern": "*.tif", "multiple": True}]}
        interface = {"interface": {"command": "run", "outputs": outputs}}
        stored = {"output_workspaces": {"default": "products"}}
        needing = {"resources": {"scalar": [{"name": "cpus", "value": 1.0}, {"name": "mem", "value": 64.0}]}}
        errors = {"errors": [{"code": 1, "name": "bad", "category": "data"}]}
        kinds: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
            ("brief", {"timeout": 90, **needing}, {}),
            ("limited", {"timeout": 600, **errors}, {"max_scheduled": 2}),
            ("endless", {"timeout": 0, **errors}, {}),
            ("once", {"timeout": 20, **needing}, {}),
        ]
        self.job_types = [
            make_job_type(name, job={**job, **interface}, configuration=stored, **fields)
            for name, job, fields in kinds
        ]
        JobType.objects.filter(name="once").update(max_tries=1)
        self.accounts = [User.objects.create_user(name) for name in ("a", "b")]
        self.required = {one.job_type_id: one.resources for one in JobTypeRevision.objects.all()}


class World:
    """The nodes and the service, and what was seen of both."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.clock = stage.clock
        self.clock.skew = timedelta(0)
        self.clock.advance(timedelta(hours=1))
        self.seen = self.now  # the last sign of life of the service
        self.handed_out: dict[UUID, set[Key]] = defaultdict(set)  # by each claim with an id
        self.renewed: dict[Key, datetime] = {}  # when the lease began that the service has to honour
        self.ended: dict[Key, dict[str, Any]] = {}  # the tries that are over, as they were seen first
        self.created: set[int] = set()
        first, second = stage.accounts
        self.nodes = [
            SimulatedNode("n1", first, ahead=timedelta(0)),
            SimulatedNode("n2", first, ahead=timedelta(minutes=20)),
            SimulatedNode("n3", second, ahead=-timedelta(minutes=20)),
        ]
        Scheduler.objects.update_or_create(defaults={"last_seen": self.now, "is_paused": False})

    @property
    def now(self) -> datetime:
        return self.clock.now

    def running(self) -> set[Key]:
        """Return the tries that run, as the service knows it."""
        return set(JobExecution.objects.filter(ended=None).values_list("job_id", "exe_num"))

    def may_go_on(self, node: SimulatedNode, leased: datetime | None = None) -> set[Key]:
        """Return the tries on ``node`` that run and are not beyond their timeout; those ``leased`` at that time."""
        running = JobExecution.objects.filter(ended=None, node=node.hostname)
        return {
            (one.job_id, one.exe_num)
            for one in (running.filter(lease_expires__gte=leased) if leased else running)
            if one.times_out is None or self.now < one.times_out
        }

    def live(self, seconds: float) -> None:
        """Let time pass while the service is alive, and looks after what is due."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.clock.advance(min(LEASE / 5, end - self.now))
            self.show_life()
            look_after(read_due())

    def show_life(self) -> None:
        """Note that the service is alive. After an outage, all that runs has a whole lease from now."""
        if self.now - self.seen > LEASE / 3:
            self.renewed |= dict.fromkeys(self.running(), self.now)
        self.seen = self.now

    def claim(self, node: SimulatedNode, request: ClaimRequest, *, delay: int, is_answered: bool | None) -> None:
        """Let ``node`` claim, and check what is handed out. None: it waits for no answer."""
        sent = self.now
        self.live(delay)
        self.show_life()
        before = self.running()
        earlier = self.handed_out[request.id] & self.may_go_on(node, leased=self.now) if request.id else set()
        jobs = node.send_claim(request)
        started = self.running() - before
        keys = {(job["id"], job["num_exes"]) for job in jobs}
        assert keys <= self.running()
        assert earlier <= keys, "a claim that is sent again returns what it returned before"
        assert not (earlier and started)
        assert started in (set(), keys), "a claim starts what it returns, or returns what it started before"
        assert len(started) <= request.limit
        if started:
            self._check_start(node, request, jobs)
        self.renewed |= dict.fromkeys(keys, self.now)
        if is_answered:
            self.live(delay)
            node.take(jobs, sent)
        if request.id is not None:
            self.handed_out[request.id] |= keys
        if request.id is not None and is_answered is not None:
            (node.answered if is_answered else node.unanswered).append(request)

    def _check_start(self, node: SimulatedNode, request: ClaimRequest, jobs: list[ClaimedJob]) -> None:
        """Check that what was started was free to go, fits into what was offered, and is not too many at once."""
        stored = Node.objects.get(hostname=node.hostname)
        assert (stored.is_active, stored.is_paused, Scheduler.objects.get().is_paused) == (True, False, False)
        required: Counter[str] = Counter()
        for job in jobs:
            required.update(self.stage.required[job["job_type"]["id"]])
        if request.resources is not None:
            offered = {name.lower(): amount for name, amount in request.resources.items()}
            assert all(amount <= offered.get(name, 0) for name, amount in required.items())
        for job_type in JobType.objects.filter(pk__in={job["job_type"]["id"] for job in jobs}):
            assert (job_type.is_active, job_type.is_paused) == (True, False)
            running = Job.objects.filter(job_type=job_type, status=Status.RUNNING).count()
            assert job_type.max_scheduled is None or running <= job_type.max_scheduled

    def beat(self, node: SimulatedNode, keys: list[Key], *, delay: int, is_answered: bool) -> None:
        """Let ``node`` send a heartbeat, and check what it has to do."""
        sent = self.now
        self.live(delay)
        may_go_on = self.may_go_on(node)
        orders = node.send_heartbeat(keys)
        going_on = {key for key, order in zip(keys, orders, strict=True) if order["action"] == "continue"}
        assert going_on == may_go_on & set(keys)
        self.renewed |= dict.fromkeys(going_on, self.now)
        self.show_life()
        if is_answered:
            self.live(delay)
            node.obey(orders, sent)

    def report(self, node: SimulatedNode, change: Change, *, delay: int) -> None:
        """Let ``node`` report, and check that the report counts exactly when its try runs."""
        self.live(delay)
        was_running = (change.job_id, change.num_exes) in self.running()
        before = Job.objects.values().get(pk=change.job_id)
        outcome = node.send_report(change)
        assert (outcome["outcome"] == "changed") == was_running
        assert was_running or Job.objects.values().get(pk=change.job_id) == before

    def resume_all(self) -> bool:
        """Resume everything that is paused, and return whether something was."""
        nodes = Node.objects.exclude(is_paused=False, is_active=True).update(is_paused=False, is_active=True)
        scheduler = Scheduler.objects.filter(is_paused=True).update(is_paused=False)
        job_types = [job_type.resume() for job_type in self.stage.job_types]
        return bool(nodes or scheduler or any(job_types))

    def drain(self) -> None:
        """Let everything that can run be run to its end, and check that nothing was lost."""
        self.resume_all()
        self.live(2 * LEASE.total_seconds())
        while self.running():
            self.live(LEASE.total_seconds())
        while waiting := Job.objects.filter(status=Status.QUEUED, retry_after__isnull=False):
            self.clock.advance(max(job.retry_after - self.now for job in waiting if job.retry_after))
            self.live(1)
        last = SimulatedNode("last", self.stage.accounts[0], ahead=timedelta(0))
        while jobs := last.send_claim(ClaimRequest(100, None, None)):
            changes = [
                Change(
                    job_id=job["id"],
                    num_exes=job["num_exes"],
                    status=Status.COMPLETED,
                    files=products(job["product_path"]),
                )
                for job in jobs
            ]
            assert {one["outcome"] for one in apply_changes(changes=changes, worker=last.account)} == {"changed"}
        assert not Job.objects.filter(status__in=(Status.QUEUED, Status.RUNNING)).exists()
