"""What is installed: the dependencies in pyproject.toml, and commands without Django."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import client

ROOT = Path(client.__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def names(requirements: list[str]) -> set[str]:
    found = [re.match(r"[A-Za-z0-9._-]+", line) for line in requirements]
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}


def test_the_service_needs_what_is_tested() -> None:
    pinned = names((ROOT / "requirements.in").read_text("utf-8").splitlines())
    assert names([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["service"]]) == pinned


def test_the_commands_import_no_django_and_no_room_of_the_service() -> None:
    code = (
        "import pkgutil, sys, importlib, client, seed\n"
        "for package in (client, seed):\n"
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(found.name)\n"
        "rooms = {'django', 'rest_framework', 'psycopg2', 'core', 'job_types', 'jobs', 'pages', 'scale'}\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in rooms))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert finished.stdout == "[]\n"


def test_help_and_completion_import_nothing_that_is_slow() -> None:
    code = (
        "import sys; from client.cli import seed; seed.main(['--help'])\n"
        "print(sorted({'docker', 'httpx', 'jsonschema', 'pydantic', 'rich'} & set(sys.modules)))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert finished.stdout.endswith("\n[]\n")
