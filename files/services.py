"""Writes files: registers what lies in a workspace and what jobs leave behind, and edits what is known of it."""

from collections.abc import Collection, Container, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any, TypedDict
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q

from audit.models import Action, Kind
from audit.services import CHANGED, Changes, Subject, changes_between, record
from core.entity_tags import entity_tag, require_current
from core.models.clock import database_time
from core.services import Refused, check_shown, require_valid
from files.media_types import media_type_of
from files.models import File
from files.paths import fault_of_name
from files.rows import no_such_file, url_of
from seed import Finding, Report
from seed.wording import shortened
from workspaces.models import Workspace

_ROWS_AT_ONCE = 1_000


class FileFields(TypedDict, total=False):
    """The fields of a file that can be edited; one that is absent stays as it is."""

    media_type: str
    is_deleted: bool
    data_started: datetime | None
    data_ended: datetime | None
    meta_data: dict[str, Any]


class NewFileFields(FileFields, total=False):
    """The fields of a new file; ``workspace`` (its name), ``file_path`` and ``file_size`` are required."""

    workspace: str
    file_path: str
    file_name: str
    file_size: int
    sha256: str
    uuid: UUID


@dataclass(frozen=True, slots=True)
class Registered:
    """A file that is registered, whether it was so only now, and the warnings."""

    file: File
    is_new: bool
    report: Report


@dataclass(frozen=True, slots=True)
class Product:
    """What a try of a job left in a workspace; the caller has checked it. An empty text is what is not known."""

    job_id: int
    exe_num: int
    output: str
    workspace_id: int
    file_path: str
    file_name: str
    media_type: str
    file_size: int
    sha256: str
    uuid: UUID | None = None
    meta_data: dict[str, Any] = field(default_factory=dict)
    data_started: datetime | None = None
    data_ended: datetime | None = None


_SHOWN_FIELDS = {
    **dict.fromkeys(("uuid", "file_name", "file_size", "sha256"), "what a file holds never changes"),
    **dict.fromkeys(("workspace", "file_path", "url"), "a file that is moved is another one: register that"),
    **dict.fromkeys(("job", "job_output"), "it is what the try reported"),
}
_RECORDED_FIELDS = ("file_name", "media_type", "file_size", "sha256", "file_path", "data_started", "data_ended")


@transaction.atomic
def register_file(*, fields: NewFileFields) -> Registered:
    """Register a source that lies in a workspace; without a name, its name is the last part of its path.

    Where a file of the same size and the same digest is registered at this place already, it is that file, and
    nothing is written. Raises Refused for any other file there, even if it is registered at the same moment.
    """
    values: dict[str, Any] = dict(fields)
    name = values.pop("workspace")
    workspace = Workspace.objects.filter(name=name).first()
    if workspace is None:
        sentence = f"workspace: there is none called {name!r}; /v6/workspaces/ lists them."
        raise Refused.because("UNKNOWN_WORKSPACE", sentence, "/workspace")
    values.setdefault("file_name", values["file_path"].rpartition("/")[2])
    values.setdefault("media_type", media_type_of(values["file_name"]))
    now = database_time()
    file = File(workspace=workspace, created=now, last_modified=now, **values)
    require_valid(_check_name(file) + _check_known(file))
    report = _check_workspace(workspace)
    try:
        with transaction.atomic():
            file.save(force_insert=True)
    except IntegrityError:
        same = _same_file(file)
        # Where it is gone again, the place is free now.
        return Registered(same, is_new=False, report=report) if same else register_file(fields=fields)
    changes = changes_between({}, {"workspace": name} | {field: getattr(file, field) for field in _RECORDED_FIELDS})
    record(subject=_subject(file), action=Action.CREATED, changes=_recorded(changes))
    return Registered(file, is_new=True, report=report)


@transaction.atomic
def edit_file(
    *,
    key: str,
    fields: FileFields,
    shown: Mapping[str, Any] | None = None,
    seen: Collection[str] | None = None,
) -> None:
    """Set ``fields`` of the file with this id or UUID; nothing is written when all have these values already.

    A deleted file frees its path, and one that is there again takes it back. ``shown`` holds read-only fields that
    the client sent back. ``seen`` holds the entity tags that the editor has seen; None skips the comparison. Raises
    Missing, Refused, and Stale if the current tag is not among those seen.
    """
    files = File.objects.select_for_update(of=("self",), no_key=True).select_related("workspace")
    file = files.with_key(key).first()
    if file is None:
        raise no_such_file(key)
    require_current(entity_tag((file.pk, file.last_modified)), seen)
    report = check_shown(shown or {}, _SHOWN_FIELDS, _Shown(file))
    old = {field: getattr(file, field) for field in fields}
    changes = changes_between(old, fields)
    for name, value in fields.items():
        setattr(file, name, value)
    require_valid(report + _check_known(file))
    if not changes:
        return
    file.last_modified = now = database_time()
    if "is_deleted" in changes:
        file.deleted = now if file.is_deleted else None
    try:
        with transaction.atomic():
            file.save(update_fields=[*changes, "deleted", "last_modified"])
    except IntegrityError:
        raise Refused(Report(errors=(_file_exists("/is_deleted", file),))) from None
    record(subject=_subject(file), action=Action.EDITED, changes=_recorded(changes))


