"""The two images of the demo: a weather station, which makes a file, and a report, which reads it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.demo.programs import root_of
from seed.run.docker_engine import DockerEngine
from seed.sources import LABEL

STATION, REPORT, VERSION = "demo-station", "demo-report", "1.0.0"

# The numbers are made up, from the name of the station and those before.
_STATION = """#!/bin/sh
trap 'exit 143' TERM
number=0
for letter in $(printf %s "$STATION" | od -An -tu1); do number=$(((number * 31 + letter) % 9973)); done
temperature=$((80 + number % 90))
echo "hour,tenths_of_degrees" > "$OUTPUT_DIR/readings.csv"
hour=0
while [ $hour -lt "$HOURS" ]; do
    number=$(((number * 7919 + 104729 + $(date +%s)) % 65521))
    temperature=$((temperature + number % 21 - 10))
    echo "$STATION, hour $hour: $temperature tenths of a degree"
    echo "$hour,$temperature" >> "$OUTPUT_DIR/readings.csv"
    hour=$((hour + 1))
    sleep 1
done
if [ $((number % 8)) = 0 ]; then
    echo "The sensor of $STATION gives no more answers." >&2
    exit 3
fi
printf '{"type": "Feature", "geometry": null, "properties": {"station": "%s"}}' "$STATION" \\
    > "$OUTPUT_DIR/readings.csv.metadata.json"
"""
_REPORT = """#!/bin/sh
count=0
sum=0
while IFS=, read -r hour temperature; do
    [ "$hour" = hour ] && continue
    count=$((count + 1))
    sum=$((sum + temperature))
    [ -z "$least" ] || [ "$temperature" -lt "$least" ] && least=$temperature
    [ -z "$most" ] || [ "$temperature" -gt "$most" ] && most=$temperature
done < "$READINGS"
mean=$((sum / count))
echo "$count readings from $least to $most, on average $mean" | tee "$OUTPUT_DIR/report.txt"
printf '{"MEAN": %d}' "$mean" > "$OUTPUT_DIR/seed.outputs.json"
"""


@dataclass(frozen=True, slots=True)
class DemoImage:
    """An image of the demo: the manifest in its label, its script, and the programs that this runs."""

    manifest: Mapping[str, Any]
    script: str
    programs: tuple[str, ...]

    @property
    def tag(self) -> str:
        """The name of the image, as Seed names images."""
        return f"{self.manifest['job']['name']}-{VERSION}-seed:{VERSION}"

    def make(self, engine: DockerEngine) -> None:
        """Make it of programs of this machine, in one layer. Raises NoProgram, and DockerException."""
        name, tag = self.tag.split(":")
        text = json.dumps(self.manifest).replace("'", "\\u0027")
        # Docker reads a label as in a Dockerfile, and Podman takes it as it is.
        label = text if engine.facts.is_podman else f"'{text}'"
        answer = engine.client.import_image_from_data(
            root_of(("sh", *self.programs), {"/job.sh": self.script}),
            changes=["ENV PATH=/bin", 'ENTRYPOINT ["/bin/sh", "/job.sh"]', f"LABEL {LABEL}={label}"],
        )
        # Podman would give it no name by itself.
        engine.client.tag(json.loads(answer.splitlines()[0])["status"], name, tag)


def _manifest(name: str, title: str, description: str, **job: Any) -> dict[str, Any]:
    scalars = {"cpus": 0.1, "mem": 32, "disk": 8}
    return {
        "seedVersion": "1.0.0",
        "job": {
            "name": name,
            "jobVersion": VERSION,
            "packageVersion": VERSION,
            "title": title,
            "description": description,
            "tags": ["demo"],
            "maintainer": {"name": "The demo", "email": "demo@example.com"},
            "timeout": 120,
            "resources": {"scalar": [{"name": one, "value": value} for one, value in scalars.items()]},
            **job,
        },
    }


IMAGES = (
    DemoImage(
        _manifest(
            STATION,
            "Weather station",
            "Makes up the temperatures of some hours, one a second",
            interface={
                "command": "",
                "inputs": {
                    "json": [{"name": "STATION", "type": "string"}, {"name": "HOURS", "type": "integer"}],
                },
                "outputs": {"files": [{"name": "READINGS", "mediaType": "text/csv", "pattern": "readings.csv"}]},
            },
            errors=[
                {
                    "code": 3,
                    "name": "sensor-broken",
                    "title": "Sensor broken",
                    "description": "The sensor gives no more answers",
                    "category": "data",
                }
            ],
        ),
        _STATION,
        ("date", "od", "sleep"),
    ),
    DemoImage(
        _manifest(
            REPORT,
            "Weather report",
            "Reads what a station measured, and says how warm it was",
            interface={
                "command": "",
                "inputs": {"files": [{"name": "READINGS", "mediaTypes": ["text/csv"]}]},
                "outputs": {
                    "files": [{"name": "REPORT", "mediaType": "text/plain", "pattern": "report.txt"}],
                    "json": [{"name": "MEAN", "type": "integer"}],
                },
            },
        ),
        _REPORT,
        ("tee",),
    ),
)
