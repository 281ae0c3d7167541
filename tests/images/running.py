"""``seed run`` in a process of its own, and what it left behind."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.images.build import build_image
from tests.images.engines import PATIENCE, Engine
from tests.seed.factories import minimal_manifest

ROOT = Path(__file__).parent.parent.parent
SEED = "import sys; from client.cli.seed import main; sys.exit(main())"
# As another account, which may still read this interpreter wherever root has it.
AS_1000 = (
    *("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
)
RESOURCES = {"cpus": 1.0, "mem": 64.0, "disk": 8.0}


@dataclass(frozen=True)
class Ran:
    """What a run came to: its exit code, the result, what the image and the command printed, and the outputs."""

    code: int
    result: dict[str, Any]
    printed: str
    folder: Path

    @property
    def errors(self) -> list[tuple[str, str]]:
        """The name and the description of each error."""
        return [(finding["name"], finding["description"]) for finding in self.result["findings"]["errors"]]

    def text(self, name: str = "out.txt") -> str:
        """Return the text of an output file."""
        return (self.folder / name).read_text(encoding="utf-8")


class Desk:
    """Where a developer builds and runs images with one engine; no run leaves a container there."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.images = 0
        self.runs = 0

    def file(self, name: str, text: str = "") -> Path:
        """Write a file that anyone may read."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def image(
        self,
        script: str | None = None,
        *,
        resources: Mapping[str, float] = RESOURCES,
        job: Mapping[str, Any] | None = None,
        build: Mapping[str, Any] | None = None,
        **interface: Any,
    ) -> str:
        """Build an image whose command is a script of busybox's shell, or the ``command`` of ``interface``."""
        self.images += 1
        if script is not None:
            interface["command"] = "sh -c '{}'".format(script.replace("'", "'\\''"))
        scalars = [{"name": name, "value": value} for name, value in resources.items()]
        members = {"timeout": 120, "resources": {"scalar": scalars}, "interface": interface, **(job or {})}
        tag = f"desk-{self.images}:{self.engine.name}"
        return build_image(self.engine, tag, minimal_manifest(**members), **(build or {}))

    def run(
        self,
        image: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
        during: Callable[[subprocess.Popen[bytes]], None] | None = None,
        leaves: int = 0,
    ) -> Ran:
        """Run an image and wait for it; ``during`` may do something meanwhile."""
        self.runs += 1
        output = self.folder / f"outputs-{self.runs}"
        command = [
            *before,
            sys.executable,
            "-c",
            SEED,
            "run",
            image,
            "--format",
            "json",
            "-o",
            str(output),
            *arguments,
        ]
        process = subprocess.Popen(
            [*command, "--engine", self.engine.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **(environment or {})},
        )
        if during:
            threading.Thread(target=during, args=[process], daemon=True).start()
        stdout, stderr = process.communicate(timeout=PATIENCE)
        printed = stderr.decode(errors="replace")
        assert stdout, printed
        assert len(self.containers()) == leaves, printed
        return Ran(process.returncode, json.loads(stdout), printed, output)

    def containers(self) -> Sequence[Any]:
        """Return all containers of the engine."""
        return self.engine.containers()


def outputs(*patterns: str, **members: Any) -> dict[str, Any]:
    """Return the outputs of an interface: a file for each pattern, called ``OUT``, ``OUT1`` …"""
    files = [{"name": f"OUT{index or ''}", "pattern": pattern, **members} for index, pattern in enumerate(patterns)]
    return {"files": files}
