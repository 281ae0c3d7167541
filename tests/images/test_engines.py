"""The engines and the registry of these tests are what they seem."""

from urllib.request import urlopen

from seed.sources import LABEL
from tests.images.build import build_image
from tests.images.engines import Engine
from tests.seed.factories import minimal_manifest


def test_an_image_keeps_its_manifest_in_the_registry(engine: Engine, registry: str):
    """The engine builds, pushes, forgets and pulls it, and its label is as it was."""
    label = '{"a": "\\"$HOME\\\\"}'
    tag = build_image(engine, f"{registry}/{engine.name}/test-1.0.0-seed:1.0.0", label)
    for line in engine.client.images.push(tag, stream=True, decode=True):
        assert "error" not in line, line
    engine.client.images.remove(tag)
    with urlopen(f"http://{registry}/v2/{engine.name}/test-1.0.0-seed/tags/list", timeout=30) as answer:
        assert b'"1.0.0"' in answer.read()
    assert engine.client.images.pull(tag).labels[LABEL] == label


def test_a_container_runs_what_the_image_holds(engine: Engine):
    tag = build_image(
        engine, "script:1", minimal_manifest(), entrypoint=["/job"], files={"/job": "#!/bin/sh\necho $1"}
    )
    image = engine.client.images.get(tag)
    assert LABEL in image.labels
    assert engine.client.containers.run(tag, ["hello"], network_mode="none", remove=True) == b"hello\n"
