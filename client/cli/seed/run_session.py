"""What ``seed run`` does, step by step: the image and its manifest, the plan, the run, and its exit code."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from client.cli.seed.run import Pull
from client.cli.seed.run_arguments import read_arguments
from client.cli.seed.run_console import Console
from client.cli.seed.run_request import Request
from seed.documents import DocumentError
from seed.findings import Finding, Report
from seed.labels import decode_manifest
from seed.manifest import Manifest
from seed.manifest_rules import check_manifest
from seed.run.arguments import check_arguments, with_declared_names
from seed.run.docker_engine import DockerEngine, connect
from seed.run.engine import EngineError, Image, ImageMissing
from seed.run.job import run_job
from seed.run.plan import RunPlan, make_plan
from seed.run.result import Result
from seed.run.runner import Ending
from seed.run.users import choose_user
from seed.sources import LABEL
from seed.wording import printable, quoted

DONE, IMAGE_FAILED, REFUSED, ENGINE_FAILED, TIMED_OUT, OUTPUTS_WRONG, LIMIT_EXCEEDED = range(7)
"""The exit codes; that of a signal is 128 and its number."""

_OF_ENDINGS = {
    Ending.TIMED_OUT: TIMED_OUT,
    Ending.OUT_OF_MEMORY: LIMIT_EXCEEDED,
    Ending.DISK_EXCEEDED: LIMIT_EXCEEDED,
}
_LARGEST_MANIFEST = 2**22


class _Refused(Exception):
    """Something is wrong before anything was started: the findings say what."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report


def run_request(request: Request, console: Console) -> int:
    """Run an image, show what becomes of it, and return the exit code."""
    try:
        engine = connect(request.engine_url)
        image = _image(engine, request, console)
        plan, manifest, report = _plan(engine, image, request)
        if request.dry_run:
            console.planned(plan, report)
            return DONE
        console.warn(report)
        return _run(engine, plan, manifest, request.keep, console)
    except _Refused as refused:
        console.refused(refused.report)
        return REFUSED
    except EngineError as error:
        console.failed(str(error))
        return ENGINE_FAILED
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _image(engine: DockerEngine, request: Request, console: Console) -> Image:
    """Return what the image says of itself, got from its registry where that is asked for."""
    if request.pull != Pull.ALWAYS:
        try:
            return engine.image(request.image)
        except ImageMissing:
            if request.pull == Pull.NEVER:
                raise
    with console.busy(f"Pulling {printable(request.image)}"):
        engine.pull(request.image)
    return engine.image(request.image)


def _plan(engine: DockerEngine, image: Image, request: Request) -> tuple[RunPlan, Manifest, Report]:
    """Return the plan, the manifest, and the warnings; raises _Refused with all that is wrong."""
    manifest, report = _manifest(image, request)
    given, read = read_arguments(request.texts, manifest)
    arguments = with_declared_names(given, manifest)
    folder, faults = _output_folder(request.output, manifest)
    # What could not be read is not missing as well.
    unreadable = {finding.path for finding in read.errors}
    checked = check_arguments(arguments, manifest)
    errors = [finding for finding in checked.errors if finding.path not in unreadable]
    report += read + Report.of(errors=[*errors, *faults], warnings=checked.warnings)
    if not report.is_valid:
        raise _Refused(report)
    facts = engine.facts
    user = choose_user(
        image.user,
        (os.getuid(), os.getgid()),
        is_rootless=facts.is_rootless,
        is_podman=facts.is_podman,
        chosen=request.user,
    )
    plan, warnings = make_plan(request.image, manifest, arguments, folder, user, request.options, facts.cpus)
    return plan, manifest, report + warnings


def _manifest(image: Image, request: Request) -> tuple[Manifest, Report]:
    """Return the manifest of a file, or of the label of the image, and the warnings about it."""
    try:
        if request.manifest_file:
            with request.manifest_file.open("rb") as file:
                decoded = decode_manifest(file.read(_LARGEST_MANIFEST))
        elif (label := image.labels.get(LABEL)) is None:
            sentence = (
                f"{printable(request.image)} has no label {LABEL}, so that it is not a Seed image; use --manifest"
            )
            raise _Refused(Report(errors=(Finding("NOT_A_SEED_IMAGE", sentence),)))
        else:
            decoded = decode_manifest(label)
    except DocumentError as error:
        finding = Finding("JSON_VALIDATION_ERROR", f"The manifest: {error.description}", error.path)
        raise _Refused(Report(errors=(finding,))) from error
    except OSError as error:
        finding = Finding("INVALID_ARGUMENT", f"--manifest {request.manifest_file}: {error.strerror}")
        raise _Refused(Report(errors=(finding,))) from error
    report = check_manifest(decoded.document)
    if not report.is_valid:
        raise _Refused(report)
    return Manifest.read(decoded.document), report


def _output_folder(given: Path | None, manifest: Manifest) -> tuple[Path, list[Finding]]:
    """Return the absolute path of the folder for outputs, and why it cannot be that."""
    made = f"output-{manifest.name}-{manifest.version}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    folder = (given or Path(made)).absolute()
    reason = ""
    try:
        folder = folder.resolve()
        if folder.exists() and not folder.is_dir():
            reason = "is not a folder"
        elif folder.exists() and any(folder.iterdir()):
            reason = "is not empty; what is in it would be taken for outputs"
        elif not str(folder).isprintable():
            reason = "has characters in its name that are no part of a text"
    except OSError as error:
        reason = f"cannot be used: {error.strerror}"
    sentence = f"-o: {quoted(str(folder))} {reason}"
    return folder, [Finding("INVALID_OUTPUT_FOLDER", sentence)] if reason else []


def _run(engine: DockerEngine, plan: RunPlan, manifest: Manifest, keep: bool, console: Console) -> int:
    try:
        plan.output_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sentence = f"-o: {quoted(str(plan.output_folder))} cannot be made: {error.strerror}"
        raise _Refused(Report(errors=(Finding("INVALID_OUTPUT_FOLDER", sentence),))) from error
    with _signals() as stop:
        result = run_job(
            engine, plan, manifest, console.output, stop, lambda one: console.started(one.name, plan), keep=keep
        )
    console.result(result, plan)
    return _exit_code(result, stop.number)


def _exit_code(result: Result, stopped_by: int) -> int:
    if result.outcome.ending == Ending.STOPPED:
        return 128 + stopped_by
    if result.error is None:
        return DONE
    if result.outcome.ending == Ending.EXITED:
        return IMAGE_FAILED if result.outcome.exit_code else OUTPUTS_WRONG
    return _OF_ENDINGS[result.outcome.ending]


class _Stop(threading.Event):
    """Set by a signal, whose number it keeps."""

    number = 0


@contextmanager
def _signals() -> Iterator[_Stop]:
    """Let Ctrl-C, SIGTERM and SIGHUP stop the container; the second one no longer waits for it."""
    stop = _Stop()

    def handle(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.number = number
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, handle) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
