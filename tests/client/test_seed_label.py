"""``seed label``: what it prints for a Dockerfile is what Docker reads.

tests/images/test_label.py lets engines build images with these labels; the reader here goes by the same rules.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import client
from client.cli.seed import main
from seed import decode_manifest
from seed.dockerfile import label_instruction
from seed.sources import LABEL
from tests.seed.factories import full_manifest, minimal_manifest

ROOT = Path(client.__file__).parent.parent
TEXTS = st.text(
    st.sampled_from("'\"\\$`{}#\n\r\t =\x7f\x85\u2028é😀") | st.characters(exclude_categories=["Cs"]), max_size=9
)
TEXTS = TEXTS.filter(lambda text: "\0" not in text)
MANIFESTS = st.dictionaries(
    TEXTS,
    st.recursive(
        TEXTS | st.integers(-9, 9) | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def read_by_docker(dockerfile: str) -> str:
    """Return the value of the one label of a Dockerfile: joined lines, and what is between single quotes."""
    lines = dockerfile.split("\n")
    assert all(len(line.encode()) <= 65_535 for line in lines)
    assert [line for line in lines[:-1] if not line.endswith("\\")] == []
    joined = "".join(line.removesuffix("\\") for line in lines)
    prefix = f"LABEL {LABEL}='"
    assert joined.startswith(prefix)
    value, quote, rest = joined.removeprefix(prefix).partition("'")
    assert (quote, rest) == ("'", "")
    return value


@settings(deadline=None)  # A busy machine takes long now and then.
@given(MANIFESTS)
def test_docker_reads_the_manifest_that_was_printed(manifest: dict[str, Any]) -> None:
    decoded = decode_manifest(read_by_docker(label_instruction(manifest)))
    assert (decoded.document, decoded.encodings) == (manifest, ())


@pytest.mark.parametrize("character", ["'", "\x01", "é", "\\", '"'])
def test_no_member_of_a_manifest_makes_a_line_that_docker_refuses(character: str) -> None:
    manifest = minimal_manifest(description=character * 10_000, tags=["x" * 9_000] * 20)
    assert json.loads(read_by_docker(label_instruction(manifest))) == manifest


def test_a_manifest_is_printed_for_a_dockerfile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "m.json"
    file.write_text(json.dumps(minimal_manifest()), "utf-8")
    assert main(["label", str(file)]) == 0
    output, messages = capsys.readouterr()
    assert (json.loads(read_by_docker(output.removesuffix("\n"))), messages) == (minimal_manifest(), "")
    assert output.startswith(f'LABEL {LABEL}=\'{{ \\\n  "seedVersion": "1.0.0", \\\n')


def test_a_manifest_is_printed_as_the_value_of_a_label(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "body.json").write_text(json.dumps({"manifest": json.dumps(full_manifest())}), "utf-8")
    assert main(["label", "--format", "value", str(tmp_path / "body.json")]) == 0
    output, messages = capsys.readouterr()
    assert output == json.dumps(full_manifest(), separators=(",", ":")) + "\n"
    assert messages == ""


def test_an_invalid_manifest_is_refused_unless_it_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "m.json"
    file.write_text(json.dumps(minimal_manifest(timeout="soon")), "utf-8")
    error = "error    JSON_VALIDATION_ERROR  /job/timeout  job.timeout: 'soon' is not an integer\n"
    assert main(["label", str(file)]) == 1
    refused = f"{file}: the manifest is invalid; --allow-invalid would print its label\n"
    assert capsys.readouterr() == ("", error + refused)
    assert main(["label", str(file), "--allow-invalid"]) == 0
    output, messages = capsys.readouterr()
    assert json.loads(read_by_docker(output.removesuffix("\n"))) == minimal_manifest(timeout="soon")
    assert messages == error


def test_what_has_no_manifest_has_no_label(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.json").write_text("{", "utf-8")
    assert main(["label", "--allow-invalid", str(tmp_path / "m.json")]) == 1
    assert capsys.readouterr() == (
        "",
        f"{tmp_path}/m.json: The document is not JSON: it cannot be read at line 1, column 2\n",
    )
    assert main(["label", "/missing"]) == 2
    assert capsys.readouterr().err.startswith("/missing: no such file, and no image reference")


def test_a_label_is_utf_8_whatever_the_terminal_has() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "seed", "label", "-f", "value", "-"],
        input=json.dumps(minimal_manifest(title="Größe")).encode(),
        capture_output=True,
        cwd=ROOT,
        env={"PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert json.loads(finished.stdout)["job"]["title"] == "Größe"
