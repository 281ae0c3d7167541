"""The files that a job is to run on, held against those that are registered."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

from django.db.models import QuerySet

from core.api.filters import LARGEST_ID
from core.models.columns import array_of
from core.reads.prepared import prepared
from core.words import listed
from files.models import File
from seed import Finding, Manifest, Report, is_of_type
from seed.findings import json_pointer
from seed.wording import shortened

# How many files a finding names.
_MOST_NAMED = 10


class KnownFile(TypedDict):
    """What the input of a job is held against."""

    id: int
    file_name: str
    media_type: str
    is_deleted: bool


def given_files(document: object, manifest: Manifest) -> dict[str, list[int]]:
    """Return the ids of each input of files that the manifest declares, without those that are no arrays of ids.

    ``document`` is the input of a job, any JSON value.
    """
    group = document.get("files") if isinstance(document, dict) else None
    given = group if isinstance(group, dict) else {}
    named = {file.name: given[file.name] for file in manifest.input_files if file.name in given}
    return {
        name: [int(pk) for pk in ids]
        for name, ids in named.items()
        if isinstance(ids, list) and all(is_of_type(pk, "integer") and pk > 0 for pk in ids)
    }


def known_files(ids: Iterable[int]) -> Mapping[int, KnownFile]:
    """Return those of the files with these ids that exist, by id: one query, none without ids."""
    numbers = sorted({pk for pk in ids if pk <= LARGEST_ID})
    return {file["id"]: file for file in _files(ids=array_of(numbers))} if numbers else {}


def check_files(given: Mapping[str, Sequence[int]], manifest: Manifest, known: Mapping[int, KnownFile]) -> Report:
    """Check the files in the input of a job, which are ``given``, against those that are ``known``.

    Errors: UNKNOWN_FILE (no file has the id), DELETED_FILE. Warnings: UNEXPECTED_MEDIA_TYPE (a file is not of a
    type that the manifest names, where its type is known).
    """
    media_types = {file.name: file.media_types for file in manifest.input_files}
    errors: list[Finding] = []
    warnings: list[Finding] = []
    for name, ids in given.items():
        files = [known[pk] for pk in ids if pk in known]
        errors += _errors(name, [pk for pk in ids if pk not in known], files)
        warnings += _warnings(name, files, media_types.get(name, ()))
    return Report.of(errors=errors, warnings=warnings)


def ids_in(document: Any, names: Collection[str] = ()) -> list[int]:
    """Return the ids of the files in the stored input of a job, each once: those of all inputs, or of ``names``."""
    ids = (pk for name, some in inputs_of(document) if not names or name in names for pk in some)
    return list(dict.fromkeys(ids))


def inputs_of(document: Any) -> Iterator[tuple[str, list[int]]]:
    """Yield the name of each input of files in the stored input of a job, and the ids that a file can have.

    Jobs that were created before files were known, those of the demo, and those that another system ran, may name
    anything.
    """
    inputs = document.get("files")
    for name, ids in inputs.items() if isinstance(inputs, dict) else ():
        if isinstance(ids, list):
            numbers = (pk for pk in ids if isinstance(pk, int | float) and 0 < pk <= LARGEST_ID)
            yield name, [int(pk) for pk in numbers if pk == int(pk)]


@prepared
def _files(*, ids: str) -> QuerySet[File, KnownFile]:
    return File.objects.filter(id__any_of=ids).values(*KnownFile.__annotations__)


def _errors(name: str, unknown: Sequence[int], files: Sequence[KnownFile]) -> Iterator[Finding]:
    if unknown:
        numbers = listed([shortened(str(pk)) for pk in unknown], _MOST_NAMED)
        yield _finding(name, "UNKNOWN_FILE", f"no file has the id {numbers}; /v6/files/ lists them")
    if deleted := [_shown(file) for file in files if file["is_deleted"]]:
        yield _finding(name, "DELETED_FILE", f"gone from its workspace is {listed(deleted, _MOST_NAMED)}")


def _warnings(name: str, files: Sequence[KnownFile], expected: Sequence[str]) -> Iterator[Finding]:
    others = [
        f"{_shown(file)} is {shortened(file['media_type'])}"
        for file in files
        if expected and file["media_type"] and file["media_type"] not in expected
    ]
    if others:
        sentence = f"{listed(others, _MOST_NAMED)}, and the manifest takes {shortened(', '.join(expected))}"
        yield _finding(name, "UNEXPECTED_MEDIA_TYPE", sentence)


def _shown(file: KnownFile) -> str:
    return f"file {file['id']} ({shortened(file['file_name'])})"


def _finding(name: str, kind: str, sentence: str) -> Finding:
    return Finding(kind, f"input.files.{shortened(name)}: {sentence}", json_pointer(["files", name]))
