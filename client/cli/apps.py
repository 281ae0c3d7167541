"""What the commands ``seed`` and ``scale`` have in common: their options, their help, and how they end.

Modules of commands import what is slow to import inside of their functions, so that help and completion are quick.
"""

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer


def _show_version(is_asked: bool) -> None:
    if is_asked:
        from client.version import version

        typer.echo(version())
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version, and exit.")
]


def new_app(summary: str) -> typer.Typer:
    """Return an application without commands; its help begins with ``summary``, and it knows ``--version``.

    Help and messages are plain text, for logs and for people who search them. Tracebacks are those of Python,
    without the values of variables, which may be secrets.
    """
    app = typer.Typer(
        help=summary,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def options(version: VersionOption = False) -> None:
        pass

    return app


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Run a command with ``arguments``, or those of the process, and return its exit code.

    That is 2 for wrong usage, 130 after Ctrl-C, and what the command exits with otherwise.
    """
    for stream in (sys.stdout, sys.stderr):
        # Names may hold any character, and the terminal or pipe may not take it.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Click replaces sys.stdout once a pipe is closed, and leaves what is in its buffer.
    code, stdout = 0, sys.stdout
    try:
        try:
            app(arguments)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        # What is left in the buffer would fail when Python ends, with a traceback.
        stdout.flush()
    except BrokenPipeError:  # the reader closed the pipe, such as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
    return code
