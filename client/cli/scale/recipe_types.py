"""``scale recipe-types``: look at recipe types, deprecate them, and export them."""

from pathlib import Path
from typing import Annotated

import typer

from client.cli.scale.completion import recipe_type_names
from client.cli.scale.export import export_recipe_type
from client.cli.scale.output import print_details, print_rows
from client.cli.scale.session import Output, OutputOption, connected, print_findings

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Look at recipe types, deprecate and export them."
)
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The name of the recipe type.", autocompletion=recipe_type_names)
]
_COLUMNS = ("name", "title", "revision_num", "is_active")


@app.command("list")
def list_recipe_types(
    context: typer.Context,
    keyword: Annotated[list[str] | None, typer.Option(help="A part of the name; may repeat.")] = None,
    active: Annotated[
        bool | None, typer.Option("--active/--deprecated", help="Only these; by default both.")
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List all recipe types."""
    with connected(context) as scale:
        rows = scale.recipe_types.list(keyword=keyword, is_active=active, order="name", page_size=1000)
        print_rows(rows, _COLUMNS, output)


@app.command()
def show(context: typer.Context, name: Name, output: OutputOption = Output.TABLE) -> None:
    """Show a recipe type, with its definition."""
    with connected(context) as scale:
        shown = scale.recipe_types.show(name)
    if output is Output.TABLE:
        members = ("name", "title", "description", "is_active", "revision_num", "last_modified", "definition")
        print_details({member: shown.model_dump(mode="json")[member] for member in members}, output)
    else:
        print_details(shown, output)


@app.command()
def deprecate(context: typer.Context, name: Name, output: OutputOption = Output.TABLE) -> None:
    """Deprecate a recipe type."""
    with connected(context) as scale:
        edited = scale.recipe_types.edit(name, {"is_active": False})
    print_findings("warning", edited.warnings)
    shown = {"name": edited.name, "revision_num": edited.revision_num}
    print_details(shown if output is Output.TABLE else edited, output)


@app.command()
def export(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="The name; all by default.", autocompletion=recipe_type_names),
    ] = None,
    directory: Annotated[Path, typer.Option("--to", help="The folder.", metavar="DIR")] = Path(),
) -> None:
    """Write active recipe types into a folder, as scale apply reads them: DIR/NAME/recipe-type.yaml."""
    with connected(context) as scale:
        rows = scale.recipe_types.list(is_active=True, page_size=1000)
        for one in [row.name for row in rows] if name is None else [name]:
            print(export_recipe_type(scale.recipe_types.show(one), directory))
