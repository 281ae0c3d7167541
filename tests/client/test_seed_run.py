"""``seed run`` without an engine: how its options are read, and what it says where there is none."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from client.cli.seed import app
from client.cli.seed.run_arguments import Texts, read_arguments
from client.cli.seed.run_console import Console
from seed import Report
from seed.run.arguments import Arguments, GivenFile
from tests.seed.factories import errors, read_manifest, warnings

MANIFEST = read_manifest(
    inputs={
        "files": [{"name": "SCENE"}],
        "json": [{"name": "NAME", "type": "string"}, {"name": "N", "type": "number"}],
    },
    settings=[{"name": "HOST"}, {"name": "PASS", "secret": True}],
    mounts=[{"name": "REF", "path": "/reference"}],
)


def test_options_are_what_a_job_is_given(tmp_path: Path):
    scene, text = tmp_path / "scene=1.tif", tmp_path / "text"
    scene.write_bytes(b"abc")
    text.write_text("of a file\n", encoding="utf-8")
    settings = tmp_path / "settings"
    settings.write_text("# of the host\nHOST=of the lines\n\nOTHER=a=b\n", encoding="utf-8")
    texts = Texts(
        files=[f"SCENE={scene}"],
        json=[f"NAME=@{text}", "N=1.5"],
        settings=["HOST=a=b", "PASS"],
        setting_files=[str(settings)],
        secrets=[f"PASS={text}"],
        mounts=[f"REF={tmp_path}"],
    )
    arguments, report = read_arguments(texts, MANIFEST, {"PASS": "of the environment"})
    assert report == Report()
    assert arguments == Arguments(
        files={"SCENE": [GivenFile(scene, 3)]},
        json={"NAME": "of a file\n", "N": 1.5},
        settings={"HOST": "a=b", "OTHER": "a=b", "PASS": "of the environment"},
        mounts={"REF": tmp_path},
    )
    arguments, _ = read_arguments(Texts(secrets=[f"PASS={text}"]), MANIFEST)
    assert arguments.settings == {"PASS": "of a file"}


def test_all_that_is_wrong_with_options_is_said_without_secrets(tmp_path: Path):
    (tmp_path / "bytes").write_bytes(b"\xff")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**21)
    texts = Texts(
        files=["SCENE", "=x"],
        json=["N=1", "N=2", "NAME=@/nowhere", f"X=@{tmp_path}/large"],
        settings=["PASS=hunter2", "HOST", "HOST=x", "HOST=y", "=z"],
        secrets=["hunter2"],
        setting_files=[f"{tmp_path}/bytes"],
    )
    _, report = read_arguments(texts, MANIFEST, {})
    wrong = "INVALID_ARGUMENT"
    assert [finding.name for finding in report.errors] == [wrong] * len(report.errors)
    assert [finding.description for finding in report.errors] == [
        "files: -i takes a name and a value, as in -i NAME=VALUE",
        "files: -i takes a name and a value, as in -i NAME=VALUE",
        "json.N: it is given more than once",
        "json.NAME: '/nowhere': No such file or directory",
        f"json.X: {_quoted(tmp_path / 'large')} has more than 1048576 bytes",
        f"settings: {_quoted(tmp_path / 'bytes')} is not UTF-8 text",
        "settings: --secret takes a name and a value, as in --secret NAME=VALUE",
        "settings.HOST: it is not in the environment, and has no value: -e HOST=VALUE",
        "settings.HOST: it is given more than once",
        "settings: -e takes a name and a value, as in -e NAME=VALUE",
    ]
    sentence = "settings.PASS: other accounts see it in the list of processes; use -e PASS or --secret PASS=FILE"
    assert report.warnings == warnings(("SECRET_ON_COMMAND_LINE", "/settings/PASS", sentence)).warnings
    assert "hunter2" not in str(report)


def _quoted(path: Path) -> str:
    return f"'{path}'" if len(str(path)) <= 60 else f"'{str(path)[:59]}…'"


def run(*arguments: str) -> Any:
    """Run the command in this process."""
    return CliRunner().invoke(app, ["run", *arguments])


def test_an_engine_that_is_not_there(tmp_path: Path):
    url = f"unix://{tmp_path}/no.sock"
    result = run("scene:1", "--engine", url, "--format", "json")
    assert result.exit_code == 3
    document = json.loads(result.stdout)
    assert document["status"] == "ENGINE_FAILED"
    assert document["reason"].startswith(f"{url}: the engine cannot be reached: ")
    assert "error    " in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("url", ["nonsense", "ftp://x", "tcp://127.0.0.1:1"])
def test_an_engine_with_a_url_of_no_engine(url: str):
    result = run("scene:1", "--engine", url)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "the engine cannot be reached" in result.stderr


def test_a_configuration_of_docker_that_is_no_object_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text("[]", encoding="utf-8")
    result = run("scene:1", "--engine", "unix:///nowhere/docker.sock")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "the config.json of Docker is no JSON object" in result.stderr


def test_no_engine_at_all(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("seed.run.docker_engine.engine_urls", list)
    result = run("scene:1")
    assert result.exit_code == 3
    assert "no engine was found: DOCKER_HOST is not set" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("x", "--timeout", "-1"), ("x", "--format", "xml"), ("x", "--no-such")])
def test_wrong_usage_is_refused(arguments: tuple[str, ...]):
    assert run(*arguments).exit_code == 2


def test_output_is_shown_up_to_its_limit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    console = Console(is_json=False, is_quiet=False, most_bytes=4)
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written))
    assert [console.output("stdout", piece) for piece in (b"ab", b"cdef", b"g")] == [True, False, False]
    assert written.getvalue() == b"abcd"
    assert capsys.readouterr().err.count("the rest is not shown") == 1
    assert Console(is_json=False, is_quiet=True, most_bytes=4).output("stdout", b"a") is False


def test_findings_do_not_control_a_terminal(capsys: pytest.CaptureFixture[str]):
    console = Console(is_json=False, is_quiet=False, most_bytes=0)
    console.refused(errors(("X", "/", "a \x1b[31m [bold] b")))
    assert capsys.readouterr().err == "error    X  a \\x1b[31m [bold] b\n"
