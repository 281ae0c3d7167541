"""The wheel of ``make dist``, installed in a fresh environment outside of the checkout, and its commands."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import client

ROOT = Path(client.__file__).parent.parent
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def leftovers() -> set[Path]:
    return {*ROOT.glob("build"), *ROOT.glob("*.egg-info"), *ROOT.glob("*/*.egg-info")}


def install(folder: Path) -> Path:
    """Install the wheel and what it needs in a new environment. Return the folder with its commands."""
    before = leftovers()
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    assert leftovers() == before
    (wheel,) = folder.glob("*.whl")
    assert wheel.name == f"scale_job_types-{VERSION}-py3-none-any.whl"
    subprocess.run([sys.executable, "-m", "venv", folder / "environment"], check=True)
    bin_folder = folder / "environment" / "bin"
    subprocess.run([bin_folder / "python", *pip[1:], "install", wheel], check=True)
    return bin_folder


def run(
    command: Path, *arguments: str, folder: Path, stdin: str = "", variables: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Run a command in ``folder``, without what this environment says of Python, and of engines."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    finished = subprocess.run(
        [command, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**environment, **(variables or {})},
        check=False,
    )
    return finished.returncode, finished.stdout, finished.stderr
