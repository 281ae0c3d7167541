"""What a container prints, and what of it is kept and sent."""

from pathlib import Path

from agent.tails import TAIL, LogFiles


def test_ends_are_texts_that_the_service_takes(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path)
    logs.write("stdout", b"a\0b\xff\n")
    assert logs.ends() == {"stdout": "a\ufffdb\ufffd\n", "stderr": ""}


def test_only_what_was_not_sent_is_new(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path)
    assert logs.ends(only_new=True) == {}
    logs.write("stdout", b"one\n")
    assert logs.ends(only_new=True) == {"stdout": "one\n"}
    assert logs.ends(only_new=True) == {}
    logs.not_sent()
    assert logs.ends(only_new=True) == {"stdout": "one\n"}
    logs.note("two")
    assert logs.ends(only_new=True) == {"stderr": "scale-agent: two\n"}


def test_of_a_long_log_the_end_is_sent_and_a_few_megabytes_are_kept(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path)
    for number in range(90):
        logs.write("stdout", f"{number}\n".encode() * 30_000)
    end = logs.ends()["stdout"]
    assert len(end) == TAIL
    assert end.endswith("\n89\n")
    assert (tmp_path / "stdout").stat().st_size <= 4 * 2**20
    assert (tmp_path / "stdout").read_bytes().endswith(end.encode())


def test_an_agent_that_was_killed_finds_the_log_again(tmp_path: Path) -> None:
    LogFiles(tmp_path).write("stderr", b"oh\n")
    assert LogFiles(tmp_path).ends() == {"stdout": "", "stderr": "oh\n"}


def test_a_log_that_is_handed_out_from_its_beginning_again_is_there_once(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path)
    logs.write("stdout", b"one\n")
    logs.restart()
    logs.write("stdout", b"one\ntwo\n")
    assert logs.ends() == {"stdout": "one\ntwo\n", "stderr": ""}
    assert (tmp_path / "stdout").read_bytes() == b"one\ntwo\n"
