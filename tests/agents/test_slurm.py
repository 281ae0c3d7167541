"""Containers on a real Slurm whose node has a real Docker Engine: run, stopped, frozen, lost and found again."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.engines.slurm.container import SlurmContainer
from seed.run.engine import EngineError, Exit, ImageMissing, NotStarted, State
from tests.agents.desk import Printed, SlurmDesk, wait_for_file
from tests.agents.slurm_cluster import Cluster, slurm_cluster
from tests.images.engines import PATIENCE, Engine, docker_engine, podman_engine


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with slurm_cluster() as one:
        yield one


@pytest.fixture(scope="module")
def docker() -> Iterator[Engine]:
    with docker_engine() as one:
        yield one


@pytest.fixture
def desk(cluster: Cluster, docker: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlurmDesk]:
    monkeypatch.setenv("SLURM_CONF", str(cluster.conf))
    one = SlurmDesk(cluster, docker, tmp_path)
    yield one
    for container in one.engine().find({}):
        container.remove()
    assert one.containers() == []
    assert list((tmp_path / "slurm").iterdir()) == []


def test_a_container_runs_on_a_node_and_what_it_printed_and_left_comes_back(desk: SlurmDesk) -> None:
    printed = Printed()
    plan = desk.plan(
        'echo "$NAME"; id -u; echo oh >&2; echo done > "$OUTPUT_DIR/out.txt"; exit 3', environment={"NAME": "x y"}
    )
    container = desk.engine().start(plan, printed)
    assert container.wait(PATIENCE) == Exit(3)
    container.drain(5)
    assert printed.text == {"stdout": "x y\n65532\n", "stderr": "oh\n"}
    assert (plan.output_folder / "out.txt").read_text() == "done\n"
    assert desk.containers() == []


def test_a_secret_is_in_no_file_and_in_nothing_that_slurm_shows(desk: SlurmDesk) -> None:
    secret = "open sesame 4711"
    plan = desk.plan(
        'test "$KEY" = "open sesame 4711"; echo $? > "$OUTPUT_DIR/code"; sleep 600', environment={"KEY": secret}
    )
    container = desk.engine().start(plan, Printed())
    wait_for_file(plan.output_folder / "code", container)
    assert (plan.output_folder / "code").read_text() == "0\n"
    shown = [
        desk.cluster.run("scontrol", "show", "job", "--details"),
        desk.cluster.run("scontrol", "write", "batch_script", _slurm_id(desk, plan.name), "-"),
        subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout.replace(
            'test "$KEY" = "open sesame 4711"', ""
        ),
    ]
    assert not any(secret in text for text in shown)
    places = [desk.folder, desk.cluster.conf.parent]
    assert subprocess.run(["grep", "-rlF", secret, *places], capture_output=True, text=True).stdout == ""
    container.remove()


def test_a_container_that_needs_too_much_memory_says_so(desk: SlurmDesk) -> None:
    container = desk.engine().start(desk.plan("head -c 200m /dev/zero | tail | wc -c; exit 1"), Printed())
    assert container.wait(PATIENCE) == Exit(1, out_of_memory=True)


def test_signals_reach_the_container(desk: SlurmDesk) -> None:
    plan = desk.plan('trap "exit 5" TERM; touch "$OUTPUT_DIR/up"; while true; do sleep 0.1; done')
    container = desk.engine().start(plan, Printed())
    wait_for_file(plan.output_folder / "up", container)
    container.send("SIGTERM")
    assert container.wait(PATIENCE) == Exit(5)


def test_a_container_that_ignores_sigterm_is_killed(desk: SlurmDesk) -> None:
    plan = desk.plan('trap "" TERM; touch "$OUTPUT_DIR/up"; while true; do sleep 0.1; done')
    container = desk.engine().start(plan, Printed())
    wait_for_file(plan.output_folder / "up", container)
    container.send("SIGTERM")
    assert container.wait(2) is None
    container.send("SIGKILL")
    assert container.wait(PATIENCE) == Exit(137)


def test_a_container_that_waits_in_the_queue_is_taken_out_of_it(desk: SlurmDesk) -> None:
    engine = desk.engine()
    first = desk.plan('touch "$OUTPUT_DIR/up"; sleep 600', cpus=8)
    running = engine.start(first, Printed())
    wait_for_file(first.output_folder / "up", running)
    second = desk.plan("true", cpus=8)
    waiting = engine.start(second, Printed())
    assert waiting.wait(3) is None
    assert waiting.state == State.RUNNING
    assert desk.slurm_states()[waiting.slurm_name] == "PENDING"
    waiting.send("SIGTERM")
    assert waiting.wait(PATIENCE) == Exit(143)
    assert desk.slurm_states()[waiting.slurm_name] == "CANCELLED"


def test_scancel_by_somebody_else_is_a_loss_and_ends_the_container_in_an_orderly_way(desk: SlurmDesk) -> None:
    plan = desk.plan(
        'trap "touch $OUTPUT_DIR/told; exit 5" TERM; touch "$OUTPUT_DIR/up"; while true; do sleep 0.1; done'
    )
    container = desk.engine().start(plan, Printed())
    wait_for_file(plan.output_folder / "up", container)
    desk.cluster.run("scancel", _slurm_id(desk, plan.name))
    assert container.wait(PATIENCE) == Exit(5, is_lost=True)
    assert (plan.output_folder / "told").exists()
    assert desk.containers() == []


def test_the_time_limit_of_slurm_is_a_timeout(desk: SlurmDesk) -> None:
    plan = desk.plan('touch "$OUTPUT_DIR/up"; exec sleep 600')
    container = desk.engine().start(plan, Printed())
    wait_for_file(plan.output_folder / "up", container)
    desk.cluster.run("scontrol", "update", f"JobId={_slurm_id(desk, plan.name)}", "TimeLimit=1")
    end = container.wait(PATIENCE)
    assert end
    assert (end.timed_out, end.is_lost) == (True, False)
    assert desk.containers() == []


def test_an_agent_that_was_killed_finds_its_containers_again(desk: SlurmDesk) -> None:
    plan = desk.plan(
        "cd $OUTPUT_DIR; echo first; touch up; while test ! -e go; do sleep 0.1; done; echo last; exit 4"
    )
    before = desk.engine().start(plan, Printed())
    wait_for_file(plan.output_folder / "up", before)
    (found,) = desk.engine().find(desk.labels(desk.tries))
    assert (found.name, found.labels, found.state) == (plan.name, plan.labels, State.RUNNING)
    printed = Printed()
    found.follow(printed)
    (plan.output_folder / "go").touch()
    assert found.wait(PATIENCE) == Exit(4)
    found.drain(5)
    assert printed.text == {"stdout": "first\nlast\n", "stderr": ""}
    (again,) = desk.engine().find(desk.labels(desk.tries))
    assert (again.state, again.exit()) == (State.ENDED, Exit(4))
    again.remove()
    assert desk.engine().find(desk.labels(desk.tries)) == []


def test_what_waited_when_the_agent_was_killed_never_runs_and_can_be_started_anew(desk: SlurmDesk) -> None:
    # Nobody answers the step, as whoever could is gone.
    plan = desk.plan('touch "$OUTPUT_DIR/ran"')
    desk.engine().start(plan, Printed())
    (found,) = desk.engine().find(desk.labels(desk.tries))
    assert found.state == State.CREATED
    found.remove()
    container = desk.engine().start(plan, Printed())
    assert container.wait(PATIENCE) == Exit(0)
    assert (plan.output_folder / "ran").exists()


def test_a_job_that_was_submitted_twice_runs_once(desk: SlurmDesk) -> None:
    plan = desk.plan('echo one >> "$OUTPUT_DIR/runs"; sleep 3')
    container = desk.engine().start(plan, Printed())
    script = desk.cluster.run("scontrol", "write", "batch_script", _slurm_id(desk, plan.name), "-")
    twin = desk.folder / "twin.sh"
    twin.write_text(script)
    desk.cluster.run("sbatch", "--output=/dev/null", f"--job-name={container.slurm_name}", str(twin))
    assert container.wait(PATIENCE) == Exit(0)
    assert (plan.output_folder / "runs").read_text() == "one\n"


def test_a_second_container_of_the_same_name_is_refused(desk: SlurmDesk) -> None:
    plan = desk.plan("sleep 600")
    desk.engine().start(plan, Printed())
    with pytest.raises(EngineError, match="there is a container scale-desk-1 already"):
        desk.engine().start(plan, Printed())


def test_a_container_is_frozen_when_its_lease_is_over_and_goes_on_with_a_new_one(desk: SlurmDesk) -> None:
    plan = desk.plan('while true; do date >> "$OUTPUT_DIR/beats"; sleep 0.1; done', lease=12)
    container = desk.engine().start(plan, Printed())
    # It may take long until it runs.
    wait_for_file(plan.output_folder / "beats", container, lambda: desk.renew(desk.tries, 12))
    _wait_for_state(container, State.PAUSED)
    assert desk.leases.left((1, desk.tries)) > 0
    beats = (plan.output_folder / "beats").read_bytes()
    time.sleep(1)
    assert (plan.output_folder / "beats").read_bytes() == beats
    desk.renew(desk.tries, 60)
    _wait_for_state(container, State.RUNNING)
    until = time.monotonic() + PATIENCE
    while (plan.output_folder / "beats").read_bytes() == beats:
        assert time.monotonic() < until
    container.pause()
    _wait_for_status(desk, "paused")
    container.unpause()
    _wait_for_status(desk, "running")


def test_the_node_counts_the_lease_itself_when_the_agent_is_gone(desk: SlurmDesk) -> None:
    plan = desk.plan('while true; do date >> "$OUTPUT_DIR/beats"; sleep 0.1; done', lease=12)
    container = desk.engine().start(plan, Printed())
    # It may take long until it runs.
    wait_for_file(plan.output_folder / "beats", container, lambda: desk.renew(desk.tries, 12))
    # From here on, nobody looks at the container from outside.
    time.sleep(13)
    assert desk.statuses() == ["paused"]


def test_a_node_with_podman_runs_freezes_and_kills(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_CONF", str(cluster.conf))
    with podman_engine() as podman:
        desk = SlurmDesk(cluster, podman, tmp_path)
        printed = Printed()
        plan = desk.plan('echo hello; touch "$OUTPUT_DIR/up"; sleep 600')
        container = desk.engine().start(plan, printed)
        wait_for_file(plan.output_folder / "up", container)
        container.pause()
        _wait_for_status(desk, "paused")
        container.send("SIGKILL")
        assert container.wait(PATIENCE) == Exit(137)
        container.drain(5)
        assert printed.text == {"stdout": "hello\n", "stderr": ""}
        container.remove()
        assert desk.containers() == []


def test_a_container_whose_folder_is_gone_ends(desk: SlurmDesk) -> None:
    plan = desk.plan('touch "$OUTPUT_DIR/up"; sleep 600')
    container = desk.engine().start(plan, Printed())
    wait_for_file(plan.output_folder / "up", container)
    container.folder.remove()
    _wait_for_no_container(desk)


def test_a_container_whose_step_is_killed_is_removed(desk: SlurmDesk) -> None:
    plan = desk.plan('touch "$OUTPUT_DIR/up"; sleep 600')
    container = desk.engine().start(plan, Printed())
    wait_for_file(plan.output_folder / "up", container)
    subprocess.run(["pkill", "-KILL", "--oldest", "--full", f"step {container.folder.path}"], check=True)
    with pytest.raises(EngineError, match=r"^on .*: the Slurm job \d+ ended without a result \(FAILED"):
        container.wait(PATIENCE)
    _wait_for_no_container(desk)


def test_what_a_step_left_that_was_killed_with_its_guard_the_next_one_removes(desk: SlurmDesk) -> None:
    left = desk.plan('touch "$OUTPUT_DIR/up"; sleep 600')
    container = desk.engine().start(left, Printed())
    wait_for_file(left.output_folder / "up", container)
    subprocess.run(["pkill", "-KILL", "--full", f"step {container.folder.path}"], check=True)
    container.folder.remove()
    assert desk.containers() == [container.slurm_name]
    assert desk.engine().start(desk.plan("exit 4"), Printed()).wait(PATIENCE) == Exit(4)
    assert desk.containers() == []


def test_an_image_that_the_node_cannot_get_is_missing(desk: SlurmDesk) -> None:
    container = desk.engine().start(desk.plan("true", image="127.0.0.1:9/nothing:1"), Printed())
    with pytest.raises(ImageMissing, match="nothing:1 could not be pulled"):
        container.wait(PATIENCE)


def test_a_command_that_the_image_does_not_have_is_an_error_with_the_words_of_the_engine(desk: SlurmDesk) -> None:
    plan = desk.plan("true")
    container = desk.engine().start(replace(plan, command=("no-such-program",)), Printed())
    with pytest.raises(NotStarted, match=r"the container could not be started: .*no-such-program"):
        container.wait(PATIENCE)


def test_what_slurm_refuses_at_once_leaves_nothing(desk: SlurmDesk) -> None:
    with pytest.raises(EngineError, match="sbatch failed: Memory specification can not be satisfied"):
        desk.engine().start(desk.plan("true", memory=99_999), Printed())


def test_what_slurm_will_never_start_is_an_error(desk: SlurmDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SBATCH_PARTITION", "short")
    container = desk.engine().start(desk.plan("true", timeout=600), Printed())
    with pytest.raises(NotStarted, match=r"will not start the job \d+: PENDING, Partition(Config|TimeLimit)"):
        container.wait(PATIENCE)


def test_a_step_that_cannot_start_says_what_it_printed(desk: SlurmDesk) -> None:
    container = desk.engine(python="/no/such/python").start(desk.plan("true"), Printed())
    with pytest.raises(
        EngineError, match=r"ended without a result \(FAILED, NonZeroExitCode\); it printed: .*no/such/python"
    ):
        container.wait(PATIENCE)


def _wait_for_no_container(desk: SlurmDesk) -> None:
    until = time.monotonic() + PATIENCE
    while desk.containers():
        assert time.monotonic() < until
        time.sleep(0.1)


def _slurm_id(desk: SlurmDesk, name: str) -> str:
    lines = desk.cluster.run("squeue", "--noheader", "--format=%i|%j").splitlines()
    (number,) = [line.partition("|")[0] for line in lines if line.partition("|")[2].startswith(f"{name}.")]
    return number


def _wait_for_status(desk: SlurmDesk, status: str) -> None:
    until = time.monotonic() + PATIENCE
    while desk.statuses() != [status]:
        assert time.monotonic() < until
        time.sleep(0.1)


def _wait_for_state(container: SlurmContainer, state: State) -> None:
    until = time.monotonic() + PATIENCE
    while container.state != state:
        assert time.monotonic() < until
        time.sleep(0.1)
