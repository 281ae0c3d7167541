"""Which error of the service a failure becomes."""

import pytest

from agent.failures import error_of_result, failure_of_arguments, failure_of_engine
from seed.findings import Finding, Report
from seed.run.engine import EngineError, ImageMissing, NotStarted, PullTimedOut
from seed.run.outputs import Outputs
from seed.run.result import Result, RunError
from seed.run.runner import Ending, Outcome


def result(ending: Ending, code: int, *findings: str, error: str = "any") -> Result:
    report = Report.of(errors=[Finding(name, "wrong") for name in findings])
    return Result(Outcome(code, ending, 1.0), Outputs(report=report), RunError(error, "Title", "ALGORITHM"))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (result(Ending.TIMED_OUT, 143), "timeout"),
        (result(Ending.DISK_EXCEEDED, 143), "disk-exceeded"),
        (result(Ending.OUT_OF_MEMORY, 137, error="out-of-memory"), "out-of-memory"),
        # The manifest says what its exit code means.
        (result(Ending.OUT_OF_MEMORY, 137, error="too-large-a-scene"), None),
        (result(Ending.LOST, 1), "docker-terminated"),
        (result(Ending.STOPPED, 143), "docker-terminated"),
        (result(Ending.EXITED, 3), None),
        (result(Ending.EXITED, 0, "OUTPUT_MISSING", "UNSAFE_OUTPUT"), "missing-required-output"),
        (result(Ending.EXITED, 0, "UNSAFE_OUTPUT", "TOO_MANY_FILES"), "unexpected-multiple-outputs"),
        (result(Ending.EXITED, 0, "INVALID_OUTPUTS_FILE"), "invalid-results-manifest"),
        (result(Ending.EXITED, 0, "UNSAFE_OUTPUT"), "invalid-output"),
    ],
)
def test_how_it_ended_decides(given: Result, error: str | None) -> None:
    assert error_of_result(given) == error


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (["MISSING_SETTING", "MISSING_INPUT"], "missing-setting"),
        (["INVALID_MOUNT"], "missing-mount"),
        (["MISSING_MOUNT"], "missing-mount"),
        (["MISSING_INPUT"], "missing-file"),
        (["INVALID_COMMAND"], "docker-task-launch"),
    ],
)
def test_what_is_wrong_with_the_arguments_decides(names: list[str], error: str) -> None:
    failed = failure_of_arguments([Finding.at(("x", name), name, "it is wrong") for name in names])
    assert failed.error == error
    assert failed.description == "; ".join(f"x.{name}: it is wrong" for name in names)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (PullTimedOut("late"), "pull-timeout"),
        (ImageMissing("none"), "pull"),
        (NotStarted("no such program"), "docker-task-launch"),
        (EngineError("refused"), "docker-task-launch"),
    ],
)
def test_what_the_engine_says_decides(error: EngineError, name: str) -> None:
    assert failure_of_engine(error).error == name
