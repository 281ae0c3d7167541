"""A planned run with its outputs: what a desk and a node have in common."""

import threading
from collections.abc import Callable
from contextlib import suppress

from seed.manifest import Manifest
from seed.run.engine import Container, Engine, Output
from seed.run.folder import FolderTooLarge, close, give_back, open_to
from seed.run.outputs import collect_outputs
from seed.run.plan import RunPlan
from seed.run.result import Result, conclude
from seed.run.runner import Outcome, run_plan


def run_job(
    engine: Engine,
    plan: RunPlan,
    manifest: Manifest,
    output: Output,
    stop: threading.Event | None = None,
    started: Callable[[Container], None] = lambda container: None,
    *,
    keep: bool = False,
) -> Result:
    """Run what is planned, as ``run_plan`` does it, and return its result with the outputs.

    The output folder, which is there and empty, belongs to its owner again afterwards, with all that is in it.
    Raises EngineError.
    """
    owner = open_outputs(plan)
    try:
        outcome = run_plan(engine, plan, output, stop, started, keep=keep)
    except BaseException:
        # A container that was lost may still write to it, so that nothing in it is looked at.
        close(plan.output_folder, owner)
        raise
    return finish(outcome, plan, manifest, owner)


def open_outputs(plan: RunPlan) -> tuple[int, int]:
    """Let the container of a plan write to its output folder, and return whose that is: user and group id."""
    status = plan.output_folder.stat()
    open_to(plan.output_folder, plan.user.owner)
    return status.st_uid, status.st_gid


def finish(outcome: Outcome, plan: RunPlan, manifest: Manifest, owner: tuple[int, int]) -> Result:
    """Return the result of a run that has ended, and give its output folder to ``owner``. It may be done again."""
    # What is too large to give back is too large to collect, which says so.
    with suppress(FolderTooLarge):
        give_back(plan.output_folder, owner)
    return conclude(outcome, collect_outputs(plan.output_folder, manifest), manifest)
