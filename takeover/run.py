"""A run of a takeover: what it was told, what it reads from, what has arrived, and what it reports."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from hmac import HMAC
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Model
from django.utils.crypto import salted_hmac

from core.encryption import EncryptionError
from core.faults import brief
from core.marks import Mark
from core.models.sequences import advance_sequence
from takeover.models import Imported, Kind, Takeover
from takeover.report import Outcome, Report
from takeover.source import BadAnswer, Source

Item = TypeVar("Item")

_IDS_AT_ONCE = 1_000
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
UNUSABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What is raised of a document that is none of the kind that it should be."""


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
    _reserved: dict[type[Model], int] = field(default_factory=dict)

    def read_list(self, kind: Kind, path: str) -> list[dict[str, Any]]:
        """Return all rows of a list, each with an ``id``; that some may be missing is a fault."""
        rows = self.source.rows(path)
        if rows.remark:
            self.report.fail(kind, path, rows.remark)
        return rows.items

    def over(self, what: str, items: Sequence[Item]) -> Iterator[Item]:
        """Yield ``items``, and show how far they are."""
        self.progress.begin(what, len(items))
        for item in items:
            yield item
            self.progress.advance()

    def prepare(
        self, kind: Kind, model: type[Model], rows: Iterable[Mapping[str, Any]]
    ) -> tuple[dict[int, Imported], set[int]]:
        """Return what has arrived of the objects in ``rows``, by their ids there, and the ids that are to be kept.

        No new row will be given one of these by itself.
        """
        ids = [row["id"] for row in rows]
        known = self.known(kind, ids)
        free = self.free_ids(model, [pk for pk in ids if pk not in known])
        return known, free

    def known(self, kind: Kind, source_ids: Iterable[int]) -> dict[int, Imported]:
        """Return what has arrived of these objects, by their ids in the other system."""
        wanted = list(source_ids)
        found: dict[int, Imported] = {}
        if self.takeover.pk is None:  # a dry run of what was never begun
            return {}
        for first in range(0, len(wanted), _IDS_AT_ONCE):
            some = wanted[first : first + _IDS_AT_ONCE]
            rows = Imported.objects.filter(takeover=self.takeover, kind=kind, source_id__in=some)
            found |= {row.source_id: row for row in rows}
        return found

    def arrived(self, kind: Kind) -> dict[int, int]:
        """Return the ids here of all that has arrived of a kind, by those in the other system."""
        if self.takeover.pk is None:
            return {}
        rows = Imported.objects.filter(takeover=self.takeover, kind=kind)
        return dict(rows.values_list("source_id", "object_id"))

    def record(
        self,
        kind: Kind,
        source_id: int,
        object_id: int,
        digest: str,
        *,
        written: datetime | None = None,
        findings: Sequence[Mark] = (),
        remarks: Sequence[str] = (),
        is_whole: bool = True,
        imported: Imported | None = None,
    ) -> None:
        """Record what became of one object, in the transaction that wrote it.

        ``imported`` is what had arrived of it before; nothing is written if it says the same.
        """
        new = {
            "object_id": object_id,
            "digest": digest,
            "written": written,
            "findings": list(findings),
            "remarks": list(remarks),
            "is_whole": is_whole,
        }
        if imported is None:
            Imported.objects.create(takeover=self.takeover, kind=kind, source_id=source_id, **new)
        elif any(getattr(imported, column) != value for column, value in new.items()):
            Imported.objects.filter(pk=imported.pk).update(**new)

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
        except EncryptionError as error:
            self.report.fail(kind, name, f"its secrets cannot be stored: {error}")
        except (DatabaseError, *UNUSABLE) as error:
            self.report.fail(kind, name, f"it cannot be stored here: {brief(error)}")

    def free_ids(self, model: type[Model], source_ids: Iterable[int]) -> set[int]:
        """Return those ids of the other system that new rows of ``model`` are to keep; no others are given them."""
        if not self.options.keeps_ids:
            return set()
        wanted = list(source_ids)
        free = set(wanted)
        for first in range(0, len(wanted), _IDS_AT_ONCE):
            some = wanted[first : first + _IDS_AT_ONCE]
            free -= set(model._base_manager.filter(pk__in=some).values_list("pk", flat=True))
        last = max(free, default=0)
        if last > self._reserved.get(model, 0) and not self.options.is_dry:
            advance_sequence(model, last)
            self._reserved[model] = last
        return free


def digest(*read: object) -> str:
    """Return a digest of JSON values that were read, keyed, as credentials may be among them: 64 characters."""
    keyed = _keyed(settings.SECRET_KEY).copy()
    keyed.update(_CANONICAL.encode(read).encode())
    return keyed.hexdigest()


@lru_cache(1)
def _keyed(secret: str) -> HMAC:
    return salted_hmac("takeover", "", secret, algorithm="sha256")
