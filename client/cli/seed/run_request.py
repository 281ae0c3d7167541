"""What ``seed run`` is asked for."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from client.cli.seed.run_arguments import Texts
from seed.run.plan import Options


class Format(StrEnum):
    """How the result is shown."""

    TEXT = "text"
    JSON = "json"


class Pull(StrEnum):
    """When an image is got from its registry."""

    MISSING = "missing"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True)
class Request:
    """What the command was asked for."""

    image: str
    texts: Texts
    output: Path | None
    manifest_file: Path | None
    engine_url: str | None
    pull: Pull
    user: str
    options: Options
    keep: bool
    dry_run: bool
