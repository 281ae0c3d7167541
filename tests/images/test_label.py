"""Labels that ``seed label`` prints, in images that real engines build, and read by ``seed validate``."""

import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from client.cli.seed import main
from seed.dockerfile import label_instruction
from seed.sources import LABEL
from tests.client.test_seed_label import MANIFESTS
from tests.seed.factories import minimal_manifest


def build(engine: Any, tag: str, instruction: str) -> None:
    dockerfile = io.BytesIO(f"FROM scratch\n{instruction}\n".encode())
    engine.client.images.build(fileobj=dockerfile, tag=tag, rm=True, nocache=True)


@settings(
    max_examples=1,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(MANIFESTS, min_size=100, max_size=100))
def test_an_engine_reads_back_what_was_printed(engine: Any, manifests: list[dict[str, object]]) -> None:
    manifests = [*manifests, minimal_manifest(title="'" * 10_000, description="\x01" * 10_000)]
    # All in one instruction, each with a name of its own: an engine takes a second for each instruction.
    labels = [label_instruction(manifest).removeprefix(f"LABEL {LABEL}=") for manifest in manifests]
    named = (f"label{number}={label}" for number, label in enumerate(labels))
    build(engine, "labels:1", "LABEL " + " \\\n".join(named))
    read = engine.client.images.get("labels:1").labels
    assert [json.loads(read[f"label{number}"]) for number in range(len(manifests))] == manifests


def test_an_image_with_a_printed_label_is_valid_by_name(
    engine: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = "run '${OUTPUT_DIR}' \\\"$HOME\\\" `date`"
    build(engine, "test-1.0.0-seed:1.0.0", label_instruction(minimal_manifest(interface={"command": command})))
    monkeypatch.setenv("DOCKER_HOST", engine.url)
    assert main(["validate", "test-1.0.0-seed:1.0.0"]) == 0
    assert capsys.readouterr() == ("valid; errors: 0, warnings: 0\n", "")
    assert main(["label", "--format", "value", "test-1.0.0-seed:1.0.0"]) == 0
    assert json.loads(capsys.readouterr().out)["job"]["interface"]["command"] == command
    assert main(["validate", "test-1.0.0-seed:2.0.0"]) == 2
    assert capsys.readouterr().err == (
        "test-1.0.0-seed:2.0.0: no such file, and no image that can be read: "
        f"the engine at {engine.url} has none of this name; it names no registry that could be asked, "
        "as docker.io/… would\n"
    )
