"""What the protocol promises, checked against all rows after each step of the simulation."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from files.models import File
from job_types.models import JobType
from jobs.models import Job, JobExecution
from jobs.states import FOUND_ENDS, End, Status
from tests.jobs.counting import counted, tallied
from tests.jobs.simulation import LEASE, World
from tests.metrics.tries import counted_ends, kept_ends

Rows = Mapping[Any, Any]  # by their keys
_LONGEST_WAIT = timedelta(minutes=15)


def check(world: World) -> None:
    """Raise AssertionError if a promise is broken."""
    jobs = {job["id"]: job for job in Job.objects.values()}
    tries = {(one["job_id"], one["exe_num"]): one for one in JobExecution.objects.values()}
    assert jobs.keys() == world.created
    _check_jobs(world, jobs, tries)
    _check_ends(world, tries)
    _check_nodes(world, tries)
    _check_products(jobs)
    assert tallied() == counted()
    assert kept_ends() == counted_ends()


def _check_jobs(world: World, jobs: Rows, tries: Rows) -> None:
    """Check that each job agrees with its tries, which are no more than they may be."""
    numbers: dict[int, list[int]] = defaultdict(list)
    for owner, number in sorted(tries):
        numbers[owner].append(number)
    first_tries = dict(JobType.objects.values_list("pk", "max_tries"))
    for pk, job in jobs.items():
        assert numbers[pk] == list(range(1, job["num_exes"] + 1))
        running = [number for number in numbers[pk] if tries[pk, number]["ended"] is None]
        assert running == ([job["num_exes"]] if job["status"] == Status.RUNNING else [])
        if running:
            assert tries[pk, job["num_exes"]]["node"] == job["node"]
        requeued_at = job["max_tries"] - first_tries[job["job_type_id"]]
        ends = [tries[pk, number]["end"] for number in numbers[pk] if number > requeued_at]
        assert job["num_exes"] <= job["max_tries"] + ends.count(End.RETURNED)
        assert job["error_id"] or job["status"] != Status.FAILED
        if job["retry_after"]:
            assert job["retry_after"] - world.now <= _LONGEST_WAIT


def _check_ends(world: World, tries: Rows) -> None:
    """Check that tries that are over have a reason, stay as they are, and were not given up too early."""
    for key, one in tries.items():
        if one["ended"] is None or key in world.ended:
            assert one["ended"] is None or one == world.ended[key]
            continue
        world.ended[key] = one
        assert one["end"]
        assert one["error_id"] or one["status"] != Status.FAILED
        if one["end"] in FOUND_ENDS:
            assert one["ended"] >= world.renewed[key] + LEASE, "it was given up before its lease was over"
            assert one["end"] == End.NODE_LOST or one["ended"] >= one["times_out"] + LEASE


def _check_nodes(world: World, tries: Rows) -> None:
    """Check that no job runs twice, and that what nodes have a lease for has not been given up."""
    runs: dict[int, list[str]] = defaultdict(list)
    for node in world.nodes:
        for key in node.running(world.now):
            runs[key[0]].append(node.hostname)
            assert tries[key]["end"] not in FOUND_ENDS
            if tries[key]["ended"] is None:
                assert node.held[key].until <= tries[key]["lease_expires"]
    assert all(len(nodes) == 1 for nodes in runs.values()), runs


def _check_products(jobs: Rows) -> None:
    """Check that each job that COMPLETED has the files of its last try, once, and that nothing else left any."""
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for file in File.objects.order_by("pk").values("id", "job_id", "exe_num", "file_path"):
        found[file["job_id"]].append(file)
    for pk, job in jobs.items():
        names = [(file["exe_num"], file["file_path"].rpartition("/")[2]) for file in found[pk]]
        if job["status"] == Status.COMPLETED:
            assert names == [(job["num_exes"], "1.tif"), (job["num_exes"], "2.tif")]
            assert job["output"] == {"files": {"TILES": [file["id"] for file in found[pk]]}}
        else:
            assert (names, job["output"]) == ([], {})
