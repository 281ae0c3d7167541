"""Results on standard output: tables for people, without colors in pipes, and JSON and YAML for programs."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from client.base import Model
from client.cli.scale.session import Output
from seed.wording import printable

# A table in a pipe is not cut at the width of a terminal that is not there.
_WIDTH_OF_PIPES = 10_000


def print_rows(rows: Iterable[Model | Mapping[str, Any]], columns: Sequence[str], output: Output) -> None:
    """Print rows: all of their members as JSON or YAML, or ``columns`` (dots lead into members) as a table."""
    documents = [document_of(row) for row in rows]
    if output is not Output.TABLE:
        print_document(documents, output)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.split(".")[0] if column.endswith((".name", ".title")) else column, overflow="fold")
    for document in documents:
        table.add_row(*(_cell(_member(document, column)) for column in columns))
    _print(table)


def print_details(row: Model | Mapping[str, Any], output: Output) -> None:
    """Print one thing: as JSON or YAML, or as a table of its members, documents in them as YAML."""
    document = document_of(row)
    if output is not Output.TABLE:
        print_document(document, output)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in document.items():
        if value is not None and value != [] and value != {}:
            table.add_row(Text(name), _cell(value))
    _print(table)


def print_document(document: object, output: Output) -> None:
    """Print any JSON value as JSON or YAML."""
    if output is Output.YAML:
        sys.stdout.write(as_yaml(document))
    else:
        print(json.dumps(document, indent=2, ensure_ascii=False))


def as_yaml(document: object) -> str:
    """Return YAML with the members in their order."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=116)


def _print(table: Table) -> None:
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_OF_PIPES, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


def document_of(row: Model | Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object of a row."""
    return row.model_dump(mode="json") if isinstance(row, Model) else dict(row)


def _member(document: Mapping[str, Any], column: str) -> object:
    value: object = document
    for name in column.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _cell(value: object) -> Text:
    match value:
        case None | []:
            text = "-"
        case bool():
            text = "yes" if value else "no"
        case list() if not any(isinstance(one, dict | list) for one in value):
            text = ", ".join(map(str, value))
        case dict() | list():
            text = as_yaml(value).rstrip()
        case _:
            text = str(value)
    # What comes from the service must not move the cursor.
    return Text("\n".join(printable(line) for line in text.split("\n")))
