"""``scale apply``: make the service as a folder in source control describes it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from client import Scale
from client.cli.scale.folder import Folder, read_folder
from client.cli.scale.output import print_rows
from client.cli.scale.plan import (
    Action,
    Change,
    Revisions,
    carry_out,
    in_order,
    plan_job_type,
    plan_pruning,
    plan_recipe_type,
    predicted,
)
from client.cli.scale.session import Output, OutputOption, YesOption, confirm, connected, print_findings

_COLUMNS = ("action", "kind", "name", "version", "changes")


def apply(
    context: typer.Context,
    directory: Annotated[Path, typer.Option("--file", "-f", help="The folder.", metavar="DIR")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, and change nothing.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Deprecate the job types that the folder has not.")
    ] = False,
    rotate: Annotated[bool, typer.Option("--secrets", help="Send all secrets again, also unchanged ones.")] = False,
    yes: YesOption = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make the service as a folder describes it: register what is new, edit what differs.

    The plan is shown first. What the folder does not mention stays as it is, unless --prune. Applying a folder
    again changes nothing. Everything is checked before anything is written.
    """
    folder = read_folder(directory)
    with connected(context) as scale:
        changes = _plan(scale, folder, rotate=rotate)
        pruned = list(plan_pruning(scale, folder)) if prune else []
        print_rows([change.as_row() for change in (*changes, *pruned)], _COLUMNS, output)
        if dry_run:
            return
        if pruned:
            confirm(f"Deprecate {len(pruned)} job types, and the recipe types that hold them?", yes=yes)
        for change in changes:
            if change.kind == "job type":
                _do(scale, change)
        # Following their members has changed recipe types meanwhile, and their tags.
        known: Revisions = {}
        for wanted in in_order(folder.recipe_types):
            _do(scale, plan_recipe_type(scale, wanted, {}, known))
        for change in pruned:
            _do(scale, change)


def _plan(scale: Scale, folder: Folder, *, rotate: bool) -> list[Change]:
    changes = [plan_job_type(scale, wanted, rotate=rotate) for wanted in folder.job_types]
    current: Revisions = {}
    for change in changes:
        if change.action is Action.EDIT and change.version is not None and folder.recipe_types:
            shown = scale.job_types.show(change.name, change.version)
            current[change.name, change.version] = shown.revision_num or 1
    known: Revisions = {}
    for wanted in in_order(folder.recipe_types):
        changes.append(plan_recipe_type(scale, wanted, predicted(changes, current), known))
    return changes


def _do(scale: Scale, change: Change) -> None:
    if change.action is Action.NOTHING:
        return
    warnings = carry_out(scale, change)
    done = " ".join(part for part in (f"{change.action}:", change.kind, change.name, change.version) if part)
    print(done, file=sys.stderr)
    print_findings("warning", warnings)
