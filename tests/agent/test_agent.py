"""A whole agent against a real service, and its command; its containers are process groups."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer

from agent import agent as agents
from agent.agent import Agent
from agent.claims import Claimed, Claims
from agent.command import app
from agent.engines import EngineOptions
from agent.metrics import Metrics
from agent.settings import Settings
from agent.state import Lock, StateError, write_json
from client import Forbidden
from client.cli import apps
from jobs.models import Job, JobExecution, Node
from tests.agent.conftest import NODE
from tests.agent.engine import ProcessEngine
from tests.agent.jobs import host_workspace, script_type
from tests.factories import make_job
from tests.images.engines import free_port

pytestmark = pytest.mark.django_db(transaction=True)


class _NoGuard:
    """In the place of the watchdog, which has tests of its own: it asks an engine from another process."""

    def __init__(self, *parts: object) -> None:
        return

    def start(self) -> None:
        return


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = ProcessEngine(tmp_path / "engine")
    yield engine
    engine.remove_all()


Begin = Callable[..., Agent]


@pytest.fixture
def begin(
    live_server: LiveServer, token: str, tmp_path: Path, engine: ProcessEngine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Begin]:
    """Make an agent; settings may be given."""
    monkeypatch.setattr(agents, "Guard", _NoGuard)
    monkeypatch.setattr(agents, "ENGINES", {"docker": lambda _: engine})
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def make(**settings: Any) -> Agent:
        known = {"url": live_server.url, "token": token, "node": NODE, "state_dir": tmp_path / "state"}
        offers = {"cpus": 4.0, "mem": 8192.0, "disk": 8192.0, "sharedMem": 64.0}
        given = {**known, "slots": 4, "resources": offers, "host_roots": (tmp_path,), "drain": 30.0, **settings}
        return Agent(Settings(**given), Metrics())

    yield make
    for number, handler in before.items():
        signal.signal(number, handler)


def run_until(agent: Agent, seen: Callable[[], Any], *, then: Callable[[], None] = lambda: None) -> None:
    """Let an agent work until something is seen, and then SIGTERM end it."""
    failed = ["it was not seen"]

    def terminate() -> None:
        deadline = time.monotonic() + 60
        try:
            while time.monotonic() < deadline:
                if seen():
                    failed.clear()
                    break
                time.sleep(0.02)
        finally:
            agent.terminate(signal.SIGTERM, None)
        then()

    thread = threading.Thread(target=terminate)
    thread.start()
    agent.run()
    thread.join(60)
    assert failed == []


def statuses() -> set[str]:
    return set(Job.objects.values_list("status", flat=True))


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_more_jobs_than_slots_are_done_and_nothing_is_left(
    begin: Begin, engine: ProcessEngine, tmp_path: Path
) -> None:
    host_workspace("products", tmp_path / "products")
    interface = {"outputs": {"files": [{"name": "OUT", "pattern": "*.txt"}]}}
    configuration = {"output_workspaces": {"default": "products"}}
    job_type = script_type('echo 1 > "$OUTPUT_DIR/a.txt"', interface=interface, configuration=configuration)
    for _ in range(9):
        make_job(job_type)
    run_until(begin(), lambda: statuses() == {"COMPLETED"})
    assert JobExecution.objects.count() == 9
    assert files_of(tmp_path / "products") == ["a.txt"] * 9
    assert engine.find({}) == []
    assert files_of(tmp_path / "state") == ["agent.lock", "leases"]


def test_no_more_is_claimed_than_fits_into_what_is_offered(begin: Begin, engine: ProcessEngine) -> None:
    job_type = script_type("sleep 600", resources={"scalar": [{"name": "cpus", "value": 1.5}]})
    for _ in range(4):
        make_job(job_type)
    most = []

    def is_seen() -> bool:
        most.append(len(engine.find({})))
        return len(most) > 60 and most[-1] > 0

    run_until(begin(drain=0.0), is_seen)
    assert max(most) == 2
    assert set(JobExecution.objects.values_list("end", flat=True)) == {"returned"}


def test_claims_wait_at_the_service_while_nothing_runs(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    make_job(script_type("sleep 1"))
    agent, asked = begin(slots=2, wait=7), []
    send = Claims.send

    def note(claims: Claims, limit: int, resources: dict[str, float], wait: int = 0) -> Claimed:
        asked.append((limit, wait))
        return send(claims, limit, resources, wait)

    monkeypatch.setattr(Claims, "send", note)
    run_until(agent, lambda: statuses() == {"COMPLETED"} and asked[-1] == (2, 7))
    # What is free changes when the job that runs ends.
    assert asked[0] == (2, 7)
    assert {wait for limit, wait in asked if limit == 1} == {0}


def test_after_sigterm_jobs_finish_and_nothing_new_begins(begin: Begin) -> None:
    job_type = script_type("sleep 1")
    first = make_job(job_type)
    agent = begin(slots=1)

    def add_one() -> None:
        make_job(job_type)

    run_until(agent, JobExecution.objects.exists, then=add_one)
    first.refresh_from_db()
    assert first.status == "COMPLETED"
    assert JobExecution.objects.count() == 1


def test_what_is_claimed_after_sigterm_is_given_back(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job(script_type("sleep 600"))
    agent, send = begin(drain=600.0), Claims.send

    def answer_late(claims: Claims, *arguments: Any) -> Claimed:
        # As if the claim had waited when it came.
        agent.terminate(signal.SIGTERM, None)
        return send(claims, *arguments)

    monkeypatch.setattr(Claims, "send", answer_late)
    agent.run()
    assert statuses() == {"QUEUED"}
    assert set(JobExecution.objects.filter(job=job).values_list("end", flat=True)) == {"returned"}


def test_the_second_sigterm_does_not_wait(begin: Begin, engine: ProcessEngine) -> None:
    make_job(script_type('trap "" TERM; sleep 600 & wait; sleep 600'))
    agent = begin(drain=600.0)
    began = time.monotonic()
    run_until(agent, lambda: engine.find({}), then=lambda: agent.terminate(signal.SIGTERM, None))
    assert time.monotonic() - began < 30
    assert statuses() == {"QUEUED"}
    assert engine.find({}) == []


def test_the_service_learns_what_the_node_is(begin: Begin) -> None:
    run_until(begin(labels={"rack": "7"}), lambda: [one.labels for one in Node.objects.all()] == [{"rack": "7"}])
    assert Node.objects.get().software_version


@pytest.mark.parametrize(
    ("status", "left"),
    [
        ("FAILED", []),
        # Of these the service says that they count, or not that they do not.
        ("COMPLETED", ["a.txt"]),
        (None, ["a.txt"]),
    ],
)
def test_what_is_over_is_removed_at_the_next_start_with_products_that_do_not_count(
    begin: Begin, tmp_path: Path, status: str | None, left: list[str]
) -> None:
    number = make_job(script_type("exit 0"), status, num_exes=1, node=NODE).pk if status else 7
    name = f"test/1.0.0/{number}/1"
    product = tmp_path / "products" / name / "OUT/a.txt"
    product.parent.mkdir(parents=True)
    product.write_text("1\n")
    folder = tmp_path / "state" / "jobs" / f"{number}-1"
    folder.mkdir(parents=True)
    broker = {"type": "host", "host_path": str(tmp_path / "products")}
    write_json(
        folder / "job.json", {"claim_id": "x", "product_path": name, "workspaces": {"p": {"broker": broker}}}
    )
    row = {"output": "OUT", "workspace": "p", "file_path": f"{name}/OUT/a.txt"}
    write_json(folder / "products.json", {"is_stored": False, "rows": [row]})
    run_until(begin(), lambda: not folder.exists())
    assert files_of(tmp_path / "products") == left


def test_what_cannot_be_forgotten_keeps_the_agent_from_nothing(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state" / "jobs" / "7-1").mkdir(parents=True)

    def fail(*_: object) -> None:
        raise RecursionError

    agent = begin()
    monkeypatch.setattr(agent, "_forget", fail)
    make_job(script_type("exit 0"))
    run_until(agent, lambda: statuses() == {"COMPLETED"})


def test_a_full_disk_is_waited_for(begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = {"claims": 2, "jobs": 2}

    def refuse_at_first(path: Path, document: Any, *, durable: bool = False) -> None:
        place = path.relative_to(tmp_path / "state").parts[0]
        if full.get(place):
            full[place] -= 1
            raise OSError(28, "No space left on device")
        write_json(path, document, durable=durable)

    monkeypatch.setattr("agent.claims.write_json", refuse_at_first)
    monkeypatch.setattr("agent.work.write_json", refuse_at_first)
    job_type = script_type("exit 0")
    for _ in range(2):
        make_job(job_type)
    run_until(begin(), lambda: statuses() == {"COMPLETED"})
    assert full == {"claims": 0, "jobs": 0}
    assert JobExecution.objects.count() == 2
    assert files_of(tmp_path / "state") == ["agent.lock", "leases"]


def test_prometheus_reads_what_it_does(begin: Begin) -> None:
    agent = begin()
    port = free_port()
    agent.metrics.serve("127.0.0.1", port)
    # Where the service is in the process, too, counters go on from those of agents before.
    agent.metrics.reports.labels("COMPLETED", "", "changed")
    labels = {"status": "COMPLETED", "error": "", "outcome": "changed"}
    before = agent.metrics.registry.get_sample_value("scale_agent_reports_total", labels)
    assert before is not None
    make_job(script_type("exit 0"))
    run_until(agent, lambda: statuses() == {"COMPLETED"})
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
    assert f'scale_agent_reports_total{{error="",outcome="changed",status="COMPLETED"}} {before + 1}' in text
    assert 'scale_agent_stage_seconds_count{stage="run"}' in text
    assert "scale_agent_slots 4.0" in text
    assert "scale_agent_engine_up 1.0" in text


def test_a_token_without_the_right_ends_it_with_a_sentence(begin: Begin, token: str) -> None:
    from django.contrib.auth.models import User

    User.objects.get().groups.clear()
    with pytest.raises(Forbidden, match="right"):
        begin().run()


def test_a_second_agent_of_a_state_folder_is_refused(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    lock = Lock(tmp_path / "state" / "agent.lock")
    assert lock.take("first")
    with pytest.raises(StateError, match="another agent uses the state folder"):
        begin().run()
    lock.release()


class TestCommand:
    """Wrong usage is said in a sentence, before anything is done."""

    @pytest.fixture
    def token_file(self, tmp_path: Path) -> Path:
        path = tmp_path / "token"
        path.write_text("t\n")
        path.chmod(0o600)
        return path

    def run(self, capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
        code = apps.run(app, ["--url", "http://127.0.0.1:1", *map(str, arguments)])
        return code, " ".join(capsys.readouterr().err.split())

    def test_a_token_that_others_can_read_is_refused(
        self, capsys: pytest.CaptureFixture[str], token_file: Path
    ) -> None:
        token_file.chmod(0o604)
        code, said = self.run(capsys, "--token-file", token_file)
        assert code == 2
        assert "and so could take the jobs and secrets of this node: chmod 600" in said

    @pytest.mark.parametrize(
        ("option", "value", "says"),
        [
            ("--host-root", "data", "data: it must be an absolute path"),
            ("--nfs", "nas:/exports", "it must be of the form NAME=VALUE"),
            ("--nfs", "nas:/exports=data", "data: it must be an absolute path"),
            ("--label", "rack", "it must be of the form NAME=VALUE"),
            ("--engine", "none", "'none' is not one of 'docker', 'slurm'"),
            ("--slots", "0", "Input should be greater than or equal to 1"),
            ("--poll", "0", "Input should be greater than or equal to 0.01"),
            ("--metrics", "9105", "9105: it must be of the form HOST:PORT"),
        ],
    )
    def test_a_wrong_value_is_refused(
        self, capsys: pytest.CaptureFixture[str], token_file: Path, option: str, value: str, says: str
    ) -> None:
        code, said = self.run(capsys, "--token-file", token_file, option, value)
        assert code == 2
        assert says in said

    def test_a_missing_token_file_is_said(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        code, said = self.run(capsys, "--token-file", tmp_path / "none")
        assert code == 2
        assert "none: No such file or directory" in said


def test_the_engines_are_connected_to_by_their_names(tmp_path: Path) -> None:
    from agent.engines import ENGINES
    from seed.run.engine import EngineError

    with pytest.raises(EngineError):
        ENGINES["docker"](EngineOptions(f"unix://{tmp_path}/none.sock", tmp_path))
