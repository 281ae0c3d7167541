"""``python -m tests.contract``: test a running service against its own API document, with schemathesis.

DATABASE_URL must name an empty PostgreSQL database (``python -m tests.postgres`` makes one). It is filled with the
demo data and two recipe types, and served with gunicorn; every operation gets generated requests of an operator.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.standalone import set_up

CONFIGURATION = Path(__file__).parent / "schemathesis.toml"


def fill() -> None:
    """Create rows for every list."""
    from django.core.management import call_command

    from core.actors import Actor, Source, acting
    from tests.factories import make_job_type
    from tests.recipes.factories import job_node, make_recipe, recipe_node

    call_command("load_demo")
    with acting(Actor("operator", Source.COMMAND, command="tests.contract")):
        make_job_type("simple")
        make_recipe("inner", {"nodes": {"only": job_node("simple")}})
        make_recipe("outer", {"nodes": {"only": recipe_node("inner")}})


def main(examples: int, arguments: list[str]) -> int:
    """Run schemathesis with at least ``examples`` for each operation and return its exit status."""
    # Reads need an account then, as the document says.
    token = set_up(PUBLIC_READ_API="false")
    from tests.load.server import ROOT, Server

    fill()
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        command = [
            str(Path(sys.executable).parent / "schemathesis"),
            f"--config-file={CONFIGURATION}",
            "run",
            f"http://127.0.0.1:{server.port}/v6/schema/",
            f"--header=Authorization: Token {token}",
            f"--max-examples={examples}",
            *arguments,
        ]
        status = subprocess.call(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)})
        log = server.log.read_text()
        if "Traceback" in log:
            sys.stdout.write(log[-20_000:])
            return 1
        return status


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="for each operation; 100 by default")
    options, others = parser.parse_known_args()
    sys.exit(main(options.examples, others))
