"""Jobs that are over, as history: with their input, output, times and tries, a page or less in each transaction."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import DataError, IntegrityError, transaction

from core.models.bulk import insert_rows
from core.models.clock import database_time
from core.models.sequences import advance_sequence
from files.models import File
from jobs.history import PastJob, store_past_jobs, update_past_job
from jobs.models import Job, JobExecution
from jobs.states import ENDED, Status
from seed.manifest import object_in, objects_in
from takeover.models import Imported, Kind
from takeover.readers.fields import object_of, text_of
from takeover.readers.job_documents import LATER_TRY, UNSHOWN, ShownJob, past_job
from takeover.readers.job_references import NO_ERROR, NO_REVISION, References
from takeover.readers.settling import UNSETTLED
from takeover.report import Outcome
from takeover.run import UNUSABLE, Run, digest
from takeover.source import BadAnswer, is_id, path_to
from takeover.source.jobs import JobPages
from takeover.source.lists import PAGE_SIZE

_STATUSES = frozenset(Status)
_UNENDED = tuple(status for status in Status if status not in ENDED)
_MOST_NAMED = 20
_SECONDS_OF_READING = 5
_FILES = "the ids of files in their inputs and outputs are those of the other system, of which no files come"
# What a later run may find, though the job itself does not change any more.
_MAY_COME_LATER = frozenset({UNSHOWN, LATER_TRY, NO_REVISION, NO_ERROR})
# For how long the end of a try may be on the way after its job is over.
_TRIES_END_WITHIN = timedelta(days=1)
_KEPT = "kept as it is here, where it has changed; --overwrite takes what is there"
_ODD = "some rows of the list have no usable id, status or last_modified, and are left out"


def bring_jobs(run: Run) -> None:
    """Bring the jobs that are over and changed within the time that the run is told. The others are reported."""
    if run.options.jobs_since is None:
        return
    run.free_ids(Job, _ids_to_reserve(run))
    bringing = _Bringing(run, References(run))
    pages = JobPages(run.source, statuses=ENDED, since=database_time() - run.options.jobs_since)
    for number, rows in enumerate(pages):
        if number == 0:
            run.progress.begin("Jobs", pages.count)
        bringing.bring(rows)
    if pages.remark:
        run.report.fail(Kind.JOB, "jobs/", pages.remark)
    if pages.has_odd:
        run.report.fail(Kind.JOB, "jobs/", _ODD)
    bringing.report_remarks()
    _report_unended(run)


def _ids_to_reserve(run: Run) -> list[int]:
    """Return the largest id of a job there, which no other job is to be given; none where no ids are kept."""
    if not run.options.keeps_ids:
        return []
    page = run.source.get("jobs/", order="-id", page_size=1) or {}
    return [row["id"] for row in objects_in(page, "results") if is_id(row.get("id"))]


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A job that was read, as it is to be stored, and what had arrived of it before."""

    source_id: int
    digest: str
    job: PastJob
    remarks: list[str]
    is_whole: bool
    imported: Imported | None

    def is_as_before(self, imported: Imported) -> bool:
        """Return whether what was missing when the job arrived still is, and nothing else has changed."""
        is_missing = self.digest == imported.digest == UNSETTLED
        return is_missing and (self.remarks, self.job.last_modified) == (imported.remarks, imported.written)


