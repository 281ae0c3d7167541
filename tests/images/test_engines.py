"""The engines and the registry of these tests are what they seem."""

import socket
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from seed.run import docker_engine
from seed.run.engine import EngineLost
from seed.sources import LABEL
from tests.images.build import build_image
from tests.images.engines import PATIENCE, Engine, short_folder
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


def test_an_engine_that_is_slow_stays_and_one_that_takes_no_connection_ends(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(docker_engine, "_PROBE_SECONDS", 1)
    connected = docker_engine.connect(engine.url)
    connected.check_it_stays()
    with short_folder("silent") as folder, socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{folder}/socket")
        silent.listen()
        connected.url = f"unix://{folder}/socket"
        connected.check_it_stays()
        silent.close()
        with pytest.raises(EngineLost, match="the engine is about to end: "):
            connected.check_it_stays()


def test_what_is_frozen_does_nothing_more_when_it_is_removed(engine: Engine, tmp_path: Path):
    """The next try of its job may have begun elsewhere by then."""
    script = "#!/bin/sh\nwhile :; do echo >> /lines/$(hostname); sleep 0.1; done\n"
    tag = build_image(engine, "writes:1", entrypoint=["/job"], files={"/job": script})
    tmp_path.chmod(0o777)
    volumes = {str(tmp_path): {"bind": "/lines", "mode": "rw"}}
    for _ in range(5):
        engine.client.containers.run(
            tag, detach=True, network_mode="none", volumes=volumes, labels={"it": "writes"}
        )
    until = time.monotonic() + PATIENCE
    while len(list(tmp_path.iterdir())) < 5 and time.monotonic() < until:
        time.sleep(0.1)
    containers = docker_engine.connect(engine.url).find({"it": "writes"})
    for container in containers:
        container.pause()
    written = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    time.sleep(0.2)
    for container in containers:
        container.remove()
    assert len(written) == 5
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == written
    assert engine.containers(label="it=writes") == []
