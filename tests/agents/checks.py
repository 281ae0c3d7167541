"""What must be true after agents did all jobs of a site: nothing was lost, nothing done twice, nothing left."""

import hashlib
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from django.db import connection

from files.models import File
from jobs.models import Job, JobExecution
from tests.agents.agents import Agent
from tests.agents.site import ARCHIVE, LOGS, Expected, Site
from tests.images.engines import Engine
from tests.tries import check_tries


def check_jobs(site: Site) -> None:
    """Each job is what it should be, and its tries ran one after the other."""
    jobs = {job.pk: job for job in Job.objects.select_related("error")}
    assert jobs.keys() == site.expected.keys()
    tries: dict[int, list[JobExecution]] = defaultdict(list)
    for one in JobExecution.objects.order_by("job_id", "exe_num"):
        tries[one.job_id].append(one)
    wrong = [
        f"job {pk}: {job.status} {job.error}, not {site.expected[pk].status} {site.expected[pk].error}; its tries: "
        f"{[(one.end, one.exit_code, one.stdout[-300:], one.stderr[-300:]) for one in tries[pk]]}"
        for pk, job in jobs.items()
        if (job.status, job.error.name if job.error else None)
        != (site.expected[pk].status, site.expected[pk].error)
    ]
    assert not wrong, "\n".join(wrong)
    for pk, job in jobs.items():
        check_tries(job, tries[pk])
        if (stdout := site.expected[pk].stdout) and job.status == "COMPLETED":
            assert tries[pk][-1].stdout == stdout
    ends = Counter(JobExecution.objects.values_list("end", "error__name"))
    print(f"\n{len(jobs)} jobs with {sum(map(len, tries.values()))} tries, which ended: {dict(ends)}")


def check_products(site: Site) -> None:
    """Each product is a file with what it should hold, registered once; there is no other file."""
    rows = list(File.objects.select_related("workspace").filter(workspace__name=ARCHIVE))
    of_jobs: dict[int, dict[str, list[File]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        assert row.job_id is not None
        of_jobs[row.job_id][row.job_output].append(row)
        content = (site.archive / row.file_path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (row.file_size, row.sha256)
        assert (row.is_deleted, row.media_type) == (False, "text/plain")
    for job in Job.objects.all():
        expected = site.expected[job.pk]
        wanted = {name: _digests(contents) for name, contents in expected.products.items()}
        assert {name: sorted(row.sha256 for row in files) for name, files in of_jobs[job.pk].items()} == wanted
        if expected.status == "COMPLETED":
            shown = {name: sorted(row.pk for row in files) for name, files in of_jobs[job.pk].items()}
            assert {name: sorted(ids) for name, ids in job.output.get("files", {}).items() if ids} == shown
            assert job.output["json"] == expected.json
            lines = sorted(content.count(b"\n") for content in expected.products.get("PARTS", ()))
            described = [row.meta_data["properties"]["lines"] for row in of_jobs[job.pk]["PARTS"]]
            assert sorted(described) == lines
    on_disk = sorted(str(path.relative_to(site.archive)) for path in site.archive.rglob("*") if path.is_file())
    assert on_disk == sorted(row.file_path for row in rows)


def check_logs(site: Site) -> None:
    """The whole log of each try is where its row says; all that printed something and were completed have one."""
    chatty = 0
    for one in JobExecution.objects.select_related("job__job_type"):
        job = one.job
        below = site.logs / job.job_type.name / job.job_type.version / str(job.pk) / str(one.exe_num)
        if one.log_workspace is None:
            assert one.status != "COMPLETED" or not (one.stdout or one.stderr)
            continue
        assert one.log_workspace == LOGS
        for stream, tail in (("stdout", one.stdout), ("stderr", one.stderr)):
            assert (below / f"{stream}.log").read_text(encoding="utf-8", errors="replace").endswith(tail)
        if (stdout := site.expected[job.pk].stdout) and one.status == "COMPLETED":
            chatty += 1
            assert (below / "stdout.log").read_text(encoding="utf-8") == stdout
            assert (below / "stderr.log").read_text(encoding="utf-8") == stdout.replace("out", "err")
    assert chatty


def _digests(contents: Iterable[bytes]) -> list[str]:
    return sorted(hashlib.sha256(content).hexdigest() for content in contents)


def check_nothing_ran_twice_at_once(site: Site) -> None:
    """By what the containers noted themselves, none of a job began before the one before it had ended."""
    spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for path in site.diary.iterdir():
        # The last line of one that was killed may be half written.
        noted = [float(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
        if noted:
            spans[path.name.partition(".")[0]].append((noted[0], noted[-1]))
    for number, own in spans.items():
        own.sort()
        for (_, ended), (began, _) in pairwise(own):
            assert began >= ended, f"the containers of job {number} ran at once: {own}"
    # Those whose input is missing never began; those that were stopped may have waited for a machine of Slurm.
    never = _numbers(site, lambda one: one.error in ("missing-file", "deleted-file"))
    stopped = _numbers(site, lambda one: one.status == "CANCELED" or one.error == "timeout")
    assert spans.keys() | stopped == _numbers(site, lambda one: True) - never
    print(f"{sum(map(len, spans.values()))} containers ran")


def _numbers(site: Site, is_of: Callable[[Expected], bool]) -> set[str]:
    """Return the numbers of those jobs that are to become what ``is_of`` says."""
    return {str(site.numbers[pk]) for pk, one in site.expected.items() if is_of(one)}


def check_nothing_is_left(agents: Sequence[Agent], engine: Engine | None = None) -> None:
    """No container, no folder of a job, no claim, no lease and no process is left."""
    assert not JobExecution.objects.filter(ended__isnull=True).exists()
    if engine:
        assert engine.containers() == []
    for agent in agents:
        left = [path for name in ("jobs", "claims") for path in (agent.state / name).glob("*")]
        assert left == [], [path.read_text(encoding="utf-8") if path.is_file() else path for path in left]
        assert agent.left_processes() == []


def places_of(secret: str, folders: Iterable[Path]) -> list[str]:
    """Return the files below ``folders`` that hold a secret; those that vanish meanwhile hold none."""
    command = ["grep", "--recursive", "--files-with-matches", "--text", "--fixed-strings", "--regexp", secret]
    found = subprocess.run([*command, *map(str, folders)], capture_output=True, text=True, check=False)
    return found.stdout.splitlines()


def tables_with(secret: str) -> list[str]:
    """Return the tables of the database that hold a text in any of their columns."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            # Names of tables, as the database gave them.
            cursor.execute(f'SELECT 1 FROM "{table}" row WHERE row::text LIKE %s LIMIT 1', [f"%{secret}%"])
            if cursor.fetchone():
                found.append(table)
    return found
