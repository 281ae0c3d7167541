"""The Seed image of these tests, from nothing and a static busybox: each of its commands does what a job may do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.images.build import build_image
from tests.images.engines import Engine
from tests.seed.factories import minimal_manifest

# No label says its manifest: those of the job types do.
IMAGE = "agents-1.0.0-seed:1.0.0"
# Where containers write when they ran, each into a file of its own.
DIARY = "/diary"
SECRET, EXIT_CODE, TIMEOUT, MEMORY = "PASSPHRASE", 7, 2, 24

# `work` notes the time ten times a second: since the machine started, which is the same in every container.
_LIBRARY = f"""
note() {{ read -r up rest < /proc/uptime; echo "$up" >> {DIARY}/$NUMBER.$(hostname); }}
work() {{ left=$1; note; while [ "$left" -gt 0 ]; do sleep 0.1; note; left=$((left - 1)); done; }}
"""
_DESCRIPTION = """{"type": "Feature", "geometry": null, "properties": {"lines": %d}}"""

_SCRIPTS = {
    "upper": 'work "$WORK"; tr a-z A-Z < "$TEXT" > "$OUTPUT_DIR/upper.txt"',
    "split": f"""work "$WORK"
count=0
for text in "$TEXTS"/*; do
    count=$((count + 1))
    mkdir -p "$OUTPUT_DIR/parts"
    part="$OUTPUT_DIR/parts/$count.txt"
    tac "$text" > "$part"
    printf '{_DESCRIPTION}' "$(wc -l < "$text")" > "$part.metadata.json"
done
cat "$TEXTS"/* > "$OUTPUT_DIR/all.txt"
printf '{{"COUNT": %d}}' "$count" > "$OUTPUT_DIR/seed.outputs.json\"""",
    "fail": f'work "$WORK"; echo "no sun" >&2; exit {EXIT_CODE}',
    "stubborn": "trap '' TERM; while :; do work 10; done",
    "greedy": "note; tail /dev/zero; note; exit 137",
    "secretive": f"""work "$WORK"; printf %s "${SECRET}" | sha256sum | cut -c 1-64 > "$OUTPUT_DIR/digest.txt\"""",
    "chatty": """note
line=1
while [ $line -le 500 ]; do echo "out $line"; echo "err $line" >&2; line=$((line + 1)); done
work "$WORK\"""",
    "lazy": 'work "$WORK"',
}
_TEXT = {"name": "TEXT", "mediaTypes": ["text/plain"]}
_NUMBERS = [{"name": "NUMBER", "type": "integer"}, {"name": "WORK", "type": "integer"}]
_UPPER = {"name": "UPPER", "mediaType": "text/plain", "pattern": "upper.txt"}


@dataclass(frozen=True)
class Kind:
    """A kind of job: what its manifest says beside what all of them say."""

    files: list[dict[str, Any]] = field(default_factory=list)
    outputs: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    job: Mapping[str, Any] = field(default_factory=dict)
    interface: Mapping[str, Any] = field(default_factory=dict)
    memory: int = 32


KINDS = {
    "upper": Kind([_TEXT], {"files": [_UPPER]}),
    "split": Kind(
        [{"name": "TEXTS", "mediaTypes": ["text/plain"], "multiple": True}],
        {
            "files": [
                {"name": "PARTS", "mediaType": "text/plain", "pattern": "parts/*.txt", "multiple": True},
                {"name": "ALL", "mediaType": "text/plain", "pattern": "all.txt"},
            ],
            "json": [{"name": "COUNT", "type": "integer"}],
        },
    ),
    "fail": Kind(job={"errors": [{"code": EXIT_CODE, "name": "no-sun", "title": "No sun", "category": "data"}]}),
    "stubborn": Kind(job={"timeout": TIMEOUT}),
    "greedy": Kind(memory=MEMORY),
    "secretive": Kind(
        outputs={"files": [{"name": "DIGEST", "mediaType": "text/plain", "pattern": "digest.txt"}]},
        interface={"settings": [{"name": SECRET, "secret": True}]},
    ),
    "chatty": Kind(),
    "lazy": Kind([_TEXT], {"files": [_UPPER]}),
}


def manifest_of(name: str) -> dict[str, Any]:
    """Return the Seed manifest of a kind of job."""
    kind = KINDS[name]
    scalars = {"cpus": 0.1, "mem": kind.memory, "disk": 8}
    interface = {
        "command": f"/job/{name}.sh",
        "inputs": {"files": kind.files, "json": _NUMBERS},
        "outputs": kind.outputs,
        "mounts": [{"name": "DIARY", "path": DIARY, "mode": "rw"}],
        **kind.interface,
    }
    return minimal_manifest(
        **{
            "name": name,
            "title": f"Test of agents: {name}",
            "timeout": 600,
            "resources": {"scalar": [{"name": one, "value": value} for one, value in scalars.items()]},
            "interface": interface,
            **kind.job,
        }
    )


def build_the_image(engine: Engine) -> None:
    """Build the image with the commands of all kinds."""
    files = {f"/job/{name}.sh": f"#!/bin/sh\n{_LIBRARY}{script}\n" for name, script in _SCRIPTS.items()}
    build_image(engine, IMAGE, files=files)
