"""The recorded documents of a live Scale 7, by path, as it made them of its rows."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

Document = dict[str, Any]

_FOLDER = Path(__file__).parent.parent / "recordings"
_JOB_TYPE_ROW = [
    "id",
    "name",
    "version",
    "title",
    "description",
    "is_active",
    "is_system",
    "is_paused",
    "is_published",
    "icon_code",
    "unmet_resources",
    "max_scheduled",
    "max_tries",
    "revision_num",
    "docker_image",
    "created",
    "deprecated",
    "paused",
    "last_modified",
]
_JOB_TYPE_BRIEF = _JOB_TYPE_ROW[:11]
_RECIPE_TYPE = [
    "id",
    "name",
    "title",
    "description",
    "revision_num",
    "is_active",
    "is_system",
    "created",
    "deprecated",
    "last_modified",
]
_RECIPE_TYPE_BRIEF = _RECIPE_TYPE[:5]
_OF_DETAILS = ("superseded_by_job", "resources", "execution", "input", "output", "configuration")
_OF_EXECUTION_DETAILS = ("task_results", "resources", "configuration", "output")
_MASK = "************"


@dataclass
class Recordings:
    """What there is, a row each, which tests may change: answers are made of it when they are asked for.

    A job type without ``configuration`` is one that is listed, and whose details and revisions are a 404.
    """

    workspaces: list[Document] = field(default_factory=list)
    errors: list[Document] = field(default_factory=list)
    job_types: list[Document] = field(default_factory=list)
    recipe_types: list[Document] = field(default_factory=list)
    jobs: list[Document] = field(default_factory=list)
    version: str = "7.2.2"

    @classmethod
    def read(cls) -> "Recordings":
        """Return all that was recorded."""
        kinds = ("workspaces", "errors", "job-types", "recipe-types", "jobs")
        lines: Any = map(_lines, kinds)
        return cls(*lines)

    def document(self, path: str, *, is_staff: bool = True) -> Document | None:
        """Return the document at a path below ``/v6/``, or None."""
        match [unquote(part) for part in path.strip("/").split("/")]:
            case ["version"]:
                return {"version": self.version}
            case ["workspaces", number]:
                return self._workspace(number, is_staff)
            case ["errors", number]:
                return _by_id(self.errors, number)
            case ["job-types", name, version]:
                return self._job_type(name, version)
            case ["job-types", name, version, "revisions", number]:
                return self._job_type_revision(name, version, number)
            case ["recipe-types", name]:
                return self._recipe_type(name)
            case ["recipe-types", name, "revisions", number]:
                return self._recipe_type_revision(name, number)
            case ["jobs", number]:
                return self._job(number)
        return None

    def rows(self, path: str) -> list[Document] | None:
        """Return the rows of the list at a path below ``/v6/``, in its order, or None if there is no list."""
        match [unquote(part) for part in path.strip("/").split("/")]:
            case ["workspaces"]:
                return [_without(row, "configuration") for row in self.workspaces]
            case ["errors"]:
                return self.errors
            case ["job-types"]:
                return [_only(row, _JOB_TYPE_ROW) for row in self.job_types]
            case ["job-type-names"]:
                return list(self._names())
            case ["job-types", name]:
                return [_only(row, _JOB_TYPE_ROW) for row in self.job_types if row["name"] == name]
            case ["job-types", name, version, "revisions"]:
                job_type = self._find_job_type(name, version)
                return [_without(row, "manifest") for row in _job_type_revisions(job_type)] if job_type else None
            case ["recipe-types"]:
                return [_recipe_type_row(row) for row in self.recipe_types]
            case ["recipe-types", name, "revisions"]:
                return self._recipe_type_revision_rows(name)
            case ["jobs"]:
                return [self._job_row(row) for row in self.jobs]
            case ["jobs", number, "executions"]:
                return self._executions(number)
        return None

    def _names(self) -> Iterator[Document]:
        """Yield a row for each name, with what its latest version shows; its versions have no order there."""
        for name in dict.fromkeys(row["name"] for row in self.job_types):
            rows = [row for row in self.job_types if row["name"] == name]
            latest = max(rows, key=_precedence)
            names = {"versions": [row["version"] for row in rows], "latest_version": latest["version"]}
            yield {**_without(_only(latest, _JOB_TYPE_BRIEF), "id", "version"), **names}

    def _workspace(self, number: str, is_staff: bool) -> Document | None:
        workspace = deepcopy(_by_id(self.workspaces, number))
        if workspace and not is_staff:
            credentials = workspace["configuration"]["broker"].get("credentials", {})
            credentials |= dict.fromkeys(credentials, _MASK)
        return workspace

    def _find_job_type(self, name: str, version: str) -> Document | None:
        for row in self.job_types:
            if (row["name"], row["version"]) == (name, version) and "configuration" in row:
                return row
        return None

    def _job_type(self, name: str, version: str) -> Document | None:
        row = self._find_job_type(name, version)
        return row and self._job_type_document(row)

    def _job_type_document(self, row: Document) -> Document:
        manifest = row.get("manifest", row["revisions"][0]["manifest"])
        recipe_types = [_only(one, _RECIPE_TYPE) for one in self.recipe_types if row["id"] in one["job_types"]]
        documents = {"manifest": manifest, "configuration": row["configuration"]}
        return {**_only(row, _JOB_TYPE_ROW), **documents, "recipe_types": recipe_types}

    def _job_type_revision(self, name: str, version: str, number: str) -> Document | None:
        row = self._find_job_type(name, version)
        return row and _by_number(_job_type_revisions(row), number)

    def _recipe_type(self, name: str) -> Document | None:
        row = _by_name(self.recipe_types, name)
        if row is None:
            return None
        job_types = [self._job_type_document(_by_id(self.job_types, pk)) for pk in row["job_types"]]
        relatives = {
            kind: [_only(_by_id(self.recipe_types, pk), _RECIPE_TYPE) for pk in row[kind]]
            for kind in ("sub_recipe_types", "super_recipe_types")
        }
        definition = row["revisions"][0]["definition"]
        return {**_only(row, _RECIPE_TYPE), "definition": definition, "job_types": job_types, **relatives}

    def _recipe_type_revision(self, name: str, number: str) -> Document | None:
        row = _by_name(self.recipe_types, name)
        return row and _by_number(_recipe_type_revisions(row, _RECIPE_TYPE), number)

    def _recipe_type_revision_rows(self, name: str) -> list[Document] | None:
        row = _by_name(self.recipe_types, name)
        if row is None:
            return None
        return [_without(one, "definition") for one in _recipe_type_revisions(row, _RECIPE_TYPE_BRIEF)]

    def _job(self, number: str) -> Document | None:
        row = _by_id(self.jobs, number)
        if row is None:
            return None
        job_type = _by_id(self.job_types, row["job_type"])
        revision = _by_id(_job_type_revisions(job_type), row["job_type_rev"])
        execution = row["execution"] and self._execution(row)
        brief = _only(job_type, _JOB_TYPE_BRIEF)
        related = {"job_type": brief, "job_type_rev": revision, "error": self._error(row["error"])}
        return {**row, **related, "execution": execution}

    def _job_row(self, row: Document) -> Document:
        job_type = _by_id(self.job_types, row["job_type"])
        revision = _by_id(_job_type_revisions(job_type), row["job_type_rev"])
        brief = {
            "id": revision["id"],
            "job_type": {"id": job_type["id"]},
            "revision_num": revision["revision_num"],
        }
        related = {"job_type": _only(job_type, _JOB_TYPE_BRIEF), "job_type_rev": brief}
        return {**_without(row, *_OF_DETAILS), **related, "error": self._error(row["error"])}

    def _executions(self, number: str) -> list[Document] | None:
        row = _by_id(self.jobs, number)
        if row is None:
            return None
        return [_without(self._execution(row), *_OF_EXECUTION_DETAILS)] if row["execution"] else []

    def _execution(self, row: Document) -> Document:
        execution = row["execution"]
        job_type = _only(_by_id(self.job_types, row["job_type"]), _JOB_TYPE_BRIEF)
        error = self._error(execution["error"])
        return {**execution, "job": {"id": row["id"]}, "error": error, "job_type": job_type}

    def _error(self, pk: int | None) -> Document | None:
        return None if pk is None else _without(_by_id(self.errors, pk), "created", "last_modified")


def _lines(name: str) -> list[Document]:
    return [json.loads(line) for line in (_FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def _precedence(row: Document) -> tuple[list[int], bool]:
    """Return what sorts the recorded versions, of which no two differ in their pre-releases alone."""
    return [int(number) for number in re.findall(r"\d+", row["version"])[:3]], "-" not in row["version"]


def _only(row: Document, names: list[str]) -> Document:
    return {name: row[name] for name in names}


def _without(row: Document, *names: str) -> Document:
    return {name: value for name, value in row.items() if name not in names}


def _by_id(rows: list[Document], pk: int | str) -> Any:
    return next((row for row in rows if str(row["id"]) == str(pk)), None)


def _by_name(rows: list[Document], name: str) -> Document | None:
    return next((row for row in rows if row["name"] == name), None)


def _by_number(revisions: list[Document], number: str) -> Document | None:
    return next((row for row in revisions if str(row["revision_num"]) == number), None)


def _job_type_revisions(row: Document) -> list[Document]:
    """Return the revisions with their job type, the latest one first."""
    return [{**revision, "job_type": _only(row, _JOB_TYPE_BRIEF)} for revision in row["revisions"]]


def _recipe_type_row(row: Document) -> Document:
    related = {"job_types": row["listed_job_types"], "sub_recipe_types": row["listed_sub_recipe_types"]}
    return {**_only(row, _RECIPE_TYPE), **related}


def _recipe_type_revisions(row: Document, names: list[str]) -> list[Document]:
    return [{**revision, "recipe_type": _only(row, names)} for revision in row["revisions"]]
