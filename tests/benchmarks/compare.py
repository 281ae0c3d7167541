"""`python -m tests.benchmarks.compare OLD NEW`: what changed between two results of the benchmark."""

import argparse
import json
from pathlib import Path

_SHOWN = ("queries", "kB", "median ms", "p95 ms", "req/s", "ratio")


def main() -> None:
    """Prints a line for each endpoint that both have: old -> new, and the change of the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    options = parser.parse_args()
    old, new = (
        {row["endpoint"]: row for row in json.loads(file.read_text())["endpoints"]}
        for file in (options.old, options.new)
    )
    headings = ("endpoint", *_SHOWN, "median")
    print(f"| {' | '.join(headings)} |\n|{' --- |' * len(headings)}")
    for endpoint in (endpoint for endpoint in old if endpoint in new):
        before, after = old[endpoint], new[endpoint]
        cells = [f"{before[name]} -> {after[name]}" for name in _SHOWN]
        change = f"{(after['median ms'] / before['median ms'] - 1) * 100:+.0f} %"
        print(f"| {' | '.join([endpoint, *cells, change])} |")
    for endpoint in sorted(old.keys() ^ new.keys()):
        print(f"only in {'the old' if endpoint in old else 'the new'} one: {endpoint}")


if __name__ == "__main__":
    main()
