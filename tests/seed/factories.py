"""Small documents to start a test from, and helpers to look into a report."""

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from seed import Finding, Manifest, Report

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=10,
)


def example(file_name: str) -> Any:
    """Return one of the request bodies of the user's document."""
    return json.loads((EXAMPLES / file_name).read_text("utf-8"))


def minimal_manifest(**job: Any) -> dict[str, Any]:
    """Return a valid manifest with the required members alone, and the given members of ``job``."""
    return {
        "seedVersion": "1.0.0",
        "job": {
            "name": "test",
            "jobVersion": "1.0.0",
            "packageVersion": "1.0.0",
            "title": "Test",
            "description": "A test",
            "timeout": 3600,
            "maintainer": {"name": "John Doe", "email": "jdoe@example.com"},
            **job,
        },
    }


def full_manifest() -> dict[str, Any]:
    """Return a valid manifest with every member that the standard knows, and no warning."""
    return minimal_manifest(
        tags=["sample"],
        maintainer={
            "name": "John Doe",
            "email": "jdoe@example.com",
            "organization": "E-corp",
            "phone": "666-555-4321",
            "url": "http://www.example.com",
        },
        resources={"scalar": [{"name": "mem", "value": 1.5, "inputMultiplier": 4}]},
        interface={
            "command": "run ${OUTPUT_DIR}",
            "inputs": {
                "files": [
                    {
                        "name": "TEXT",
                        "required": False,
                        "mediaTypes": ["text/plain"],
                        "multiple": True,
                        "partial": True,
                    }
                ],
                "json": [{"name": "LENGTH", "type": "integer", "required": False}],
            },
            "outputs": {
                "files": [
                    {
                        "name": "OUT",
                        "pattern": "*.txt",
                        "mediaType": "text/plain",
                        "multiple": True,
                        "required": False,
                    }
                ],
                "json": [{"name": "total", "type": "integer", "key": "TOTAL", "required": False}],
            },
            "mounts": [{"name": "DATA", "path": "/data", "mode": "rw"}],
            "settings": [{"name": "DB_HOST", "secret": False}, {"name": "DB_PASS", "secret": True}],
        },
        errors=[{"code": 1, "name": "bad", "title": "Bad", "description": "It is bad", "category": "data"}],
    )


def interface_manifest(**interface: Any) -> dict[str, Any]:
    """Return a valid minimal manifest with the given members of ``job.interface``."""
    return minimal_manifest(interface=interface)


def read_manifest(**interface: Any) -> Manifest:
    """Return the typed form of a minimal manifest with the given members of ``job.interface``."""
    return Manifest.read(interface_manifest(**interface))


def with_value(document: Any, path: str, value: Any) -> Any:
    """Return a copy of the document with ``value`` at the JSON Pointer."""
    changed = copy.deepcopy(document)
    *way, last = _parts(path)
    node = resolve(changed, way)
    node[int(last) if isinstance(node, list) else last] = value
    return changed


def without(document: Any, path: str) -> Any:
    """Return a copy of the document without the member at the JSON Pointer."""
    changed = copy.deepcopy(document)
    *way, last = _parts(path)
    del resolve(changed, way)[last]
    return changed


def resolve(document: Any, path: str | list[str]) -> Any:
    """Return the value at a JSON Pointer; raises KeyError, IndexError or TypeError where there is none."""
    node = document
    for part in _parts(path) if isinstance(path, str) else path:
        if not isinstance(node, dict | list):
            raise TypeError(path)
        node = node[int(part)] if isinstance(node, list) else node[part]
    return node


def assert_paths_resolve(document: Any, report: Report) -> None:
    """Assert that the path of every finding leads to a place in the document."""
    for finding in report.errors + report.warnings:
        resolve(document, finding.path)


def errors(*findings: tuple[str, str, str]) -> Report:
    """Return a report of errors, each given as (name, path, description)."""
    return Report(errors=tuple(Finding(name, text, path) for name, path, text in findings))


def warnings(*findings: tuple[str, str, str]) -> Report:
    """Return a report of warnings, each given as (name, path, description)."""
    return Report(warnings=tuple(Finding(name, text, path) for name, path, text in findings))


def _parts(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
