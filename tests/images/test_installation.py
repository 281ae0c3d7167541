"""The wheel of ``make dist``, installed in a fresh environment outside of the checkout."""

import json
from pathlib import Path

from tests.images.installed import VERSION, run


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
