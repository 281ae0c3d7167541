"""How a container ended, for each thing that a step can tell and each that Slurm can say."""

from typing import Any

import pytest

from agent.engines.slurm.commands import SlurmJob, SlurmState
from agent.engines.slurm.verdict import Told, by_slurm, by_step, without_a_word
from seed.run.engine import EngineError, Exit, ImageMissing, NotStarted, PullTimedOut


def told(*messages: dict[str, Any]) -> Told:
    one = Told()
    one.take({"event": "hello", "address": "A", "host": "n7", "slurm_job": "12"})
    for message in messages:
        one.take(message)
    return one


def ended(code: int, *, was_terminated: bool = False, **more: bool) -> dict[str, Any]:
    return {"event": "ended", "exit": {"code": code, **more}, "was_terminated": was_terminated}


def failed(kind: str, *, was_terminated: bool = False) -> dict[str, Any]:
    return {"event": "failed", "kind": kind, "reason": "so it is", "was_terminated": was_terminated}


def test_a_step_tells_where_it_is_and_whether_its_container_is_frozen() -> None:
    one = told({"event": "started"}, {"event": "frozen"})
    assert (one.address, one.host, one.slurm_job, one.is_frozen, one.is_over) == ("A", "n7", "12", True, False)
    one.take({"event": "thawed"})
    assert not one.is_frozen
    one.take(ended(0))
    assert one.is_over


def test_a_container_that_ended_by_itself_needs_no_word_of_slurm() -> None:
    assert by_step(told(ended(3)), was_stopped=False) == Exit(3)
    assert by_step(told(ended(137, out_of_memory=True)), was_stopped=False) == Exit(137, out_of_memory=True)


def test_of_what_slurm_ended_it_is_asked_why_unless_the_agent_wanted_it() -> None:
    assert by_step(told(ended(143, was_terminated=True)), was_stopped=False) is None
    assert by_step(told(ended(143, was_terminated=True)), was_stopped=True) == Exit(143)
    assert by_step(told(failed("Ended", was_terminated=True)), was_stopped=False) is None
    assert by_step(told(failed("Ended", was_terminated=True)), was_stopped=True) == Exit(143)


def test_a_step_that_gave_up_lost_its_container() -> None:
    assert by_step(told(failed("Ended")), was_stopped=False) == Exit(143, is_lost=True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NotStarted", NotStarted),
        ("ImageMissing", ImageMissing),
        ("PullTimedOut", PullTimedOut),
        ("EngineError", EngineError),
        ("EngineLost", EngineError),
    ],
)
def test_what_failed_on_the_node_is_the_same_error_here_with_the_name_of_the_node(
    name: str, kind: type[EngineError]
) -> None:
    with pytest.raises(EngineError, match="on n7: so it is") as caught:
        by_step(told(failed(name)), was_stopped=False)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("state", "end"),
    [
        (SlurmState.TIMED_OUT, Exit(137, timed_out=True)),
        (SlurmState.OUT_OF_MEMORY, Exit(137, out_of_memory=True)),
        (SlurmState.LOST, Exit(137, is_lost=True)),
        (SlurmState.CANCELLED, Exit(143, is_lost=True)),
        (SlurmState.COMPLETED, None),
        (SlurmState.FAILED, None),
    ],
)
def test_what_ended_without_a_word_ended_as_slurm_says(state: SlurmState, end: Exit | None) -> None:
    assert by_slurm(state, told(), was_stopped=False) == end


def test_what_the_agent_stopped_is_not_lost() -> None:
    assert by_slurm(SlurmState.CANCELLED, told(), was_stopped=True) == Exit(143)
    assert by_slurm(SlurmState.FAILED, told(), was_stopped=True) == Exit(137)
    assert by_slurm(SlurmState.LOST, told(), was_stopped=True) == Exit(137, is_lost=True)


def test_a_step_that_slurm_warned_of_the_end_of_its_time_timed_out_though_it_completed() -> None:
    one = told(ended(5, was_terminated=True))
    assert by_slurm(SlurmState.COMPLETED, one, was_stopped=False) == Exit(5, timed_out=True)
    assert by_slurm(SlurmState.CANCELLED, one, was_stopped=False) == Exit(5, is_lost=True)


def test_a_job_that_left_no_result_says_where_to_look() -> None:
    job = SlurmJob("12", SlurmState.FAILED, "FAILED, NonZeroExitCode")
    error = without_a_word(job, Told(), "/shared/a", "python: not found")
    assert isinstance(error, NotStarted)
    assert str(error) == (
        "the Slurm job 12 ended without a result (FAILED, NonZeroExitCode); it printed: python: not found. "
        "Its node must have this program, and see /shared/a"
    )


def test_a_step_that_ended_without_a_word_was_lost_where_it_ran() -> None:
    error = without_a_word(SlurmJob("12", SlurmState.FAILED, "FAILED"), told(), "/shared/a", "")
    assert type(error) is EngineError
    assert str(error) == "on n7: the Slurm job 12 ended without a result (FAILED)"
