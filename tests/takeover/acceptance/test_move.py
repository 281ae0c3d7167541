"""The commands of docs/migrating.md for the day of the move, run as they are printed."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.takeover.replay import TOKEN, Replay

PAGE = Path(__file__).parents[3] / "docs" / "migrating.md"
COMMAND = re.compile(r"^ +python manage\.py (.+)$", re.MULTILINE)


def test_the_commands_of_the_day_of_the_move_end_without_an_error(
    server: Replay, installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("token.txt").write_text(f"{TOKEN}\n", encoding="utf-8")
    commands = COMMAND.findall(PAGE.read_text(encoding="utf-8"))
    assert [command.split()[0] for command in commands] == [
        *("import_scale", "import_scale", "compare_scale"),
        *("import_scale", "compare_scale"),
    ]
    for command in commands:
        call_command(*shlex.split(command.replace("$OLD", server.url)))
    assert Path("ids.csv").read_text(encoding="utf-8").startswith("kind,source_id,object_id\n")
