"""What the other system shows of a job type: its details and revisions, or what it shows of them elsewhere."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seed.manifest import object_in, objects_in
from takeover.readers.fields import number_of, object_of, text_of, text_or_empty
from takeover.readers.revisions import Revision, shown_revision, shown_with_revisions
from takeover.source import BadAnswer, Source, is_id, path_to

_NAME, _VERSION = re.compile(r"[\w-]+"), re.compile(r"[\w.]+")
_JOBS_TO_LOOK_AT = 1_000
_MOST_UNSHOWN = 1_000  # revisions, the last ones
_UNSHOWN = (
    "the other system lists it and does not show it: it finds no version with a pre-release or build metadata; "
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A job type as the other system shows it: its details, and its revisions by number.

    It is whole if its own details showed it; otherwise ``remarks`` say what is known of it, and from where.
    """

    details: Mapping[str, Any]
    revisions: Sequence[Revision]
    is_whole: bool = True
    remarks: Sequence[str] = ()


def has_own_url(row: Mapping[str, Any]) -> bool:
    """Return whether the other system finds a job type by its name and version, as the URLs of v6 match them."""
    return bool(_NAME.fullmatch(str(row.get("name"))) and _VERSION.fullmatch(str(row.get("version"))))


def read_job_type(source: Source, row: Mapping[str, Any]) -> Shown | BadAnswer | None:
    """Return what is shown of a job type that is listed; None if it has no URL there, and BadAnswer, not raised."""
    try:
        path = path_to("job-types", text_of(row, "name"), text_of(row, "version"))
        if (found := shown_with_revisions(source, path)) is None:
            if has_own_url(row):
                raise BadAnswer("It is listed, and its details are a 404.")
            return None
        details, listed = found
        return Shown(details, [_revision(source, path, one) for one in listed])
    except BadAnswer as error:
        return error


def _revision(source: Source, path: str, row: Mapping[str, Any]) -> Revision:
    number = number_of(row, "revision_num")
    manifest = object_of(shown_revision(source, path, number), "manifest")
    content = {"docker_image": text_or_empty(row, "docker_image"), "manifest": manifest}
    return Revision(row["id"], number, row.get("created"), content)


class Others:
    """What recipe types and jobs show of job types whose own details are a 404."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def tell(self, row: Mapping[str, Any]) -> Shown:
        """Return what is known of the job type in this row of the list. What nobody shows is left empty."""
        details, told = self._details(row), {one.number: one for one in self._revisions(row)}
        last = number_of(row, "revision_num")
        if details is not None:
            manifest, origin = object_of(details, "manifest"), "its documents are those in a recipe type"
        elif last in told:
            manifest, origin = (
                told[last].content["manifest"],
                "its manifest is that of a job; its configuration is not known",
            )
        else:
            manifest, origin = _least_manifest(row), "register its image again, as its manifest is not known"
        content = {"docker_image": text_or_empty(row, "docker_image"), "manifest": manifest}
        revisions = [
            told.get(number) or Revision(None, number, row.get("created"), content, is_whole=False)
            for number in range(max(1, last - _MOST_UNSHOWN + 1), last + 1)
        ]
        return Shown(
            details or {**row, "manifest": manifest}, revisions, is_whole=False, remarks=[_UNSHOWN + origin]
        )

    @cached_property
    def _recipe_types(self) -> list[dict[str, Any]]:
        return self._source.rows("recipe-types/").items

    def _details(self, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the details of a job type as those of a recipe type that runs it have them."""
        key = {"name": row["name"], "version": row["version"]}
        named = (one for one in self._recipe_types if isinstance(one.get("name"), str))
        holding = next((one for one in named if key in objects_in(one, "job_types")), None)
        shown = self._source.get(path_to("recipe-types", holding["name"])) if holding else None
        members = objects_in(shown or {}, "job_types")
        return next((one for one in members if one.get("id") == row["id"] and "manifest" in one), None)

    def _revisions(self, row: Mapping[str, Any]) -> Iterator[Revision]:
        """Yield the revisions that the first jobs of a job type show."""
        page = self._source.get("jobs/", job_type_id=row["id"], page_size=_JOBS_TO_LOOK_AT) or {}
        found = objects_in(page, "results")
        jobs = {str(object_in(job, "job_type_rev").get("id")): job["id"] for job in found if is_id(job.get("id"))}
        for job in jobs.values():
            details = self._source.get(path_to("jobs", job)) or {}
            shown = object_in(details, "job_type_rev")
            if isinstance(shown.get("manifest"), dict) and object_in(details, "job_type").get("id") == row["id"]:
                content = {"docker_image": text_or_empty(shown, "docker_image"), "manifest": shown["manifest"]}
                pk = shown["id"] if is_id(shown.get("id")) else None
                yield Revision(pk, number_of(shown, "revision_num"), shown.get("created"), content)


def _least_manifest(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a list tells of a manifest."""
    facts = {"name": "name", "jobVersion": "version", "title": "title", "description": "description"}
    return {"seedVersion": "1.0.0", "job": {member: row[name] for member, name in facts.items() if row.get(name)}}
