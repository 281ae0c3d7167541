"""The table of settings: what each may be, and the line for what it may not be."""

import os
import re
import shutil
from dataclasses import fields
from pathlib import Path

import pytest

from scale.settings.environment import BASE_DIR, Environment, Production, read

KEY = "0123456789" * 5
WRONG = "nonsense / *"  # of every kind


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the table is set, and no file is read."""
    monkeypatch.setattr(os, "environ", {"ENV_FILE": ""})


def faults(table: type[Environment], **variables: str) -> list[str]:
    """Return the lines that the process ends with."""
    os.environ.update(variables)
    with pytest.raises(SystemExit) as ended:
        read(table)
    return str(ended.value).splitlines()


def test_each_setting_that_is_wrong_has_a_line_that_shows_no_value() -> None:
    names = [row.name for row in fields(Production)]
    lines = faults(Production, **dict.fromkeys(names, WRONG))
    assert [line.partition(" must be ")[0] for line in lines] == names
    assert not [line for line in lines if WRONG in line or not line.endswith(".")]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TOKEN_TTL_DAYS", "abc", "a whole number from 1 to 36500"),
        ("TOKEN_TTL_DAYS", "0", "a whole number from 1 to 36500"),
        ("LEASE_SECONDS", "86401", "a whole number from 1 to 86400"),
        ("CONN_MAX_AGE", "-1", "a whole number from 0 to 86400"),
        ("PUBLIC_READ_API", "flase", "true or false"),
        ("LOG_LEVEL", "LOUD", "one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("BIND", "127.0.0.1:80000", "HOST:PORT, a port from 1 to 65535, or unix:PATH, with commas between"),
        ("PROBE_BIND", "127.0.0.1", "HOST:PORT, with a port from 1 to 65535"),
        ("DJANGO_SETTINGS_MODULE", "scale.settings.prod", "scale.settings.embedded or scale.settings.production"),
        ("DJANGO_SETTINGS_MODULE", "a.b", "scale.settings.embedded or scale.settings.production"),
    ],
)
def test_the_line_says_what_would_be_right(name: str, value: str, words: str) -> None:
    assert faults(Environment, **{name: value}) == [f"{name} must be {words}."]


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "postgres://",
        "postgres://user:password@host",
        "postgres://host:port/name",
        "postgres://host:70000/name",
        "mysql://host/name",
        "sqlite:///",
    ],
)
def test_a_url_of_no_database_is_refused(url: str) -> None:
    (line,) = faults(Environment, DATABASE_URL=url)
    assert line.startswith("DATABASE_URL must be sqlite:///path/to/file or postgres://user")


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///var/scale.sqlite3",
        "postgres://user:password@host:5432/name",
        "postgresql://user:p%40:/s@[::1]:5432/name?sslmode=require",
        "postgres://a,b:5433/name",
        "postgres://%2Fvar%2Frun/name",
        "postgresql://postgres:@/name?host=/tmp/folder",
    ],
)
def test_a_url_of_a_database_is_accepted(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    assert url == read(Environment).DATABASE_URL


def test_an_empty_variable_counts_as_none() -> None:
    defaults = read(Environment)
    os.environ.update(dict.fromkeys((row.name for row in fields(Environment)), ""))
    again = read(Environment)
    names = {row.name for row in fields(Environment)} - {"SECRET_KEY"}
    assert {name: getattr(again, name) for name in names} == {name: getattr(defaults, name) for name in names}
    # Random, where nothing says otherwise: nobody else knows it.
    assert len(again.SECRET_KEY) > 50
    assert again.SECRET_KEY != defaults.SECRET_KEY


def test_switches_lists_and_numbers_are_read() -> None:
    os.environ.update(
        DEBUG="Yes", PUBLIC_READ_API="0", ALLOWED_HOSTS="a.example.com, b", LOAD_DAYS="7", BIND="unix:/s,[::1]:1"
    )
    settings = read(Environment)
    assert (settings.DEBUG, settings.PUBLIC_READ_API, settings.LOAD_DAYS) == (True, False, 7)
    assert (settings.ALLOWED_HOSTS, settings.BIND) == (("a.example.com", "b"), ("unix:/s", "[::1]:1"))


def test_a_folder_without_a_page_is_no_client(tmp_path: Path) -> None:
    assert len(faults(Environment, SCALE_UI_DIR=str(tmp_path))) == 1
    (tmp_path / "index.html").touch()
    assert str(tmp_path) == read(Environment).SCALE_UI_DIR


def test_settings_do_not_show_secrets_when_they_are_printed() -> None:
    os.environ["SECRET_KEY"] = KEY
    assert KEY not in repr(read(Environment))


class TestTheFile:
    @pytest.fixture(autouse=True)
    def file(self, tmp_path: Path) -> Path:
        """The file that is read."""
        os.environ["ENV_FILE"] = str(tmp_path / ".env")
        return tmp_path / ".env"

    def test_a_copy_of_the_example_lacks_a_key_and_nothing_else(self, file: Path) -> None:
        shutil.copy(BASE_DIR / ".env.example", file)
        (line,) = faults(Environment)
        assert re.fullmatch(r"SECRET_KEY must be .*: set one, or remove \.env, and `make run` writes it .*", line)

    def test_the_example_of_all_settings_is_right(self, file: Path) -> None:
        example = (BASE_DIR / ".env.example").read_text(encoding="utf-8")
        values = re.sub(r"^#(?=[A-Z_]+=)", "", example, flags=re.MULTILINE)
        file.write_text(values.replace("SECRET_KEY=", f"SECRET_KEY={KEY}"), encoding="utf-8")
        assert read(Environment).LEASE_SECONDS == 60

    @pytest.mark.parametrize(
        ("junk", "where"), [("junk", "line 2"), ("junk\n\n# fine\na b=c\n = d", "line 2 and 2 more")]
    )
    def test_lines_of_junk_are_counted_and_not_shown(self, file: Path, junk: str, where: str) -> None:
        file.write_text(f"SECRET_KEY={KEY}\n{junk}\n", encoding="utf-8")
        (line,) = faults(Environment)
        assert line == f"{file} must have NAME=value on each line, and has not on {where}: mend it, or remove it."

    def test_what_is_no_text_or_no_file_cannot_be_read(self, file: Path) -> None:
        assert "cannot be read (No such file or directory)" in faults(Environment)[0]
        file.write_bytes(b"\xff\xfe\x00")
        assert "cannot be read (it is no text)" in faults(Environment)[0]
        file.unlink()
        file.mkdir()
        assert "cannot be read (Is a directory)" in faults(Environment)[0]

    def test_the_environment_wins_over_it_and_quotes_are_no_part_of_a_value(self, file: Path) -> None:
        lines = [f"export SECRET_KEY='{KEY}'", 'LOG_LEVEL="ERROR"', "LOAD_DAYS=1", "OTEL_SERVICE_NAME=of others"]
        file.write_text("\n".join(lines), encoding="utf-8")
        os.environ["LOAD_DAYS"] = "2"
        settings = read(Environment)
        assert (settings.SECRET_KEY, settings.LOG_LEVEL, settings.LOAD_DAYS) == (KEY, "ERROR", 2)
        assert os.environ["OTEL_SERVICE_NAME"] == "of others"
