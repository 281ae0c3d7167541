"""Messages between machines: each arrives once, in order, whatever was cut off."""

from pathlib import Path

import pytest

from agent.engines.slurm import journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    journal.create(tmp_path / "journal")
    return tmp_path / "journal"


def test_each_message_is_read_once_and_in_order(path: Path) -> None:
    reader = journal.Reader(path)
    assert list(reader.new()) == []
    journal.write(path, order="one")
    journal.write(path, order="two", text="a\nb")
    assert list(reader.new()) == [{"order": "one"}, {"order": "two", "text": "a\nb"}]
    journal.write(path, order="three")
    assert list(reader.new()) == [{"order": "three"}]
    assert next(journal.Reader(path).new()) == {"order": "one"}


def test_a_message_that_is_being_written_is_read_when_it_is_whole(path: Path) -> None:
    reader = journal.Reader(path)
    with path.open("ab", buffering=0) as file:
        file.write(b'\n{"order": ')
        assert list(reader.new()) == []
        file.write(b'"one"}\n')
    assert list(reader.new()) == [{"order": "one"}]


def test_a_message_that_a_crash_cut_off_spoils_none_that_follows(path: Path) -> None:
    path.write_bytes(b'\n{"order": "o')
    journal.write(path, order="two")
    assert list(journal.Reader(path).new()) == [{"order": "two"}]


def test_what_is_no_message_is_left_out(path: Path) -> None:
    path.write_bytes(b'[1]\n"text"\nnull\n{"order": "one"}\n')
    assert list(journal.Reader(path).new()) == [{"order": "one"}]


def test_a_journal_that_was_removed_is_not_made_again(path: Path) -> None:
    path.unlink()
    with pytest.raises(FileNotFoundError):
        journal.write(path, order="one")
    with pytest.raises(FileNotFoundError):
        list(journal.Reader(path).new())


def test_nobody_else_can_read_it(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
