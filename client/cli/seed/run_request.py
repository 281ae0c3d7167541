"""What ``seed run`` is asked for."""

from dataclasses import dataclass
from pathlib import Path

from client.cli.seed.run import Pull
from client.cli.seed.run_arguments import Texts
from seed.run.plan import Options


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
