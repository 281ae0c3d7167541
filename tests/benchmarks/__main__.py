"""``python -m tests.benchmarks --jobs N``: measure every endpoint over N jobs in an empty PostgreSQL."""

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Any

import django
import psutil

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("IMAGE_REGISTRIES", "registry.example.com")  # which is not asked, for the page of the import
django.setup()

import logging  # noqa: E402

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from tqdm import tqdm  # noqa: E402

from tests.benchmarks import (  # noqa: E402
    claims,
    collector,
    core,
    creation,
    growth,
    history,
    largest,
    layers,
    leases,
    memory,
    pages,
    ratios,
    rivals,
    triggers,
)
from tests.benchmarks.clients import Clients  # noqa: E402
from tests.benchmarks.completeness import unmeasured  # noqa: E402
from tests.benchmarks.data import LIVE, load  # noqa: E402
from tests.benchmarks.entries import AREAS, Entry, Read  # noqa: E402
from tests.benchmarks.measure import Bench, Row, bench  # noqa: E402
from tests.benchmarks.plans import plans  # noqa: E402
from tests.benchmarks.reads import reads  # noqa: E402
from tests.benchmarks.report import facts, keep, table  # noqa: E402
from tests.benchmarks.serving import Others  # noqa: E402
from tests.benchmarks.writes import writes  # noqa: E402

_TITLES = {
    "endpoints": "One client on a kept-alive connection; req/s, p99 and the CPU time of a request: 16 clients",
    "collector": "The policy of the garbage collector, and Python's own, with 16 clients",
    "core": "16 clients, with and without a core for the web processes alone",
    "memory": "The memory of one worker",
    "largest": "The largest bodies that are taken, each made to cost as much as it can",
    "ratios": "Over HTTP, in turn with bare Django views of the same rows; req/s: 16 clients",
    "layers": "The milliseconds that each layer of core/reads saves",
    "creation": "Jobs created one by one and in bulk; web and db: the CPU time of a request",
    "leases": "The leases of lost jobs, ended in process while claims go on",
    "claims": "The median milliseconds of a claim of ten jobs over HTTP, before and after ANALYZE",
    "rivals": "Workers that claim and report at once, none of which pauses",
}


