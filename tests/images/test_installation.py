"""The wheel of ``make dist``, installed in a fresh environment outside of the checkout."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import client

ROOT = Path(client.__file__).parent.parent
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def leftovers() -> set[Path]:
    return {*ROOT.glob("build"), *ROOT.glob("*.egg-info"), *ROOT.glob("*/*.egg-info")}


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder with the commands of an environment in which only the wheel and what it needs are installed."""
    folder = tmp_path_factory.mktemp("installation")
    before = leftovers()
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    assert leftovers() == before
    (wheel,) = folder.glob("*.whl")
    assert wheel.name == f"scale_job_types-{VERSION}-py3-none-any.whl"
    subprocess.run([sys.executable, "-m", "venv", folder / "environment"], check=True)
    bin_folder = folder / "environment" / "bin"
    subprocess.run([bin_folder / "python", *pip[1:], "install", wheel], check=True)
    yield bin_folder
    shutil.rmtree(folder)


def run(command: Path, *arguments: str, folder: Path, stdin: str = "") -> tuple[int, str, str]:
    # Without what this environment says of Python, and of engines.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    finished = subprocess.run(
        [command, *arguments], input=stdin, capture_output=True, text=True, cwd=folder, env=environment, check=False
    )
    return finished.returncode, finished.stdout, finished.stderr


def test_both_commands_say_their_version(commands: Path, tmp_path: Path) -> None:
    assert run(commands / "seed", "--version", folder=tmp_path) == (0, f"{VERSION}\n", "")
    assert run(commands / "scale", "--version", folder=tmp_path) == (0, f"{VERSION}\n", "")


def test_everything_that_is_needed_is_installed_and_no_django(commands: Path, tmp_path: Path) -> None:
    assert run(commands / "pip", "check", folder=tmp_path) == (0, "No broken requirements found.\n", "")
    code = "import client, importlib, pkgutil, seed\n" + (
        "for package in (client, seed):\n"
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(found.name)\n"
        "print(client.__file__)"
    )
    status, output, message = run(commands / "python", "-c", code, folder=tmp_path)
    assert (status, message) == (0, "")
    assert Path(output.strip()).is_relative_to(commands.parent)
    assert run(commands / "python", "-c", "import django", folder=tmp_path)[0] == 1


def test_a_developer_begins_checks_and_labels_a_manifest(commands: Path, tmp_path: Path) -> None:
    seed = commands / "seed"
    assert run(seed, "init", folder=tmp_path)[0] == 0
    valid = (0, "valid; errors: 0, warnings: 0\n", "")
    assert run(seed, "validate", "seed.manifest.json", folder=tmp_path) == valid
    status, label, message = run(seed, "label", "seed.manifest.json", "--format", "value", folder=tmp_path)
    assert (status, message) == (0, "")
    inspected = json.dumps([{"Config": {"Labels": {"com.ngageoint.seed.manifest": label}}}])
    status, output, message = run(seed, "validate", "--json", "-", folder=tmp_path, stdin=inspected)
    assert (status, json.loads(output), message) == (0, {"is_valid": True, "errors": [], "warnings": []}, "")
    assert run(seed, "validate", "absent", folder=tmp_path) == (
        2,
        "",
        "absent: no such file, and no image that can be read: the engine at unix:///nowhere/docker.sock gives no "
        "answer (No such file or directory); it names no registry that could be asked, as docker.io/… would\n",
    )
