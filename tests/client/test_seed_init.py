"""``seed init``: an example that is valid, and files that are not lost."""

import json
from pathlib import Path

import pytest

from client.cli.seed import main
from seed import Manifest
from tests.seed.factories import full_manifest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_it_writes_is_valid_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    assert capsys.readouterr() == (
        "seed.manifest.json: the manifest, to edit\n"
        "seed.manifest.md: what its members mean\n"
        "Then: seed validate seed.manifest.json\n",
        "",
    )
    assert main(["validate", "seed.manifest.json"]) == 0
    assert capsys.readouterr().out == "valid; errors: 0, warnings: 0\n"
    assert main(["label", "seed.manifest.json"]) == 0


def members(value: object) -> set[str]:
    """Return the names of all members at any depth."""
    if isinstance(value, list):
        return {name for each in value for name in members(each)}
    if isinstance(value, dict):
        return {*value, *(name for each in value.values() for name in members(each))}
    return set()


def test_the_example_has_each_member_that_there_is(folder: Path) -> None:
    assert main(["init"]) == 0
    example = json.loads((folder / "seed.manifest.json").read_text("utf-8"))
    assert members(full_manifest()) == members(example)
    manifest = Manifest.read(example)
    assert manifest.requirements == {"cpus": 1.0, "mem": 256.0, "sharedMem": 64.0, "disk": 10.0}
    assert manifest.secret_settings == {"API_KEY"}


def test_the_guide_has_the_example_line_by_line_with_comments(folder: Path) -> None:
    assert main(["init", "job.json"]) == 0
    guide = (folder / "job.md").read_text("utf-8")
    assert guide.startswith("# The members of `job.json`\n")
    code = guide.partition("```jsonc\n")[2].removesuffix("```\n")
    assert "".join(line for line in code.splitlines(keepends=True) if "// " not in line) == (
        (folder / "job.json").read_text("utf-8")
    )
    assert code.count("// ") > 20


def test_a_directory_gets_the_usual_name(folder: Path) -> None:
    (folder / "image").mkdir()
    assert main(["init", "image"]) == 0
    assert names(folder / "image") == ["seed.manifest.json", "seed.manifest.md"]


@pytest.mark.parametrize("existing", ["seed.manifest.json", "seed.manifest.md"])
def test_no_file_is_overwritten_unless_it_is_asked_for(
    folder: Path, existing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / existing).write_text("mine", "utf-8")
    assert main(["init"]) == 2
    assert capsys.readouterr() == ("", f"{existing} exists already; --force would overwrite\n")
    assert (names(folder), (folder / existing).read_text("utf-8")) == ([existing], "mine")
    assert main(["init", "--force"]) == 0
    assert names(folder) == ["seed.manifest.json", "seed.manifest.md"]
    assert (folder / existing).read_text("utf-8") != "mine"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("image", "image: no directory, and no name of a file that ends in .json\n"),
        ("image/job.json", "image/job.json: No such file or directory\n"),
    ],
)
def test_where_nothing_can_be_written_it_says_why(
    folder: Path, path: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", path]) == 2
    assert (capsys.readouterr(), names(folder)) == (("", message), [])
