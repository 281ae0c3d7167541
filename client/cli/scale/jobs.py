"""``scale jobs``: create jobs, look at them and their logs, cancel and requeue them."""

from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from client.cli.scale.completion import job_type_names, job_type_versions
from client.cli.scale.folder import read_document
from client.cli.scale.follow import follow_logs, print_log
from client.cli.scale.output import print_details, print_rows
from client.cli.scale.session import (
    CommandError,
    Output,
    OutputOption,
    YesOption,
    confirm,
    connected,
    print_findings,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Create jobs, look at them and their logs, cancel and requeue them.",
)
_COLUMNS = (
    "id",
    "job_type.name",
    "job_type.version",
    "status",
    "priority",
    "node.hostname",
    "error.name",
    "last_modified",
)
JobId = Annotated[int, typer.Argument(metavar="ID", help="The id of the job.")]
Status = Annotated[list[str] | None, typer.Option(help="Such as FAILED; may repeat.")]
JobTypeName = Annotated[
    list[str] | None,
    typer.Option("--job-type", help="The name of a job type; may repeat.", autocompletion=job_type_names),
]
JobTypeVersion = Annotated[list[str] | None, typer.Option("--version", help="A version; may repeat.")]
Error = Annotated[list[str] | None, typer.Option(help="The name of an error; may repeat.")]
Node = Annotated[list[str] | None, typer.Option(help="The name of a node; may repeat.")]
Started = Annotated[str | None, typer.Option(help="Changed since: a time, or a duration before now, such as P1D.")]
Ended = Annotated[str | None, typer.Option(help="Changed until.")]


@app.command()
def create(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The name of the job type.", autocompletion=job_type_names)
    ],
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="Its version.", autocompletion=job_type_versions)
    ],
    input_file: Annotated[
        Path | None, typer.Option("--input", help='A file with the input: {"files": {…}, "json": {…}}.')
    ] = None,
    inputs_file: Annotated[
        Path | None,
        typer.Option("--inputs", help="A file with an array of inputs: a job for each, all or none; up to 1,000."),
    ] = None,
    configuration: Annotated[Path | None, typer.Option(help="A file with what the job configures itself.")] = None,
    priority: Annotated[int | None, typer.Option(help="Lower numbers come first.")] = None,
    pending: Annotated[bool, typer.Option("--pending", help="Do not queue it yet.")] = False,
    key: Annotated[
        str | None, typer.Option(help="An Idempotency-Key, so that running it again makes no other.")
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Create a job of the current revision of a job type, or many."""
    if input_file and inputs_file:
        raise CommandError("Either --input, for one job, or --inputs, for many.")
    body: dict[str, Any] = {"job_type_name": name, "job_type_version": version}
    if configuration is not None:
        body["configuration"] = read_document(configuration)
    if priority is not None:
        body["priority"] = priority
    if pending:
        body["status"] = "PENDING"
    with connected(context) as scale:
        if inputs_file:
            jobs = scale.jobs.create_many({**body, "inputs": read_document(inputs_file)}, idempotency_key=key)
            print_findings("warning", jobs.warnings)
            print_details(jobs, output)
            return
        body["input"] = read_document(input_file) if input_file else {}
        job = scale.jobs.create(body, idempotency_key=key)
    print_findings("warning", job.warnings)
    print_details({"id": job.id, "status": job.status} if output is Output.TABLE else job, output)


@app.command("list")
def list_jobs(
    context: typer.Context,
    status: Status = None,
    job_type: JobTypeName = None,
    version: JobTypeVersion = None,
    error: Error = None,
    node: Node = None,
    started: Started = None,
    ended: Ended = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    output: OutputOption = Output.TABLE,
) -> None:
    """List jobs, the latest change first."""
    filters = _filters(status, job_type, version, error, node, started, ended)
    with connected(context) as scale:
        rows = scale.jobs.list(**filters, page_size=min(limit, 1000))
        print_rows(islice(rows, limit), _COLUMNS, output)


@app.command()
def show(context: typer.Context, job_id: JobId, output: OutputOption = Output.TABLE) -> None:
    """Show a job, with its documents, its last try, and why it waits."""
    with connected(context) as scale:
        print_details(scale.jobs.show(job_id), output)


@app.command()
def cancel(
    context: typer.Context,
    job_ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="The ids, unless filters choose jobs.")
    ] = None,
    status: Status = None,
    job_type: JobTypeName = None,
    version: JobTypeVersion = None,
    error: Error = None,
    node: Node = None,
    started: Started = None,
    ended: Ended = None,
    yes: YesOption = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Cancel jobs: those that are named, or all that pass the filters, at most 10,000 at once."""
    filters = _filters(status, job_type, version, error, node, started, ended)
    selection = _selection("Cancel", job_ids, filters, yes=yes)
    with connected(context) as scale:
        print_details(scale.jobs.cancel(selection), output)


@app.command()
def requeue(
    context: typer.Context,
    job_ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="The ids, unless filters choose jobs.")
    ] = None,
    status: Status = None,
    job_type: JobTypeName = None,
    version: JobTypeVersion = None,
    error: Error = None,
    node: Node = None,
    started: Started = None,
    ended: Ended = None,
    priority: Annotated[int | None, typer.Option(help="A new priority.")] = None,
    yes: YesOption = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Queue failed and canceled jobs again: those that are named, or all that pass the filters."""
    filters = _filters(status, job_type, version, error, node, started, ended)
    selection = _selection("Requeue", job_ids, filters, yes=yes)
    if priority is not None:
        selection["priority"] = priority
    with connected(context) as scale:
        print_details(scale.jobs.requeue(selection), output)


@app.command()
def logs(
    context: typer.Context,
    job_id: JobId,
    follow: Annotated[bool, typer.Option("--follow", help="Print what is added, until the job is over.")] = False,
    log: Annotated[str, typer.Option(help="stdout, stderr or combined.")] = "combined",
    number: Annotated[
        int | None, typer.Option("--try", help="The number of a try; the last one by default.")
    ] = None,
) -> None:
    """Print what the service has of the logs of a job: the last 65,536 characters of each."""
    with connected(context) as scale:
        if follow:
            follow_logs(scale, job_id)
        else:
            print_log(scale, job_id, number, log)


def _filters(
    status: list[str] | None,
    job_type: list[str] | None,
    version: list[str] | None,
    error: list[str] | None,
    node: list[str] | None,
    started: str | None,
    ended: str | None,
) -> dict[str, Any]:
    """Return the filters of the API that were given."""
    named = {
        "status": status,
        "job_type_name": job_type,
        "job_type_version": version,
        "error_name": error,
        "node": node,
        "started": started,
        "ended": ended,
    }
    return {name: value for name, value in named.items() if value}


def _selection(verb: str, job_ids: list[int] | None, filters: dict[str, Any], *, yes: bool) -> dict[str, Any]:
    """Return the body that chooses jobs, after a question about those that filters choose."""
    if not job_ids and not filters:
        raise CommandError("Which jobs? Name their ids, or give filters.")
    if job_ids:
        return {**filters, "job_id": job_ids}
    confirm(f"{verb} all jobs that pass the filters?", yes=yes)
    return filters
