"""``seed init``: write an example manifest to start from, and what its members mean."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

FILE_NAME = "seed.manifest.json"

EPILOG = "Exit code: 0 written, 2 wrong usage, or a file that exists or cannot be written."

_GUIDE = """# The members of `{name}`

This is the manifest that `seed init` wrote, with comments. JSON has none, so that they are not in `{name}` itself.
Nothing reads this file: remove it whenever you like.

```jsonc
{example}```
"""


def init(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="[DIRECTORY|FILE]",
            help=f"Where to write it: a directory, in which it is {FILE_NAME}, or a file whose name ends in .json.",
        ),
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")] = False,
) -> None:
    """Write an example manifest to start from.

    It is valid, and has each member that there is: remove what you do not need. A Markdown file of the same name
    explains the members.
    """
    raise typer.Exit(_init(path, force))


def _init(path: Path, force: bool) -> int:
    file = path / FILE_NAME if path.is_dir() else path
    if file.suffix != ".json":
        print(f"{path}: no directory, and no name of a file that ends in .json", file=sys.stderr)
        return 2
    guide = file.with_suffix(".md")
    commented = Path(__file__).with_name("templates").joinpath("seed.manifest.jsonc").read_text("utf-8")
    lines = commented.splitlines(keepends=True)
    texts = {
        file: "".join(line for line in lines if not line.lstrip().startswith("//")),
        guide: _GUIDE.format(name=file.name, example=commented),
    }
    if not force and (there := [str(each) for each in texts if each.exists()]):
        verb = "exists" if len(there) == 1 else "exist"
        print(f"{' and '.join(there)} {verb} already; --force would overwrite", file=sys.stderr)
        return 2
    try:
        for each, text in texts.items():
            each.write_text(text, "utf-8")
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    print(f"{file}: the manifest, to edit\n{guide}: what its members mean")
    print(f"Then: seed validate {shlex.quote(str(file))}")
    return 0
