"""Every regular expression of the schemas and of the code takes linear time on hostile texts."""

import importlib
import json
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import scale.urls  # noqa: F401  (registers the path converters that the URLs of the apps use)
import seed

PACKAGES = (
    "audit",
    "client",
    "core",
    "errors",
    "files",
    "idempotency",
    "job_types",
    "jobs",
    "metrics",
    "pages",
    "recipes",
    "scale",
    "seed",
    "workspaces",
)
LENGTH = 50_000
# Texts to repeat, and ends at which a match then fails.
REPEATED = ["a", "A", "0", "9", "-", ".", "_", "/", " ", ":", "a-", "0.", "a/", "1-1", "P1", "T1H", "\\", "é", "\n"]
ENDS = ["", "!", "\n", "-", ".", "~~"]


def of_schemas() -> Iterator[str]:
    for file in (Path(seed.__file__).parent / "schemas").glob("*.json"):
        pending: list[Any] = [json.loads(file.read_text(encoding="utf-8"))]
        while pending:
            node = pending.pop()
            if isinstance(node, dict):
                if isinstance(node.get("pattern"), str):
                    yield node["pattern"]
                if isinstance(node.get("patternProperties"), dict):
                    yield from node["patternProperties"]
                pending += node.values()
            elif isinstance(node, list):
                pending += node


def of_the_code() -> Iterator[str]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if any(part in found.name for part in ("migrations", "settings", "__main__", "wsgi")):
                continue
            for value in vars(importlib.import_module(found.name)).values():
                if isinstance(value, re.Pattern):
                    yield value.pattern if isinstance(value.pattern, str) else value.pattern.decode()


PATTERNS = sorted({*of_schemas(), *of_the_code()})


def test_patterns_of_the_schemas_and_of_the_code_are_found() -> None:
    assert len(set(of_schemas())) >= 2
    assert len(set(of_the_code())) >= 3


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_text_makes_a_pattern_slow(pattern: str) -> None:
    expression = re.compile(pattern)
    began = time.perf_counter()
    for repeated in REPEATED:
        for end in ENDS:
            expression.search(repeated * (LENGTH // len(repeated)) + end)
    # Linear time is milliseconds; quadratic time would be minutes, and exponential time would never end.
    assert time.perf_counter() - began < 20
