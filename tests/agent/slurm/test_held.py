"""A container on its node: what the agent orders, what the lease allows and what Slurm wants, with a faked one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.clock import now
from agent.engines.slurm import held, journal, orders
from agent.engines.slurm.held import HeldContainer
from agent.engines.slurm.lease import MARGIN_SECONDS
from agent.engines.slurm.orders import Ended, Orders
from seed.run.engine import EngineError, EngineLost, Exit


@dataclass
class Faked:
    """A container that notes what is done to it; each of ``script`` is what happens while it is waited for."""

    script: Iterator[Callable[[], Exit | None]]
    said: Orders
    done: list[str] = field(default_factory=list)
    refuses: bool = False
    is_frozen: bool = False

    def wait(self, seconds: float) -> Exit | None:
        end = next(self.script)()
        self.said.look()
        return end

    def send(self, signal: str) -> None:
        if self.refuses and self.is_frozen:
            raise EngineError("it is frozen")
        self.done.append(signal)

    def pause(self) -> None:
        self.done.append("pause")
        self.is_frozen = True

    def unpause(self) -> None:
        self.done.append("unpause")
        self.is_frozen = False

    def remove(self) -> None:
        self.done.append("remove")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (held, orders):
        monkeypatch.setattr(module, "TICK_SECONDS", 0.001)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    journal.create(tmp_path / "orders")
    return tmp_path / "orders"


def run(
    path: Path,
    *script: Callable[[], Exit | None],
    lease: float = 60.0,
    refuses: bool = False,
    freezes: bool = True,
) -> tuple[Faked, Exit]:
    """Hold a container until it ends, and return it with how it ended."""
    said = Orders(journal.Reader(path))
    said.lease.renew(lease, now())
    said.look()
    container = Faked(iter(script), said, refuses=refuses)
    one = HeldContainer(container, said, lambda: freezes and container.is_frozen, container.done.append)  # type: ignore[arg-type]
    return container, one.end()


def order(path: Path, name: str, **more: object) -> Callable[[], None]:
    return lambda: journal.write(path, order=name, **more)


def lost() -> Exit | None:
    raise EngineLost("away")


def test_a_container_that_ends_by_itself_is_left_alone(path: Path) -> None:
    container, end = run(path, lambda: None, lambda: Exit(3))
    assert (container.done, end) == ([], Exit(3))


def test_what_the_agent_orders_is_done_once_and_in_order(path: Path) -> None:
    journal.write(path, order="signal", signal="SIGUSR1")
    container, _ = run(path, order(path, "signal", signal="SIGTERM"), lambda: None, lambda: Exit(0))
    assert container.done == ["SIGUSR1", "SIGTERM"]


def test_it_is_frozen_without_a_lease_and_goes_on_with_a_new_one(path: Path) -> None:
    container, _ = run(path, lambda: None, order(path, "lease", lease=60), lambda: Exit(0), lease=0)
    assert container.done == ["pause", "frozen", "unpause", "thawed"]


def test_a_lease_that_is_no_longer_than_the_margin_is_none(path: Path) -> None:
    container, _ = run(path, order(path, "lease", lease=MARGIN_SECONDS), lambda: Exit(0), lease=0)
    assert container.done == ["pause", "frozen"]


def test_it_stays_frozen_while_the_agent_wants_that_whatever_the_lease(path: Path) -> None:
    container, _ = run(
        path,
        order(path, "pause"),
        order(path, "lease", lease=600),
        lambda: None,
        order(path, "unpause"),
        lambda: Exit(0),
    )
    assert container.done == ["pause", "frozen", "unpause", "thawed"]


def test_a_signal_reaches_what_is_frozen_in_an_engine_that_refuses_that(path: Path) -> None:
    journal.write(path, order="pause")
    container, _ = run(path, order(path, "signal", signal="SIGKILL"), lambda: Exit(137), refuses=True)
    assert container.done == ["pause", "frozen", "unpause", "SIGKILL"]


def test_slurm_ends_it_in_an_orderly_way_as_long_as_its_lease_lasts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "GRACE_SECONDS", 0.02)
    said = Orders(journal.Reader(path), terminated=now())
    said.lease.renew(60, now())
    container = Faked(iter([]), said)
    container.script = (lambda: Exit(137) if "SIGKILL" in container.done else None for _ in range(100_000))
    end = HeldContainer(container, said, lambda: container.is_frozen, container.done.append).end()  # type: ignore[arg-type]
    assert end == Exit(137)
    assert container.done[0] == "SIGTERM"
    assert set(container.done[1:]) == {"SIGKILL"}


def test_slurm_ends_it_at_once_without_a_lease(path: Path) -> None:
    said = Orders(journal.Reader(path), terminated=now())
    container = Faked(iter([lambda: Exit(137)]), said)
    HeldContainer(container, said, lambda: container.is_frozen, container.done.append).end()  # type: ignore[arg-type]
    assert container.done == ["SIGKILL"]


def test_an_engine_that_comes_back_lost_what_was_killed_meanwhile(path: Path) -> None:
    assert run(path, lost, lambda: Exit(137))[1] == Exit(137, is_lost=True)
    assert run(path, lost, lambda: Exit(3))[1] == Exit(3)
    assert run(path, lambda: None, lambda: Exit(137))[1] == Exit(137)


def test_what_nobody_renews_is_given_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "PATIENCE_SECONDS", 0.0)
    with pytest.raises(Ended, match="its lease was not renewed"):
        run(path, *[lambda: None] * 10, lease=0)


def test_what_its_engine_cannot_freeze_is_ended(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It is tried for a while.
    assert run(path, lambda: None, lambda: Exit(0), lease=0, freezes=False)[0].done == ["pause", "pause"]
    monkeypatch.setattr(held, "_FREEZE_SECONDS", 0.0)
    with pytest.raises(Ended, match=r"^it may not run now, and its engine does not freeze it$"):
        run(path, *[lambda: None] * 10, lease=0, freezes=False)


def test_a_folder_that_was_removed_ends_it_without_a_word(path: Path) -> None:
    said = Orders(journal.Reader(path), is_gone=True)
    with pytest.raises(Ended) as ended:
        HeldContainer(Faked(iter([]), said), said, bool, str).end()  # type: ignore[arg-type]
    assert str(ended.value) == ""


def test_it_is_removed_as_soon_as_the_engine_answers(path: Path) -> None:
    answers = iter([EngineLost("away"), EngineLost("away"), None])

    class Away(Faked):
        def remove(self) -> None:
            if error := next(answers):
                raise error
            self.done.append("remove")

    said = Orders(journal.Reader(path))
    container = Away(iter([]), said)
    HeldContainer(container, said, lambda: container.is_frozen, container.done.append).remove()  # type: ignore[arg-type]
    assert container.done == ["remove"]