# What is measured alone, by an option of this name: what that is, and how. These bring their own data.
_APART: dict[str, tuple[str, Callable[[Clients, argparse.Namespace], list[Row]]]] = {
    "creation": ("the creation of jobs", lambda clients, given: creation.measure(clients, given.rounds)),
    "claims": (
        "claims from queues of all sizes",
        lambda clients, given: claims.measure(clients, given.rounds, given.jobs),
    ),
    "rivals": (
        "workers that claim and report at once",
        lambda clients, given: rivals.measure(clients, given.rounds),
    ),
    "triggers": ("what the triggers of metrics/ cost", lambda clients, given: triggers.measure(given.rounds)),
    "history": (
        "numbers over time, with N/10 jobs too",
        lambda clients, given: history.measure(clients, given.rounds, given.jobs),
    ),
    "pages": ("the pages for people", lambda clients, given: pages.measure(clients, given.rounds, given.jobs)),
}
# These are over the data of the whole run.
_OVER_THE_DATA: dict[str, tuple[str, Callable[[Bench], list[Row]]]] = {
    "layers": ("the layers of core/reads", layers.measure),
    "ratios": ("reads beside bare Django views", ratios.measure),
    "collector": ("the policy of the garbage collector", collector.measure),
    "largest": ("the largest bodies", largest.measure),
    "leases": ("the rescue of lost jobs", lambda asking: leases.measure()),
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--jobs", type=int, default=1_000_000, help=f"how many, {LIVE} of them live")
    made.add_argument("--rounds", type=int, default=30, help="how often each entry is asked; it scales all else")
    made.add_argument(
        "--only", default="", help="measure the entries alone whose name holds this, and keep nothing"
    )
    alone = made.add_mutually_exclusive_group()
    for name, (what, _) in (_APART | _OVER_THE_DATA).items():
        alone.add_argument(
            f"--{name}", dest="alone", action="store_const", const=name, help=f"measure {what} alone"
        )
    alone.add_argument("--growth", action="store_true", help="measure how all grows alone, on the axes of --only")
    made.add_argument(
        "--times",
        type=lambda given: [int(factor) for factor in given.split(",")],
        default="1,10,50",
        help="how many times N jobs --growth measures; 1,10,50 by default",
    )
    made.add_argument("--explain", action="store_true", help="print the plans of all queries on jobs too")
    return made


def main() -> None:
    """Load the data, measure, and print the tables and, if asked for, the plans."""
    options = parser().parse_args()
    if connection.vendor != "postgresql":
        parser().error("DATABASE_URL must name an empty PostgreSQL database; `make bench` brings one along.")
    if options.jobs <= LIVE:
        parser().error(f"Name more than {LIVE:,} jobs, so that some have ended.")
    logging.disable(logging.CRITICAL)
    with Clients() as clients:
        if options.alone in _APART:
            measured = _APART[options.alone][1](clients, options)
            print(table(measured))
            if options.alone == "pages":
                print("\n".join(["", *(pages.beyond(measured) or ["Every page stays below its bounds."])]))
            return
        call_command("migrate", verbosity=0)
        load(options.jobs)
        if options.growth:
            grow(clients, options)
        else:
            measure_all(clients, options)
    if options.explain:
        print("\n".join(plans(reads())))


def measure_all(clients: Clients, options: argparse.Namespace) -> None:
    """Measure all that is over the data, or the part of it that the options name, and print it."""
    entries: list[Entry] = [*reads(), *writes()]
    if missing := unmeasured(entries):
        parser().error(f"Not measured: {', '.join(missing)}")
    chosen = [entry for entry in entries if options.only in entry.title]
    if not chosen:
        parser().error(f"No entry holds {options.only!r} in its name.")
    with bench(clients, options.rounds) as asking:
        if options.alone:
            print(table(_OVER_THE_DATA[options.alone][1](asking)))
        elif options.only:
            print(table(measure(asking, chosen)))
        else:
            show({**facts(options.jobs, options.rounds), **sections(asking, entries, options.jobs)})


def grow(clients: Clients, options: argparse.Namespace) -> None:
    """Measure and save the axes of growth; print the table, and what grew so much that it has to be explained."""
    cells: list[Row] = []
    grown: list[str] = []
    for axis in growth.axes(options.jobs, options.times):
        if options.only in axis.name:
            rows = growth.measure(clients, options.rounds, axis)
            keep(
                {**facts(options.jobs, options.rounds), "rows": rows}, f"bench-growth-{axis.name}".replace(" ", "-")
            )
            cells += growth.with_ratios(rows)
            grown += growth.notable(rows)
    if not cells:
        raise SystemExit(f"No axis of growth holds {options.only!r} in its name.")
    print("\n".join(["", table(cells), "", "What grew by more than half:", *(grown or ["nothing"])]))


def sections(asking: Bench, entries: list[Entry], jobs: int) -> dict[str, Any]:
    """Return all tables and the load of other processes. Writes come last, since they change what is read."""
    chosen = [entry for entry in entries if isinstance(entry, Read)]
    others = Others(asking.server, psutil.Process(), psutil.Process(asking.clients.process.pid))
    read = measure(asking, chosen)
    found: dict[str, Any] = {
        "others %": others.percent(),
        "collector": collector.measure(asking),
        "core": core.measure(asking),
        "memory": memory.measure(asking, chosen, read),
        "ratios": ratios.measure(asking),
        "layers": layers.measure(asking),
        "largest": largest.measure(asking),
    }
    written = measure(asking, [entry for entry in entries if not isinstance(entry, Read)])
    found["creation"] = creation.measure(asking.clients, asking.rounds)
    found["leases"] = leases.measure()
    found["claims"] = claims.measure(asking.clients, asking.rounds, jobs)
    found["rivals"] = rivals.measure(asking.clients, asking.rounds)
    # By area; within one, reads before writes.
    return {"endpoints": sorted(read + written, key=lambda row: AREAS.index(row["area"])), **found}


def measure(asking: Bench, entries: Sequence[Entry]) -> list[Row]:
    """Return the rows of the entries, and show a progress bar."""
    rows: list[Row] = []
    for entry in tqdm(entries, desc="Endpoints"):
        rows.extend(asking.read(entry) if isinstance(entry, Read) else [asking.write(entry)])
    return rows


def show(found: dict[str, Any]) -> None:
    """Print all tables and save them."""
    print(
        f"\n{found['jobs']:,} jobs, {LIVE:,} of them live; PostgreSQL {found['postgresql']}; {found['machine']}, "
        f"{found['cores']} cores; code {found['code']}; {found['rounds']} rounds\n"
        f"Other processes took {found['others %']} % of the cores while the reads were measured."
    )
    for section, title in _TITLES.items():
        print(f"\n{title}\n\n{table(found[section])}")
    file = keep(found, f"bench-{found['jobs']}")
    print(f"\nKept in {file}.")


if __name__ == "__main__":
    main()
