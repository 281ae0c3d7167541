"""Two agents that do all jobs of a site, while they, their engine and the service are killed and started again."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from knox.models import AuthToken

from client import ScaleError
from jobs.models import Job
from jobs.states import Status
from tests.agents import checks
from tests.agents.agents import Agent, Crew
from tests.agents.site import Site
from tests.images.engines import PATIENCE, Engine
from tests.load.server import Server

LEASE, SLOTS = 10, 4
OVER = (Status.COMPLETED, Status.FAILED, Status.CANCELED)


def worker_token(name: str) -> str:
    """Return a token of a new account that may do what a node does, and nothing else."""
    account = get_user_model().objects.create_user(name)
    account.groups.add(Group.objects.get(name="Workers"))
    return AuthToken.objects.create(account)[1]


def make_agents(site: Site, options: Sequence[str]) -> list[Agent]:
    """Return two agents, each of a node with an account of its own."""
    options = ["--slots", str(SLOTS), "--host-root", str(site.folder), *options]
    return [
        Agent(site.folder / name, site.url, worker_token(f"agent-of-{name}"), options)
        for name in ("node-a", "node-b")
    ]


@dataclass
class Trouble:
    """What happens while the jobs are done, each thing when a share of the jobs (0 to 1) is over.

    Agents are killed ``kills`` times at random. ``restart`` restarts the engine; one agent is killed just before,
    and starts without an engine. The service is away for ``outage`` seconds, within which an agent is killed too.
    """

    site: Site
    server: Server
    agents: Sequence[Agent]
    rng: random.Random
    kills: int
    restart: Callable[[], None] | None = None
    outage: float = 0.0
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        others = (self.restart is not None) + (self.outage > 0)
        plan = [(self.rng.uniform(0, 0.95), self._kill) for _ in range(self.kills - others)]
        if self.restart:
            plan.append((0.35, self._restart))
        if self.outage:
            plan.append((0.6, self._be_away))
        self.plan = sorted(plan, key=lambda step: step[0])

    def happen(self, share: float) -> None:
        """Let the next thing happen if it is due."""
        if self.plan and self.plan[0][0] <= share:
            self.plan.pop(0)[1]()

    def _kill(self) -> None:
        agent = self.rng.choice(self.agents)
        agent.kill()
        time.sleep(self.rng.choice([0, 0, self.rng.uniform(0, 2), self.rng.uniform(0, 1.5 * LEASE)]))
        agent.start()
        self.done.append(f"killed {agent.node}")

    def _restart(self) -> None:
        assert self.restart
        agent = self.rng.choice(self.agents)
        agent.kill()
        agent.start()
        self.restart()
        self.done.append(f"killed {agent.node} and restarted the engine")

    def _be_away(self) -> None:
        self.server.kill()
        time.sleep(self.outage / 2)
        agent = self.rng.choice(self.agents)
        agent.kill()
        agent.start()
        time.sleep(self.outage / 2)
        self.server.start()
        self.done.append(f"took the service away, and killed {agent.node}")


def run_jobs(site: Site, agents: Sequence[Agent], trouble: Trouble, seconds: float = PATIENCE) -> None:
    """Let agents do all jobs of a site; raises AssertionError if they take longer than ``seconds``."""
    began = time.monotonic()
    folders = [agent.folder for agent in agents]
    with Crew(agents) as crew:
        while (over := Job.objects.filter(status__in=OVER).count()) < len(site.expected) or trouble.plan:
            trouble.happen(over / len(site.expected))
            cancel(site)
            assert checks.places_of(site.secret, folders) == []
            stopped = [agent.node for agent in agents if not agent.is_running()]
            assert stopped == [], "an agent ended by itself"
            waiting = Job.objects.exclude(status__in=OVER).values_list("pk", "status")
            assert time.monotonic() < began + seconds, f"still waiting: {list(waiting[:20])}"
            time.sleep(0.2)
        taken = time.monotonic() - began
        print(f"\n{len(site.expected)} jobs in {taken:.0f} s; {'; '.join(trouble.done)}")
        codes = crew.end()
        assert codes == [0] * len(agents), f"agents ended with {codes}"


def cancel(site: Site) -> None:
    """Cancel those jobs that are to be canceled and run by now."""
    running = Job.objects.filter(pk__in=site.to_cancel, status=Status.RUNNING)
    for pk in list(running.values_list("pk", flat=True)[:1]):
        try:
            site.operator.jobs.cancel({"job_id": [pk]})
        except ScaleError:
            # The service is away: another time.
            return
        site.to_cancel.discard(pk)


def check(site: Site, server: Server, agents: Sequence[Agent], engine: Engine | None = None) -> None:
    """Check that all of it was done once, and that nothing is left."""
    checks.check_jobs(site)
    checks.check_products(site)
    checks.check_logs(site)
    checks.check_nothing_ran_twice_at_once(site)
    checks.check_nothing_is_left(agents, engine)
    assert checks.places_of(site.secret, [server.log, site.diary, *(agent.folder for agent in agents)]) == []
    assert checks.tables_with(site.secret) == []
    # The searches find what is there.
    (site.folder / "proof").write_text(site.secret, encoding="utf-8")
    assert checks.places_of(site.secret, [site.folder]) == [str(site.folder / "proof")]
    assert "files_file" in checks.tables_with("texts/00.txt")
