"""The results of the benchmark: tables to read, and JSON to compare."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from tests.benchmarks.measure import Row

RESULTS = Path(settings.BASE_DIR) / "var"


def table(rows: list[Row]) -> str:
    """Return rows as a table, with the columns of the first row but for the area."""
    headings = [heading for heading in rows[0] if heading != "area"]
    lines = [f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}"]
    for row in rows:
        cells = ["-" if row[heading] is None else str(row[heading]) for heading in headings]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def facts(jobs: int, rounds: int) -> dict[str, Any]:
    """Return the conditions of the run: date, code, machine."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    return {
        "date": timezone.now().isoformat(),
        "code": _code(),
        "machine": _machine(),
        "cores": len(os.sched_getaffinity(0)),
        "postgresql": version,
        "jobs": jobs,
        "rounds": rounds,
    }


def keep(found: dict[str, Any], name: str) -> Path:
    """Write the results to a file of this name in var/, and return it."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps(found, indent=2) + "\n")
    return file.relative_to(settings.BASE_DIR)


def _code() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--tags", "--dirty"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"


def _machine() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return "unknown"
