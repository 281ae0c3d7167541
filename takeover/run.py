"""A run of a takeover: what it was told, what it reads from, what has arrived, and what it reports."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from django.db import DatabaseError, transaction
from django.db.models import Model
from django.utils.crypto import salted_hmac

from core.faults import brief
from core.models.sequences import advance_sequence
from seed import Finding
from takeover.models import Imported, Kind, Takeover
from takeover.report import Outcome, Report
from takeover.source import BadAnswer, Source

_IDS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run is told.

    ``keeps_ids`` takes the ids of the other system where they are free here. ``overwrites`` replaces what was
    changed here. ``jobs_since`` is how far back jobs come; None for none. ``executions`` reads all tries of jobs.
    """

    keeps_ids: bool = False
    overwrites: bool = False
    is_dry: bool = False
    jobs_since: timedelta | None = None
    executions: bool = False


class Progress(Protocol):
    """Shows how far a stage is."""

    def begin(self, what: str, total: int | None) -> None:
        """Begin with ``total`` objects, None if it is not known how many there are."""

    def advance(self, number: int = 1) -> None:
        """Go on by ``number`` objects."""


class NoProgress:
    """Shows nothing."""

    def begin(self, what: str, total: int | None) -> None:
        pass

    def advance(self, number: int = 1) -> None:
        pass


@dataclass
class Run:
    """One run of ``takeover``, which reads from ``source`` and writes here unless it is dry."""

    source: Source
    takeover: Takeover
    options: Options = field(default_factory=Options)
    progress: Progress = field(default_factory=NoProgress)
    report: Report = field(default_factory=Report)

    def known(self, kind: Kind, source_ids: Iterable[int]) -> dict[int, Imported]:
        """Return what has arrived of these objects, by their ids in the other system."""
        wanted, found = list(source_ids), {}
        if self.takeover.pk is None:  # a dry run of what was never begun
            return {}
        for first in range(0, len(wanted), _IDS_AT_ONCE):
            some = wanted[first : first + _IDS_AT_ONCE]
            rows = Imported.objects.filter(takeover=self.takeover, kind=kind, source_id__in=some)
            found |= {row.source_id: row for row in rows}
        return found

    def record(
        self,
        kind: Kind,
        source_id: int,
        object_id: int,
        digest: str,
        *,
        written: datetime | None = None,
        findings: Sequence[Finding] = (),
        remarks: Sequence[str] = (),
        is_whole: bool = True,
    ) -> None:
        """Record what became of one object, in the transaction that wrote it."""
        Imported.objects.update_or_create(
            takeover=self.takeover,
            kind=kind,
            source_id=source_id,
            defaults={
                "object_id": object_id,
                "digest": digest,
                "written": written,
                "findings": [finding.as_dict() for finding in findings],
                "remarks": list(remarks),
                "is_whole": is_whole,
            },
        )

    def note(self, kind: Kind, name: str, outcome: Outcome, remarks: Iterable[str] = ()) -> None:
        """Report what became of one object, and what differs."""
        self.report.count(kind, outcome)
        for remark in remarks:
            self.report.remarks.add(kind, name, remark)

    @contextmanager
    def writing(self, kind: Kind, name: str) -> Iterator[None]:
        """Write one object in a transaction of its own; one that cannot be read or stored is a fault."""
        try:
            with transaction.atomic():
                yield
        except BadAnswer as error:
            self.report.fail(kind, name, str(error))
        except (DatabaseError, ValueError) as error:
            self.report.fail(kind, name, f"it cannot be stored here: {brief(error)}")

    def free_id(self, model: type[Model], source_id: int) -> int | None:
        """Return the id to give to a new row: that of the other system if it is to be kept, else None."""
        if not self.options.keeps_ids or model._base_manager.filter(pk=source_id).exists():
            return None
        return source_id

    def reserve(self, model: type[Model], source_ids: Collection[int]) -> None:
        """Let the ids of ``model`` continue after those that are to be kept, before the first one is written."""
        if self.options.keeps_ids and source_ids and not self.options.is_dry:
            advance_sequence(model, max(source_ids))


def digest(*read: object) -> str:
    """Return a digest of JSON values that were read, keyed, as credentials may be among them: 64 characters."""
    text = json.dumps(read, sort_keys=True, separators=(",", ":"))
    return salted_hmac("takeover", text, algorithm="sha256").hexdigest()
