"""``python -m tests.benchmarks.compare OLD NEW``: what changed between two results of the benchmark."""

import argparse
import json
from pathlib import Path
from typing import Any

_FACTS = ("date", "code", "machine", "cores", "postgresql", "jobs", "rounds", "others %")
# The section of a result -> the columns that its rows are known by, and whose change is shown in percent.
_SECTIONS = {
    "endpoints": ("endpoint", "median ms"),
    "core": ("endpoint", "req/s"),
    "memory": ("requests", "RSS MiB"),
}
_HIDDEN = ("area", "rows")


def main() -> None:
    """Print a table for each section: rows of both results as old -> new, then the rows of one of them alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    options = parser.parse_args()
    old, new = (json.loads(file.read_text()) for file in (options.old, options.new))
    for fact in _FACTS:
        print(f"{fact}: {_change(old.get(fact), new.get(fact))}")
    for section, (key, measured) in _SECTIONS.items():
        before, after = ({row[key]: row for row in found.get(section, ())} for found in (old, new))
        both = [name for name in after if name in before]
        if both:
            print(f"\n{section}\n")
            _print_table(key, measured, [(before[name], after[name]) for name in both])
        for name in [*before, *after]:
            if name not in both:
                print(f"only in the {'old' if name in before else 'new'} one: {name}")


def _print_table(key: str, measured: str, pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    columns = [name for name in pairs[0][1] if name not in (key, *_HIDDEN)]
    headings = [key, *columns, *([f"{measured}, change"] if measured else [])]
    print(f"| {' | '.join(headings)} |\n|{' --- |' * len(headings)}")
    for before, after in pairs:
        cells = [str(after[key]), *(_change(before.get(name), after.get(name)) for name in columns)]
        if measured:
            cells.append(_percent(before.get(measured), after.get(measured)))
        print(f"| {' | '.join(cells)} |")


def _change(old: Any, new: Any) -> str:
    shown = ["-" if value is None else str(value) for value in (old, new)]
    return shown[0] if shown[0] == shown[1] else " -> ".join(shown)


def _percent(old: float | None, new: float | None) -> str:
    return f"{(new / old - 1) * 100:+.0f} %" if old and new else "-"


if __name__ == "__main__":
    main()