@transaction.atomic
def register_products(*, products: Sequence[Product]) -> list[File]:
    """Register what tries of jobs left behind, and return the files in the order of ``products``: one INSERT.

    Raises Refused with a finding for each product whose place or UUID another file has, by its index in
    ``products`` (``/0/file_path``, ``/0/uuid``), even if that is registered at the same moment; then none is
    registered. The finding names are FILE_EXISTS and DUPLICATE_UUID.
    """
    now = database_time()
    files = [
        File(
            uuid=one.uuid or uuid4(),
            job_output=one.output,
            created=now,
            last_modified=now,
            **{name: getattr(one, name) for name in Product.__slots__ if name not in ("uuid", "output")},
        )
        for one in products
    ]
    # In the order of places: two transactions that register some of the same ones wait for each other in one order.
    in_order = sorted(files, key=lambda file: (file.workspace_id, file.file_path))
    try:
        with transaction.atomic():
            File.objects.bulk_create(in_order, batch_size=_ROWS_AT_ONCE)
    except IntegrityError:
        conflicts = tuple(_conflicts(files))
        if not conflicts:  # they are gone again
            return register_products(products=products)
        raise Refused(Report(errors=conflicts)) from None
    return files


def _same_file(file: File) -> File | None:
    """Return the file that is where ``file`` cannot be, if it holds the same; None if there is none any more.

    Raises Refused if it is another file, or if ``file`` cannot have its UUID.
    """
    there = File.objects.filter(workspace=file.workspace, file_path=file.file_path, is_deleted=False).first()
    if there and there.sha256 and (there.file_size, there.sha256) == (file.file_size, file.sha256):
        return there
    if File.objects.filter(uuid=file.uuid).exists():
        raise Refused(Report(errors=(_duplicate_uuid("/uuid", file),)))
    if there:
        raise Refused(Report(errors=(_file_exists("/file_path", file),)))
    return None


def _conflicts(files: Sequence[File]) -> Iterator[Finding]:
    """Yield why ``files``, those of each try together, cannot be registered: two queries.

    They are held against each other only if nothing that is there is in their way: tries of which a file is refused
    are left out then, and stand in nobody's way.
    """
    paths: dict[int, list[str]] = {}
    for file in files:
        paths.setdefault(file.workspace_id, []).append(file.file_path)
    places = reduce(or_, (Q(workspace=pk, file_path__in=some) for pk, some in paths.items()))
    there = File.objects.filter(places, is_deleted=False).values_list("workspace_id", "file_path")
    known = File.objects.filter(uuid__in=[file.uuid for file in files]).values_list("uuid", flat=True)
    taken: set[Hashable] = {*there, *known}
    numbered = list(enumerate(files))
    if found := [finding for index, file in numbered for finding in _conflicts_of(index, file, taken)]:
        yield from found
        return
    for _, of_try in groupby(numbered, key=lambda one: (one[1].job_id, one[1].exe_num)):
        with_this_try, found = taken.copy(), []
        for index, file in of_try:
            found += _conflicts_of(index, file, with_this_try)
            with_this_try |= {_place(file), file.uuid}
        yield from found
        taken = taken if found else with_this_try


def _conflicts_of(index: int, file: File, taken: Container[Hashable]) -> Iterator[Finding]:
    if _place(file) in taken:
        yield _file_exists(f"/{index}/file_path", file)
    if file.uuid in taken:
        yield _duplicate_uuid(f"/{index}/uuid", file)


def _place(file: File) -> tuple[int, str]:
    return file.workspace_id, file.file_path


def _file_exists(path: str, file: File) -> Finding:
    field = path.rpartition("/")[2]
    sentence = (
        f"{field}: there is another file at {shortened(file.file_path)!r} in this workspace; give this one another "
        "path or, if the other is gone from there, set its is_deleted."
    )
    return Finding("FILE_EXISTS", sentence, path)


def _duplicate_uuid(path: str, file: File) -> Finding:
    return Finding("DUPLICATE_UUID", f"uuid: another file has {file.uuid}; leave it out, and one is made.", path)


def _check_name(file: File) -> Report:
    fault = fault_of_name(file.file_name)
    return Report(errors=(Finding("INVALID_FIELD", f"file_name: {fault}", "/file_name"),) if fault else ())


def _check_known(file: File) -> Report:
    """Check what somebody says of a file."""
    errors = []
    if not file.media_type.isprintable():
        sentence = "media_type: must be a media type such as image/tiff."
        errors.append(Finding("INVALID_FIELD", sentence, "/media_type"))
    if file.data_started and file.data_ended and file.data_started > file.data_ended:
        errors.append(Finding("INVALID_FIELD", "data_ended: must not be before data_started.", "/data_ended"))
    return Report(errors=tuple(errors))


def _check_workspace(workspace: Workspace) -> Report:
    """Return a warning if nothing more should be put into a workspace: what lies there can be read still."""
    if workspace.is_active:
        return Report()
    sentence = f"workspace: {workspace} is deprecated, so that no more files should be put there."
    return Report(warnings=(Finding("DEPRECATED_WORKSPACE", sentence, "/workspace"),))


class _Shown:
    """The state of a file that cannot be edited, as answers show it."""

    def __init__(self, file: File) -> None:
        workspace = {"id": file.workspace_id, "name": file.workspace.name}
        self.uuid = str(file.uuid)
        self.file_name, self.file_size, self.sha256 = file.file_name, file.file_size, file.sha256
        self.workspace, self.file_path = workspace, file.file_path
        self.url = url_of(file.workspace.base_url, file.file_path)
        self.job = {"id": file.job_id} if file.job_id else None
        self.job_output = file.job_output or None


def _recorded(changes: Changes) -> Changes:
    """Return changes as the audit keeps them: times as texts, and that a document changed."""
    recorded: Changes = {}
    for name, change in changes.items():
        texts = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in change.items()}
        recorded[name] = CHANGED if name == "meta_data" else texts
    return recorded


def _subject(file: File) -> Subject:
    return Subject(Kind.FILE, str(file.pk))
