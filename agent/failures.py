"""What becomes of a run that failed: the names of the service's errors for those of ``seed.run``."""

from collections.abc import Iterable

from seed.findings import Finding
from seed.run.engine import EngineError, ImageMissing, PullTimedOut
from seed.run.result import Result
from seed.run.runner import Ending

TIMEOUT = "timeout"
TERMINATED = "docker-terminated"
FILESYSTEM = "filesystem-io"
MISSING_FILE = "missing-file"
DELETED_FILE = "deleted-file"
MISSING_MOUNT = "missing-mount"
INVALID_OUTPUT = "invalid-output"
UNKNOWN = "unknown"

_OF_ENDINGS = {
    Ending.TIMED_OUT: TIMEOUT,
    Ending.OUT_OF_MEMORY: "out-of-memory",
    Ending.DISK_EXCEEDED: "disk-exceeded",
    Ending.STOPPED: TERMINATED,
    Ending.LOST: TERMINATED,
}
# The first that applies. What else is wrong with outputs is `invalid-output`.
_OF_OUTPUTS = (
    ("OUTPUT_MISSING", "missing-required-output"),
    ("TOO_MANY_FILES", "unexpected-multiple-outputs"),
    ("INVALID_OUTPUTS_FILE", "invalid-results-manifest"),
)
_OF_ARGUMENTS = (
    ("MISSING_SETTING", "missing-setting"),
    ("MISSING_MOUNT", MISSING_MOUNT),
    ("INVALID_MOUNT", MISSING_MOUNT),
    ("MISSING_INPUT", MISSING_FILE),
)
_LAUNCH = "docker-task-launch"


class TryFailed(Exception):
    """A try that failed before its command ran, or after: the name of a built-in error, and a sentence."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


def error_of_result(result: Result) -> str | None:
    """Return the name of the error of a run that failed, None where its exit code says which one it is."""
    # A manifest may explain what the engine can only guess.
    if name := _OF_ENDINGS.get(result.outcome.ending):
        is_explained = result.outcome.ending == Ending.OUT_OF_MEMORY and result.error and result.error.name != name
        return None if is_explained else name
    if result.outcome.exit_code:
        return None
    return _first(result.outputs.report.errors, _OF_OUTPUTS, INVALID_OUTPUT)


def failure_of_arguments(findings: Iterable[Finding]) -> TryFailed:
    """Return the failure of a try whose inputs, settings or mounts are not what the manifest requires."""
    found = list(findings)
    description = "; ".join(finding.description for finding in found)
    return TryFailed(_first(found, _OF_ARGUMENTS, _LAUNCH), description)


def failure_of_engine(error: EngineError) -> TryFailed:
    """Return the failure of a try that the engine did not start."""
    if isinstance(error, PullTimedOut):
        return TryFailed("pull-timeout", str(error))
    if isinstance(error, ImageMissing):
        return TryFailed("pull", str(error))
    return TryFailed(_LAUNCH, str(error))


def _first(findings: Iterable[Finding], names: Iterable[tuple[str, str]], otherwise: str) -> str:
    found = {finding.name for finding in findings}
    return next((error for name, error in names if name in found), otherwise)
