"""Reads of takeovers: what has arrived, what differs, and what a person has to do, whether it is done or not."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThan

from core.models.columns import Bytes
from core.reads.prepared import fetch
from errors.models import Error
from job_types.models import JobType, JobTypeRevision, JobTypeSecret
from recipes.models import RecipeType, RecipeTypeRevision
from seed import Manifest
from takeover.duties import hidden_credentials
from takeover.models import Imported, Kind, Takeover
from workspaces.models import Workspace, WorkspaceSecret

MOST_COUNTED = 10_000
"""How many objects of a kind are counted."""

MOST_ROWS = 1_000
"""How many job types, and how many workspaces, are looked at for what a person has to enter."""

_SETTINGS = "manifest__job__interface__settings"
# For how long a process goes by what it knows of whether there is a takeover, in seconds.
_KEPT = 60
# Where the rows of each kind are, and the columns that name one.
_NAMES: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    Kind.WORKSPACE: (Workspace, ("name",)),
    Kind.ERROR: (Error, ("name",)),
    Kind.JOB_TYPE: (JobType, ("name", "version")),
    Kind.JOB_TYPE_REVISION: (JobTypeRevision, ("job_type__name", "job_type__version", "revision_num")),
    Kind.RECIPE_TYPE: (RecipeType, ("name",)),
    Kind.RECIPE_TYPE_REVISION: (RecipeTypeRevision, ("recipe_type__name", "revision_num")),
}

# What names an object, as its kind has it: (name, version) of a job type.
Named = tuple[Any, ...]


class SecretToEnter(NamedTuple):
    """A secret setting of a job type that arrived, and whether it has a value by now."""

    name: str
    version: str
    setting: str
    is_entered: bool


class CredentialToEnter(NamedTuple):
    """A credential of a workspace that the other system did not show, and whether it is there by now."""

    workspace: str
    credential: str
    is_entered: bool


class PartOfJobType(NamedTuple):
    """A job type of which the other system did not show all, and whether it still stands as it came."""

    name: str
    version: str
    is_mended: bool


def has_takeovers() -> bool:
    """Return whether anything was taken over: one query a minute in each process."""
    known = cache.get("takeover.exists")
    if known is None:
        known = Takeover.objects.exists()
        cache.set("takeover.exists", known, _KEPT)
    return bool(known)


def arrived(takeover: int) -> dict[str, int]:
    """Return how many objects of each kind have arrived, or ``MOST_COUNTED`` and one: a query for each."""
    of_all = Imported.objects.filter(takeover=takeover).order_by()
    counts = {kind.value: of_all.filter(kind=kind)[: MOST_COUNTED + 1].count() for kind in Kind}
    return {kind: count for kind, count in counts.items() if count}


def secrets_to_enter(takeover: int) -> list[SecretToEnter]:
    """Return the secret settings of the active job types that arrived, those without a value first: two queries.

    The first ``MOST_ROWS`` job types with secrets are looked at; of their manifests, the settings alone are read.
    """
    job_types = JobType.objects.filter(pk__in=_objects(takeover, Kind.JOB_TYPE), is_active=True, is_system=False)
    job_types = job_types.annotate(text=Cast(_SETTINGS, TextField())).filter(text__contains='"secret"')
    rows = fetch(
        job_types.order_by("name", "version_key", "pk").values_list("pk", "name", "version", _SETTINGS)[:MOST_ROWS]
    )
    stored = JobTypeSecret.objects.filter(job_type__in=[pk for pk, *_ in rows]).values_list("job_type_id", "name")
    known = set(fetch(stored)) if rows else set()
    found = [
        SecretToEnter(name, version, setting, (pk, setting) in known)
        for pk, name, version, settings in rows
        for setting in sorted(Manifest.read({"job": {"interface": {"settings": settings}}}).secret_settings)
    ]
    return sorted(found, key=lambda one: one.is_entered)


def credentials_to_enter(takeover: int) -> list[CredentialToEnter]:
    """Return the credentials that were not shown, those that are still missing first: three queries."""
    rows = Imported.objects.filter(_has("findings"), takeover=takeover, kind=Kind.WORKSPACE).order_by("source_id")
    hidden = {
        pk: sorted(hidden_credentials(findings))
        for pk, findings in fetch(rows.values_list("object_id", "findings")[:MOST_ROWS])
    }
    names = dict(fetch(Workspace.objects.filter(pk__in=hidden).order_by("name").values_list("pk", "name")))
    secrets = WorkspaceSecret.objects.filter(workspace__in=hidden)
    known = set(fetch(secrets.values_list("workspace_id", "name"))) if hidden else set()
    found = [
        CredentialToEnter(name, credential, (pk, credential) in known)
        for pk, name in names.items()
        for credential in hidden[pk]
    ]
    return sorted(found, key=lambda one: one.is_entered)


def parts_of_job_types(takeover: int) -> list[PartOfJobType]:
    """Return the job types that did not arrive whole, those that stand as they came first: one query."""
    partly = _objects(takeover, Kind.JOB_TYPE).filter(is_whole=False)
    job_types = JobType.objects.filter(pk__in=partly).annotate(size=Bytes("findings"))
    rows = job_types.order_by("name", "version_key", "pk").values_list("name", "version", "size")
    found = [PartOfJobType(name, version, size <= len("[]")) for name, version, size in fetch(rows[:MOST_ROWS])]
    return sorted(found, key=lambda one: one.is_mended)


def differences(takeover: int) -> QuerySet[Imported]:
    """Return what arrived otherwise than it was, with remarks, with findings or in part; jobs are not looked at."""
    # By the kinds that are left, and not without that of jobs, as an index finds these.
    rows = Imported.objects.filter(takeover=takeover, kind__in=[kind for kind in Kind if kind != Kind.JOB])
    return rows.filter(Q(is_whole=False) | _has("findings") | _has("remarks"))


def names_of(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], Named]:
    """Return what names the objects of rows of Imported here, by their kinds and ids: a query for each kind."""
    ids: dict[str, set[int]] = {}
    for row in rows:
        ids.setdefault(row["kind"], set()).add(row["object_id"])
    found: dict[tuple[str, int], Named] = {}
    for kind, pks in ids.items():
        model, columns = _NAMES[kind]
        named: Sequence[Named] = fetch(model._base_manager.filter(pk__in=pks).values_list("pk", *columns))
        found |= {(kind, pk): tuple(name) for pk, *name in named}
    return found


def _objects(takeover: int, kind: Kind) -> QuerySet[Imported, Any]:
    return Imported.objects.filter(takeover=takeover, kind=kind).values("object_id")


def _has(column: str) -> GreaterThan:
    return GreaterThan(Bytes(F(column)), len("[]"))
