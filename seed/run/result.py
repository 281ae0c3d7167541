"""What became of a run: the outcome, the outputs and, if it failed, the error by its name."""

from dataclasses import dataclass
from typing import Any

from seed.manifest import Manifest
from seed.run.outputs import Outputs
from seed.run.runner import Ending, Outcome


@dataclass(frozen=True, slots=True)
class RunError:
    """An error as a manifest declares it, or of the platform: category ``DATA``, ``ALGORITHM`` or ``SYSTEM``."""

    name: str
    title: str
    category: str
    description: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the error for programs."""
        return {
            "name": self.name,
            "title": self.title,
            "category": self.category,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run; ``error`` is None if it did all that its manifest promises."""

    outcome: Outcome
    outputs: Outputs
    error: RunError | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the result for programs."""
        return {
            "status": "FAILED" if self.error else "COMPLETED",
            "exit_code": self.outcome.exit_code,
            "ending": str(self.outcome.ending),
            "seconds": round(self.outcome.seconds, 3),
            "error": self.error.as_dict() if self.error else None,
            "outputs": self.outputs.as_dict(),
            "findings": self.outputs.report.as_dict(),
        }


_ENDINGS = {
    Ending.TIMED_OUT: ("timeout", "Timeout", "ALGORITHM"),
    Ending.OUT_OF_MEMORY: ("out-of-memory", "Out of memory", "ALGORITHM"),
    Ending.DISK_EXCEEDED: ("disk-exceeded", "Disk exceeded", "ALGORITHM"),
    Ending.STOPPED: ("stopped", "Stopped", "SYSTEM"),
    Ending.LOST: ("lost", "Lost", "SYSTEM"),
}


def conclude(outcome: Outcome, outputs: Outputs, manifest: Manifest) -> Result:
    """Return what became of a run: the reason why it was ended, else its exit code, else its outputs decide."""
    # A manifest may explain what an engine can only guess.
    is_explained = outcome.ending == Ending.OUT_OF_MEMORY and manifest.error_for_exit_code(outcome.exit_code)
    if not is_explained and (known := _ENDINGS.get(outcome.ending)):
        return Result(outcome, outputs, RunError(*known, description=outcome.detail))
    if outcome.exit_code:
        return Result(outcome, outputs, _error_of_exit_code(outcome.exit_code, manifest))
    if errors := outputs.report.errors:
        is_missing = any(finding.name == "OUTPUT_MISSING" for finding in errors)
        name, title = ("output-missing", "Output missing") if is_missing else ("output-invalid", "Output invalid")
        description = "; ".join(finding.description for finding in errors)
        return Result(outcome, outputs, RunError(name, title, "ALGORITHM", description))
    return Result(outcome, outputs)


def _error_of_exit_code(code: int, manifest: Manifest) -> RunError:
    if declared := manifest.error_for_exit_code(code):
        return RunError(declared.name, declared.title, declared.category, declared.description)
    sentence = f"it ended with the exit code {code}, which its manifest does not explain"
    return RunError("algorithm-unknown", "Algorithm failure", "ALGORITHM", sentence)
