"""``seed run IMAGE``: runs a Seed image on this machine as its manifest says."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

EPILOG = (
    "Exit code: 0 done; 1 the image failed; 2 refused before it was started; 3 the engine failed, or has no such "
    "image; 4 timeout; 5 outputs missing or wrong; 6 more memory or disk than it may have; 130 and 143 stopped by "
    "Ctrl-C and SIGTERM."
)


class Format(StrEnum):
    """How the result is shown."""

    TEXT = "text"
    JSON = "json"


class Pull(StrEnum):
    """When an image is got from its registry."""

    MISSING = "missing"
    ALWAYS = "always"
    NEVER = "never"


def run(
    image: Annotated[str, typer.Argument(help="the image, as docker run takes it")],
    files: Annotated[
        list[str] | None,
        typer.Option(
            "--input", "-i", metavar="NAME=FILE", help="an input file; several, or a folder, for 'multiple'"
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--json", "-j", metavar="NAME=JSON", help="a JSON input; @FILE to read it from a file"),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--setting", "-e", metavar="NAME[=VALUE]", help="a setting; NAME alone is in the environment"),
    ] = None,
    setting_files: Annotated[
        list[str] | None, typer.Option("--env-file", metavar="FILE", help="settings, a line NAME=VALUE each")
    ] = None,
    secrets: Annotated[
        list[str] | None, typer.Option("--secret", metavar="NAME=FILE", help="a setting whose value is in a file")
    ] = None,
    mounts: Annotated[
        list[str] | None, typer.Option("--mount", "-m", metavar="NAME=PATH", help="the host path of a mount")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="an empty or new folder for the outputs"),
    ] = None,
    manifest_file: Annotated[
        Path | None, typer.Option("--manifest", metavar="FILE", help="a manifest in place of that of the image")
    ] = None,
    engine_url: Annotated[
        str | None,
        typer.Option(
            "--engine",
            "--host",
            metavar="URL",
            help="the socket of Docker or Podman; else DOCKER_HOST, or what runs",
        ),
    ] = None,
    pull: Annotated[Pull, typer.Option(help="when to get the image from its registry")] = Pull.MISSING,
    network: Annotated[str, typer.Option(metavar="NAME", help="a network of the engine, such as bridge")] = "none",
    user: Annotated[str, typer.Option(metavar="UID[:GID]", help="the user in the container")] = "",
    timeout: Annotated[
        float | None, typer.Option(min=0, metavar="SECONDS", help="in place of the manifest's; 0 for none")
    ] = None,
    cpus: Annotated[float | None, typer.Option(min=0.01, help="in place of the manifest's")] = None,
    mem: Annotated[float | None, typer.Option(min=8, metavar="MIB", help="in place of the manifest's")] = None,
    disk: Annotated[float | None, typer.Option(min=0, metavar="MIB", help="in place of the manifest's")] = None,
    gpus: Annotated[float | None, typer.Option(min=0, help="in place of the manifest's")] = None,
    pids: Annotated[
        int | None, typer.Option(min=1, help="how many processes and threads it may have, instead of 1024")
    ] = None,
    writable_root: Annotated[
        bool, typer.Option("--writable-root", help="let it write outside of OUTPUT_DIR and /tmp")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="do not remove the container, to look at it")] = False,
    log_limit: Annotated[
        float, typer.Option(min=0, metavar="MIB", help="how much of its output is shown, of stdout and stderr each")
    ] = 64,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what would be run")] = False,
    output_format: Annotated[Format, typer.Option("--format", help="how to show the result")] = Format.TEXT,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="show neither its output nor progress")] = False,
) -> None:
    """Run a Seed image as its manifest says, without network, rights or more than it asks for.

    What the image prints goes to stdout and stderr. What this command says goes to stderr, and its result as JSON,
    where that is asked for, to stdout.
    """
    # They are slow to import, and help does without them.
    from client.cli.seed.run_arguments import Texts
    from client.cli.seed.run_console import Console
    from client.cli.seed.run_request import Request
    from client.cli.seed.run_session import run_request
    from seed.run.plan import PIDS, Options

    console = Console(is_json=output_format == Format.JSON, is_quiet=quiet, most_bytes=int(log_limit * 2**20))
    resources = {"cpus": cpus, "mem": mem, "disk": disk, "gpus": gpus}
    options = Options(
        network=network,
        timeout=timeout,
        resources={name: amount for name, amount in resources.items() if amount is not None},
        pids=pids or PIDS,
        writable_root=writable_root,
    )
    texts = Texts(files or (), values or (), settings or (), setting_files or (), secrets or (), mounts or ())
    request = Request(image, texts, output, manifest_file, engine_url, pull, user, options, keep, dry_run)
    raise typer.Exit(run_request(request, console))
