"""What a person has to do after a takeover, which nothing that was read could do."""

from collections.abc import Collection, Iterable, Iterator

from core.marks import Mark, marked
from job_types.models import JobType, JobTypeSecret
from seed import Manifest
from takeover.models import Imported, Kind, Takeover
from takeover.report import Entry
from workspaces.models import Workspace

HIDDEN_CREDENTIAL = "MISSING_CREDENTIALS"
"""The name of the finding on a credential that the other system did not show; its path ends with that of it."""

_ROWS_AT_ONCE = 200


def duties_of(takeover: Takeover) -> Iterator[Entry]:
    """Yield what is still to be done by hand for what has arrived: it shrinks as it is done.

    These are the secret settings of active job types, the credentials of workspaces, and the manifests that the
    other system did not show. Nothing is yielded twice.
    """
    arrived = Imported.objects.filter(takeover=takeover, kind=Kind.JOB_TYPE).values("object_id")
    yield from _credentials(takeover)
    yield from _manifests(takeover)
    job_types = JobType.objects.filter(pk__in=arrived, is_active=True).order_by("name", "version_key")
    for job_type in job_types.only("name", "version", "manifest").iterator(_ROWS_AT_ONCE):
        declared = Manifest.read(job_type.manifest).secret_settings
        if declared:
            stored = JobTypeSecret.objects.filter(job_type=job_type).values_list("name", flat=True)
            yield from secrets_to_enter(str(job_type), declared.difference(stored))


def secrets_to_enter(job_type: str, settings: Collection[str]) -> Iterator[Entry]:
    """Yield a duty for each of the secret settings of a job type that have no value."""
    for name in sorted(settings):
        yield {"kind": Kind.JOB_TYPE, "name": job_type, "sentence": f"enter its secret setting {name}"}


def credentials_to_enter(workspace: str, names: Collection[str]) -> Iterator[Entry]:
    """Yield a duty for each of the credentials of a workspace that were not shown."""
    for name in sorted(names):
        yield {"kind": Kind.WORKSPACE, "name": workspace, "sentence": f"enter its credential {name}"}


def job_type_to_register(job_type: str) -> Entry:
    """Return the duty for a job type that did not come whole."""
    sentence = "register it again: the other system did not show what it is made of"
    return {"kind": Kind.JOB_TYPE, "name": job_type, "sentence": sentence}


def hidden_credentials(findings: Iterable[Mark]) -> set[str]:
    """Return the names of the credentials that were not shown, of which a workspace has findings."""
    paths = (found["path"] for found in findings if found["name"] == HIDDEN_CREDENTIAL)
    return {path.rpartition("/")[2].replace("~1", "/").replace("~0", "~") for path in paths}


def _credentials(takeover: Takeover) -> Iterator[Entry]:
    hidden = {
        row.object_id: hidden_credentials(row.findings) for row in takeover.imported.filter(kind=Kind.WORKSPACE)
    }
    for workspace in Workspace.objects.filter(pk__in=hidden).order_by("name").prefetch_related("secrets"):
        stored = {secret.name for secret in workspace.secrets.all()}
        yield from credentials_to_enter(workspace.name, hidden[workspace.pk] - stored)


def _manifests(takeover: Takeover) -> Iterator[Entry]:
    partly = Imported.objects.filter(takeover=takeover, kind=Kind.JOB_TYPE, is_whole=False).values("object_id")
    for job_type in marked(JobType.objects.filter(pk__in=partly)).order_by("name", "version_key"):
        yield job_type_to_register(str(job_type))
