"""``scale job-types``: look at job types, pause, resume and deprecate them, and export them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from client import models
from client.cli.scale.completion import job_type_names, job_type_versions
from client.cli.scale.export import export_job_type
from client.cli.scale.output import document_of, print_details, print_rows
from client.cli.scale.session import Output, OutputOption, Refused, connected, print_findings
from seed.wording import printable

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Look at job types, pause, resume, deprecate and export them."
)
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The name of the job type.", autocompletion=job_type_names)
]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="Its version.", autocompletion=job_type_versions)]
_COLUMNS = ("name", "version", "title", "revision_num", "docker_image", "is_active", "is_paused")


@app.command("list")
def list_job_types(
    context: typer.Context,
    keyword: Annotated[list[str] | None, typer.Option(help="A part of the name or of a tag; may repeat.")] = None,
    active: Annotated[
        bool | None, typer.Option("--active/--deprecated", help="Only these; by default both.")
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List all versions of all job types."""
    with connected(context) as scale:
        rows = scale.job_types.list(keyword=keyword, is_active=active, order=["name", "version"], page_size=1000)
        print_rows(rows, _COLUMNS, output)


@app.command()
def show(context: typer.Context, name: Name, version: Version, output: OutputOption = Output.TABLE) -> None:
    """Show a job type, with its manifest and its configuration, without secrets."""
    with connected(context) as scale:
        print_details(scale.job_types.show(name, version), output)


@app.command()
def diff(
    context: typer.Context,
    name: Name,
    version: Version,
    from_revision: Annotated[int | None, typer.Option("--from", help="The older revision.")] = None,
    to_revision: Annotated[int | None, typer.Option("--to", help="The newer revision.")] = None,
    from_version: Annotated[str | None, typer.Option(help="The version that the older revision is of.")] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show what differs between two revisions, or between two versions, and what it means to recipes."""
    with connected(context) as scale:
        shown = scale.job_types.diff(
            name, version, from_revision=from_revision, to_revision=to_revision, from_version=from_version
        )
    if output is not Output.TABLE:
        print_details(shown, output)
        return
    rows = [{**document_of(one), "path": one.new_path or one.old_path} for one in shown.changes]
    print_rows(rows, ("kind", "path", "old", "new"), output)
    for change in shown.interface:
        print(printable(change.description))
    for recipe_type in shown.recipe_types:
        reasons = "; ".join(reason.description for reason in recipe_type.reasons)
        fate = f"breaks: {reasons}" if reasons else "goes on as it is"
        print(printable(f"The recipe type {recipe_type.name} {fate}."))


@app.command()
def pause(context: typer.Context, name: Name, version: Version, output: OutputOption = Output.TABLE) -> None:
    """Hand out no more jobs of a job type."""
    _edit(context, name, version, {"is_paused": True}, output)


@app.command()
def resume(context: typer.Context, name: Name, version: Version, output: OutputOption = Output.TABLE) -> None:
    """Hand out jobs of a job type again."""
    _edit(context, name, version, {"is_paused": False}, output)


@app.command()
def deprecate(context: typer.Context, name: Name, version: Version, output: OutputOption = Output.TABLE) -> None:
    """Let no more jobs of a job type be made; the recipe types that hold it are deprecated, too."""
    _edit(context, name, version, {"is_active": False}, output)


@app.command()
def export(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="The name; all by default.", autocompletion=job_type_names),
    ] = None,
    version: Annotated[
        str | None,
        typer.Argument(metavar="[VERSION]", help="Its version; all by default.", autocompletion=job_type_versions),
    ] = None,
    directory: Annotated[Path, typer.Option("--to", help="The folder.", metavar="DIR")] = Path(),
) -> None:
    """Write active job types into a folder, as scale apply reads them: DIR/NAME/VERSION.

    Secrets, which the service does not show, become references to environment variables.
    """
    with connected(context) as scale:
        rows = scale.job_types.list(is_active=True, is_system=False, page_size=1000)
        keys = [(row.name, row.version) for row in rows] if name is None or version is None else [(name, version)]
        chosen = [key for key in keys if name in (None, key[0])]
        if name is not None and not chosen:
            raise Refused(f"There is no active job type {name}.")
        for one, its_version in chosen:
            print(export_job_type(scale.job_types.show(one, its_version), directory))


def _edit(context: typer.Context, name: str, version: str, body: dict[str, Any], output: Output) -> None:
    with connected(context) as scale:
        edited = scale.job_types.edit(name, version, body)
        print_edited(edited, output)


def print_edited(edited: models.Edited | models.Registered, output: Output) -> None:
    """Print what became of a job type, and its warnings on standard error."""
    print_findings("warning", edited.warnings)
    shown = {"name": edited.name, "version": edited.version, "revision_num": edited.revision_num}
    print_details(shown if output is Output.TABLE else edited, output)
