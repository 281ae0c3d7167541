"""``scale publish``: register an image of a registry, whose label has the manifest."""

from pathlib import Path
from typing import Annotated, Any

import typer

from client.cli.scale.folder import JOB_TYPE_FIELDS, read_fields, references_of, with_settings
from client.cli.scale.job_types import print_edited
from client.cli.scale.output import print_details
from client.cli.scale.session import REFUSED, Output, OutputOption, connected, environment_of, print_findings


def publish(
    context: typer.Context,
    image: Annotated[
        str, typer.Argument(metavar="IMAGE", help="Such as registry.example.com/team/x-1.0.0-seed:1.0.0.")
    ],
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="A job-type.yaml with the other fields, as for apply.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is found, and change nothing.")] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Register an image by the manifest in its label, or edit the job type that has its name and version.

    The service reads the label from the registry, and pins the image by its digest.
    """
    body = _fields(file) if file else {}
    with connected(context) as scale:
        if dry_run:
            report = scale.job_types.validate_image(image, body)
            print_findings("error", report.errors)
            print_findings("warning", report.warnings)
            print_details({"is_valid": report.is_valid} if output is Output.TABLE else report, output)
            raise typer.Exit(0 if report.is_valid else REFUSED)
        print_edited(scale.job_types.import_image(image, body), output)


def _fields(file: Path) -> dict[str, Any]:
    fields = read_fields(file, JOB_TYPE_FIELDS)
    # The image is the one of the command; the service checks which settings are secret.
    fields.pop("docker_image", None)
    values = environment_of(references_of(file, fields, None))
    if "configuration" in fields:
        fields["configuration"] = with_settings(fields["configuration"], values)
    return fields
