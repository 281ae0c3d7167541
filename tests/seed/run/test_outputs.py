"""What a job left behind, of which nothing is believed."""

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed.run import folder as folders
from seed.run.folder import FolderTooLarge, entries_of, give_back, open_to, size_of
from seed.run.outputs import Outputs, collect_outputs, matches_pattern
from tests.seed.factories import read_manifest


def collected(folder: Path, *patterns: str, **members: object) -> Outputs:
    """Collect the outputs of a pattern each, called by its number."""
    files = [
        {"name": str(index), "pattern": one, "multiple": True, **members} for index, one in enumerate(patterns)
    ]
    return collect_outputs(folder, read_manifest(outputs={"files": files}))


def names(outputs: Outputs) -> list[list[str]]:
    """Return the paths of each output."""
    return [[str(file.path) for file in files] for files in outputs.files.values()]


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        ("*.tif", "a.tif", True),
        ("*.tif", "a/b.tif", False),
        ("*.tif", ".tif", False),
        (".*", ".tif", True),
        ("*", ".hidden", False),
        ("a?[0-9].tif", "ab7.tif", True),
        ("a?[!0-9].tif", "ab7.tif", False),
        ("./a//*.tif", "a/b.tif", True),
        ("**/*.tif", "b.tif", True),
        ("**/*.tif", "a/b/c.tif", True),
        ("**/*.tif", ".git/c.tif", False),
        ("a/**", "a/b/c.tif", True),
        ("a/**/c.tif", "a/c.tif", True),
        ("/a.tif", "a.tif", False),
        ("../a.tif", "a.tif", False),
        ("a/../a.tif", "a.tif", False),
        ("", "a.tif", False),
        ("A.tif", "a.tif", False),
    ],
)
def test_a_pattern_matches_as_a_shell_does(pattern: str, path: str, is_match: bool):
    assert matches_pattern(PurePosixPath(path), pattern) is is_match


@given(
    st.lists(st.text("ab*", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join),
    st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join),
)
def test_patterns_are_those_of_a_brute_force(pattern: str, path: str):
    def matches(parts: list[str], names: list[str]) -> bool:
        if not parts:
            return not names
        if parts[0] == "**":
            return matches(parts[1:], names) or (bool(names) and matches(parts, names[1:]))
        return bool(names) and PurePosixPath(names[0]).match(parts[0]) and matches(parts[1:], names[1:])

    assert matches_pattern(PurePosixPath(path), pattern) == matches(pattern.split("/"), path.split("/"))


def test_a_pattern_of_many_stars_costs_little():
    assert not matches_pattern(PurePosixPath("/".join("a" * 100)), "/".join(["**", "a"] * 90 + ["b"]))
    assert not matches_pattern(PurePosixPath("a" * 255), "*a" * 100 + "b")


def test_what_describes_a_file_is_no_output(tmp_path: Path):
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    (tmp_path / "a.json.metadata.json").write_text('{"type": "Feature"}', encoding="utf-8")
    (tmp_path / "b.metadata.json").write_text("{}", encoding="utf-8")
    (tmp_path / "seed.outputs.json").write_text("{}", encoding="utf-8")
    found = collected(tmp_path, "*.json")
    assert names(found) == [["a.json", "b.metadata.json"]]
    assert [file.meta_data for file in found.files["0"]] == [{"type": "Feature"}, None]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "it is not a JSON object"),
        ("{", "The document is not JSON: it cannot be read at line 1, column 2"),
        ('{"a": NaN}', None),
    ],
)
def test_a_sidecar_that_says_nothing_is_a_warning(tmp_path: Path, text: str, reason: str | None):
    (tmp_path / "a.tif").touch()
    (tmp_path / "a.tif.metadata.json").write_text(text, encoding="utf-8")
    found = collected(tmp_path, "*.tif")
    [warning] = found.report.warnings
    assert (warning.name, found.report.errors, found.files["0"][0].meta_data) == ("INVALID_METADATA", (), None)
    if reason:
        assert warning.description == f"outputs.a.tif.metadata.json: {reason}; it is left out"


def test_a_hard_link_to_elsewhere_is_refused(tmp_path: Path):
    folder = tmp_path / "outputs"
    folder.mkdir()
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    os.link(tmp_path / "secret", folder / "a.txt")
    (folder / "b.txt").symlink_to("a.txt")
    os.link(tmp_path / "secret", folder / "seed.outputs.json")
    found = collect_outputs(
        folder,
        read_manifest(
            outputs={
                "files": [{"name": "OUT", "pattern": "*.txt", "multiple": True}],
                "json": [{"name": "x", "type": "string"}],
            }
        ),
    )
    assert [finding.name for finding in found.report.errors] == [
        "UNSAFE_OUTPUT",
        "UNSAFE_OUTPUT",
        "INVALID_OUTPUTS_FILE",
    ]
    assert (
        found.report.errors[0].description
        == "outputs.files.OUT: 'a.txt' is a hard link that leads out of OUTPUT_DIR"
    )
    assert (found.files, found.json) == ({}, {})


