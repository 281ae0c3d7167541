"""``scale files``: look at files, and register what lies in a workspace."""

import hashlib
import os
import sys
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from client.cli.scale.completion import workspace_names
from client.cli.scale.output import print_details, print_rows
from client.cli.scale.session import REFUSED, CommandError, Output, OutputOption, connected, print_findings
from client.errors import Invalid
from client.models import Finding, RegisteredFile

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Look at files, and register what lies in a workspace.",
)
_COLUMNS = ("id", "file_name", "media_type", "file_size", "workspace.name", "file_path", "job.id", "is_deleted")
_REGISTERED_COLUMNS = ("id", "file_path", "media_type", "file_size", "sha256")
# The bytes that are read at once.
_BLOCK = 1 << 20


@app.command("list")
def list_files(
    context: typer.Context,
    name: Annotated[list[str] | None, typer.Option(help="The name of a file; may repeat.")] = None,
    workspace: Annotated[
        list[str] | None,
        typer.Option(help="The name of a workspace; may repeat.", autocompletion=workspace_names),
    ] = None,
    job: Annotated[list[int] | None, typer.Option(help="The id of the job that made it; may repeat.")] = None,
    job_output: Annotated[
        list[str] | None, typer.Option("--job-output", help="The output that it is of; may repeat.")
    ] = None,
    started: Annotated[
        str | None, typer.Option(help="Changed since: a time, or a duration before now, such as P1D.")
    ] = None,
    ended: Annotated[str | None, typer.Option(help="Changed until.")] = None,
    deleted: Annotated[
        bool | None, typer.Option("--deleted/--not-deleted", help="Only files that are gone, or that are there.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    output: OutputOption = Output.TABLE,
) -> None:
    """List files, the latest change first."""
    named = {
        "file_name": name,
        "workspace": workspace,
        "job_id": job,
        "job_output": job_output,
        "started": started,
        "ended": ended,
        "is_deleted": deleted,
    }
    filters: dict[str, Any] = {name: value for name, value in named.items() if value not in (None, [])}
    with connected(context) as scale:
        rows = scale.files.list(**filters, page_size=min(limit, 1000))
        print_rows(islice(rows, limit), _COLUMNS, output)


@app.command()
def show(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="ID", help="The id or the UUID of the file.")],
    output: OutputOption = Output.TABLE,
) -> None:
    """Show a file, with what is known of what it holds."""
    with connected(context) as scale:
        print_details(scale.files.show(file), output)


@app.command()
def register(
    context: typer.Context,
    workspace: Annotated[
        str,
        typer.Argument(metavar="WORKSPACE", help="The name of the workspace.", autocompletion=workspace_names),
    ],
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="The files, or folders with all files below them.")
    ],
    root: Annotated[
        Path, typer.Option(help="The folder that is the root of the workspace, as this machine sees it.")
    ],
    media_type: Annotated[
        str | None, typer.Option(help="The media type of all; by default that of each extension.")
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Register files that lie in a workspace, with their sizes and digests.

    Nothing is copied. A file that is registered already is left as it is, so that the command may be run again.
    """
    places = {_path_in(root, path): path for path in _files_of(paths)}
    registered: list[RegisteredFile] = []
    refused = 0
    with connected(context) as scale:
        known = {"workspace": scale.workspaces.show(workspace).name}
        if media_type is not None:
            known["media_type"] = media_type
        try:
            for file_path, path in _with_progress(places.items()):
                try:
                    file = scale.files.register({**known, "file_path": file_path, **_measured(path)})
                except Invalid as error:
                    refused += 1
                    _print_for(path, "error", error.errors)
                except (OSError, UnicodeEncodeError) as error:
                    refused += 1
                    _print_for(path, "error", [_finding_of(error)])
                else:
                    _print_for(path, "warning", file.warnings)
                    registered.append(file)
        finally:
            # Whatever ended it, these are registered.
            print_rows(registered, _REGISTERED_COLUMNS, output)
    if refused:
        print(f"{refused} of {len(places)} files were refused.", file=sys.stderr)
        raise typer.Exit(REFUSED)


def _files_of(paths: list[Path]) -> Iterator[Path]:
    """Yield the files among ``paths`` and below the folders among them, those in the order of their names."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from (file for name in sorted(names) if (file := Path(folder) / name).is_file())


def _path_in(root: Path, path: Path) -> str:
    """Return the path of a file from the root of the workspace; a link stands for the file that it leads to.

    Raises CommandError if there is no such file, or if it lies elsewhere.
    """
    if not path.is_file():
        raise CommandError(f"{path}: there is no such file.")
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        raise CommandError(f"{path}: does not lie below {root}, the root of the workspace.") from None


def _measured(path: Path) -> dict[str, Any]:
    """Return the size in bytes of a file, and its digest."""
    size, digest = 0, hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            digest.update(block)
    return {"file_size": size, "sha256": digest.hexdigest()}


def _finding_of(error: OSError | UnicodeEncodeError) -> Finding:
    """Return what is wrong with a file that cannot be read, or whose name is no text."""
    if isinstance(error, OSError):
        return Finding(name="UNREADABLE_FILE", description=f"cannot be read: {error.strerror}.", path="")
    return Finding(name="INVALID_FIELD", description="its name is not UTF-8; rename it.", path="")


def _with_progress(files: Collection[tuple[str, Path]]) -> Iterator[tuple[str, Path]]:
    """Yield ``files``, and show how far that is where there is a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    quiet = not console.is_terminal
    yield from track(files, "Registering", total=len(files), console=console, transient=True, disable=quiet)


def _print_for(path: Path, kind: str, findings: list[Finding]) -> None:
    """Print findings on the registration of one file."""
    print_findings(
        kind,
        [finding.model_copy(update={"description": f"{path}: {finding.description}"}) for finding in findings],
    )