@dataclass
class _Bringing:
    """Brings one page after the other.

    ``remarks`` counts them, with the first job of each. ``size`` is how many jobs the next part has at most.
    """

    run: Run
    references: References
    remarks: Counter[str] = field(default_factory=Counter)
    examples: dict[str, int] = field(default_factory=dict)
    last_file: int = 0
    size: int = 1
    recent: datetime = field(default_factory=lambda: database_time() - _TRIES_END_WITHIN)

    def bring(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Bring a page of the list, in parts that are stored as they are read.

        The first parts of a run are small, and none is read for longer than some seconds: a run that is killed and
        started again gets on, however early that is, and however slow the other system.
        """
        known = self.run.known(Kind.JOB, [row["id"] for row in rows])
        changed = [row for row in rows if not self._skip(row, known.get(row["id"]))]
        part: list[_Arrival] = []
        began = time.monotonic()
        for arrival in self._read(changed, known):
            part.append(arrival)
            if len(part) >= self.size or time.monotonic() - began > _SECONDS_OF_READING:
                self._bring_part(part)
                self.size = min(2 * self.size, PAGE_SIZE)
                part, began = [], time.monotonic()
        self._bring_part(part)

    def _bring_part(self, arrivals: Sequence[_Arrival]) -> None:
        """Bring what is new in one transaction, and what changed there since one by one."""
        self._store([arrival for arrival in arrivals if arrival.imported is None])
        for arrival in arrivals:
            if arrival.imported is not None and arrival.is_as_before(arrival.imported):
                self._count(Outcome.UNCHANGED, arrival.source_id, arrival.remarks)
            elif arrival.imported is not None:
                self._update(arrival, arrival.imported)

    def report_remarks(self) -> None:
        """Report how many jobs differ in each way."""
        for sentence, count in self.remarks.most_common():
            name = f"{count} jobs, such as {self.examples[sentence]}"
            self.run.report.remarks.add(Kind.JOB, name, sentence)
        if self.last_file:
            self.run.report.remarks.add(Kind.JOB, "jobs", _FILES)

    def _skip(self, row: Mapping[str, Any], imported: Imported | None) -> bool:
        """Return whether a job has arrived as it is there; one that came with all of its tries does so without."""
        if imported is None:
            return False
        wanted = [_digest(row, executions=True)]
        if not self.run.options.executions:
            wanted.append(_digest(row, executions=False))
        if imported.digest not in wanted:
            return False
        self._count(Outcome.UNCHANGED, row["id"], imported.remarks)
        return True

    def _read(self, rows: Sequence[Mapping[str, Any]], known: Mapping[int, Imported]) -> Iterator[_Arrival]:
        for row, shown in zip(rows, self.run.source.map(self._ask, rows), strict=True):
            try:
                arrival = self._arrival(row, shown, known.get(row["id"]))
            except BadAnswer as error:
                self._fail(row["id"], str(error))
            except UNUSABLE:
                self._fail(row["id"], "what the other system shows of it is no job")
            else:
                if arrival is not None:
                    yield arrival

    def _ask(self, row: Mapping[str, Any]) -> ShownJob | BadAnswer:
        """Return what the other system shows of a job: one request, with all tries another one."""
        source, path = self.run.source, path_to("jobs", row["id"])
        try:
            details = source.get(path)
            if details is None:
                return ShownJob(row, (), is_whole=False)
            if self.run.options.executions:
                return ShownJob(details, source.all_rows(f"{path}executions/"))
            last = details.get("execution")
            return ShownJob(details, [last] if last else [])
        except BadAnswer as error:
            return error

    def _arrival(
        self, row: Mapping[str, Any], shown: ShownJob | BadAnswer, imported: Imported | None
    ) -> _Arrival | None:
        """Return a job as it is to be stored; None if it is not over any more. Raises BadAnswer."""
        if isinstance(shown, BadAnswer):
            raise shown
        status = text_of(shown.details, "status")
        if status not in _STATUSES:
            raise BadAnswer(f"Its status is {status!r}, and none of {', '.join(Status.values)}.")
        if status not in ENDED:
            return None  # It comes with the next run.
        job_type = self.references.job_type(object_of(shown.details, "job_type"))
        if job_type is None and self.run.options.is_dry:
            self._count(Outcome.CREATED, row["id"])
            return None
        if job_type is None:
            raise BadAnswer("Its job type did not come.")
        job, remarks = past_job(shown, self.references, job_type, recent=self.recent)
        read = _digest(shown.details, executions=self.run.options.executions)
        if not _MAY_COME_LATER.isdisjoint(remarks):
            read = UNSETTLED
        return _Arrival(row["id"], read, job, remarks, shown.is_whole, imported)

    def _store(self, arrivals: Sequence[_Arrival]) -> None:
        """Store new jobs in one transaction; where that fails, one by one, so that only those fail that are why."""
        if not arrivals:
            return
        if not self.run.options.is_dry:
            self._keep_files(arrivals)
            jobs = self._with_ids([arrival.job for arrival in arrivals], [one.source_id for one in arrivals])
            if len(arrivals) == 1:
                (arrival,) = arrivals
                with self.run.writing(Kind.JOB, str(arrival.source_id)):
                    self._insert(arrivals, jobs)
                    self._count(Outcome.CREATED, arrival.source_id, arrival.remarks)
                return
            try:
                with transaction.atomic():
                    self._insert(arrivals, jobs)
            except (DataError, IntegrityError, ValueError, TypeError, RecursionError):
                for arrival in arrivals:
                    self._store([arrival])
                return
        for arrival in arrivals:
            self._count(Outcome.CREATED, arrival.source_id, arrival.remarks)

    def _with_ids(self, jobs: Sequence[PastJob], ids: Sequence[int]) -> list[PastJob]:
        """Return new jobs and their tries with the ids that they keep."""
        if not self.run.options.keeps_ids:
            return list(jobs)
        free = self.run.free_ids(Job, ids)
        free_tries = self.run.free_ids(JobExecution, [one.id for job in jobs for one in job.tries if one.id])
        return [
            replace(
                job,
                id=pk if pk in free else None,
                tries=[one if one.id in free_tries else replace(one, id=None) for one in job.tries],
            )
            for job, pk in zip(jobs, ids, strict=True)
        ]

    def _insert(self, arrivals: Sequence[_Arrival], jobs: Sequence[PastJob]) -> None:
        ids = store_past_jobs(jobs)
        rows = [
            {
                "takeover_id": self.run.takeover.pk,
                "kind": Kind.JOB,
                "source_id": arrival.source_id,
                "object_id": pk,
                "digest": arrival.digest,
                "written": arrival.job.last_modified,
                "findings": [],
                "remarks": arrival.remarks,
                "is_whole": arrival.is_whole,
            }
            for arrival, pk in zip(arrivals, ids, strict=True)
        ]
        insert_rows(Imported, rows)

    def _update(self, arrival: _Arrival, imported: Imported) -> None:
        """Let a job be as it is in the other system, where it has changed since it arrived."""
        remarks, read = arrival.remarks, arrival.digest
        written: datetime | None = arrival.job.last_modified
        with self.run.writing(Kind.JOB, str(arrival.source_id)):
            is_done = self.run.options.is_dry or self._change(arrival, imported)
            if not is_done:
                remarks, read, written = [*remarks, _KEPT], UNSETTLED, None
            if not self.run.options.is_dry:
                self.run.record(
                    Kind.JOB,
                    arrival.source_id,
                    imported.object_id,
                    read,
                    written=written,
                    remarks=remarks,
                    is_whole=arrival.is_whole,
                    imported=imported,
                )
            self._count(Outcome.UPDATED if is_done else Outcome.KEPT, arrival.source_id, remarks)

    def _change(self, arrival: _Arrival, imported: Imported) -> bool:
        """Update a job unless it was changed here. Tries have new ids, as theirs may be taken by now."""
        overwrites = self.run.options.overwrites
        if imported.written is None and not overwrites:
            return False
        job = replace(arrival.job, tries=[replace(one, id=None) for one in arrival.job.tries])
        return update_past_job(imported.object_id, job, written=None if overwrites else imported.written)

    def _keep_files(self, arrivals: Sequence[_Arrival]) -> None:
        """Let no file that is registered later be given an id that is that of another file in these jobs."""
        last = max((pk for arrival in arrivals for pk in _files(arrival.job)), default=0)
        if last > self.last_file:
            advance_sequence(File, last)
            self.last_file = last

    def _fail(self, source_id: int, sentence: str) -> None:
        self.run.report.fail(Kind.JOB, str(source_id), sentence)
        self.run.progress.advance()

    def _count(self, outcome: Outcome, source_id: int, remarks: Sequence[str] = ()) -> None:
        self.run.report.count(Kind.JOB, outcome)
        self.run.progress.advance()
        for remark in remarks:
            self.remarks[remark] += 1
            self.examples.setdefault(remark, source_id)


def _digest(job: Mapping[str, Any], *, executions: bool) -> str:
    """Return the digest of a job, as its row of the list and its details show it; its job type is no part of it."""
    return digest(job["id"], job["status"], job["last_modified"], executions)


def _files(job: PastJob) -> Iterator[int]:
    """Yield the ids of files in the input and output of a job."""
    for data in (job.input, job.output):
        files = data.get("files")
        for ids in files.values() if isinstance(files, dict) else ():
            yield from (pk for pk in (ids if isinstance(ids, list) else [ids]) if is_id(pk))


def _report_unended(run: Run) -> None:
    """Report the jobs that are not over, by job type and status."""
    counts: Counter[tuple[str, str]] = Counter()
    first: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for rows in JobPages(run.source, statuses=_UNENDED):
        for row in rows:
            job_type = object_in(row, "job_type")
            key = f"{job_type.get('name')} {job_type.get('version')}", row["status"]
            counts[key] += 1
            if counts[key] <= _MOST_NAMED:
                first[key].append(str(row["id"]))
    for (name, status), count in sorted(counts.items()):
        run.report.count(Kind.JOB, Outcome.LEFT, count)
        named = ", ".join(first[name, status]) + (", …" if count > _MOST_NAMED else "")
        sentence = f"{count} of its jobs are {status} there, and come with a later run once they are over: {named}"
        run.report.duties.add(Kind.JOB, name, sentence)