def test_what_no_output_asks_for_is_no_error(tmp_path: Path):
    (tmp_path / "a.txt").touch()
    (tmp_path / "etc").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    found = collected(tmp_path, "*.txt")
    assert names(found) == [["a.txt"]]
    assert [(finding.name, finding.path) for finding in found.report.warnings] == [
        ("UNSAFE_OUTPUT", "/outputs")
    ] * 2


def test_a_link_to_a_folder_is_no_file_and_is_not_followed(tmp_path: Path):
    (tmp_path / "tiles").mkdir()
    (tmp_path / "tiles" / "a.tif").touch()
    (tmp_path / "latest").symlink_to("tiles")
    assert names(collected(tmp_path, "*", "**/*.tif", required=False)) == [["tiles/a.tif"]]


@pytest.mark.parametrize("name", [b"\xff.txt", b"a\nb.txt", b"\x1b[31m.txt"])
def test_a_name_that_is_no_text_is_refused(tmp_path: Path, name: bytes):
    Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).touch()
    [error] = collected(tmp_path, "*.txt").report.errors
    assert (error.name, error.description.isprintable()) == ("UNSAFE_OUTPUT", True)


def test_json_that_is_too_large_is_not_read(tmp_path: Path):
    with (tmp_path / "seed.outputs.json").open("wb") as file:
        file.truncate(2**30)
    [error] = collect_outputs(
        tmp_path, read_manifest(outputs={"json": [{"name": "x", "type": "string"}]})
    ).report.errors
    assert (error.name, error.description) == (
        "INVALID_OUTPUTS_FILE",
        "outputs.seed.outputs.json: it has more than 16777216 bytes",
    )


def test_too_much_to_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for number in range(4):
        (tmp_path / f"{number}.txt").touch()
    monkeypatch.setattr(folders, "MOST_ENTRIES", 4)
    assert len(names(collected(tmp_path, "*.txt"))[0]) == 4
    (tmp_path / "folder").mkdir()
    found = collected(tmp_path, "*.txt")
    [error] = found.report.errors
    assert (error.name, error.description) == ("TOO_MANY_OUTPUTS", "OUTPUT_DIR: more than 4 files and folders")


def test_folders_that_stand_too_deep(tmp_path: Path):
    for depth, is_too_deep in ((100, False), (300, True)):
        start = os.open(tmp_path, os.O_RDONLY)
        for _ in range(depth):
            inner = Path(f"/proc/self/fd/{start}/x")
            inner.mkdir(exist_ok=True)
            following = os.open(inner, os.O_RDONLY)
            os.close(start)
            start = following
        os.close(start)
        if is_too_deep:
            with pytest.raises(FolderTooLarge, match="deeper than 100"):
                list(entries_of(tmp_path))
        else:
            assert len(list(entries_of(tmp_path))) == 100


def test_a_size_counts_each_file_once_and_holes_too(tmp_path: Path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(10 * 2**20)
    os.link(tmp_path / "sparse", tmp_path / "again")
    (tmp_path / "link").symlink_to("sparse")
    assert size_of(tmp_path) == 10 * 2**20


def test_what_is_given_back_can_be_read_and_runs_as_nobody(tmp_path: Path):
    folder = tmp_path / "outputs"
    (folder / "closed").mkdir(parents=True)
    (folder / "closed" / "tool").touch()
    outside = tmp_path / "outside"
    outside.touch()
    outside.chmod(0o640)
    (folder / "link").symlink_to(outside)
    os.link(outside, folder / "stolen")
    (folder / "closed" / "tool").chmod(0o4755)
    (folder / "closed").chmod(0)
    give_back(folder, (os.getuid(), os.getgid()))
    assert (folder / "closed").stat().st_mode & 0o7777 == 0o700
    assert (folder / "closed" / "tool").stat().st_mode & 0o7777 == 0o755
    assert outside.stat().st_mode & 0o7777 == 0o640


def test_a_folder_is_opened_to_whom_it_is_for(tmp_path: Path):
    tmp_path.chmod(0o700)
    open_to(tmp_path, (os.geteuid(), os.getegid()))
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    open_to(tmp_path, None)
    assert tmp_path.stat().st_mode & 0o777 == 0o777
