"""Writes of job types as they were in the other system, their times included."""

from collections.abc import Mapping
from typing import Any

from audit.models import Action
from core.marks import marks
from errors.models import Error
from errors.services import declare_errors
from job_types import hooks
from job_types.changes import record_change
from job_types.configurations import remove_settings
from job_types.documents import record_configuration, record_revision
from job_types.models import JobType, JobTypeRevision, JobTypeTag
from job_types.secrets import store_secrets
from seed import Manifest, Report, check_manifest, is_semantic_version, precedence_key
from takeover.models import Kind
from takeover.readers.fields import moment_of, moment_or_none, number_of, require_fit, switch_of, text_of
from takeover.readers.job_type_documents import Shown
from takeover.readers.revisions import History, Revision, bring_revisions
from takeover.run import Run


def write_job_type(
    run: Run,
    shown: Shown,
    columns: Mapping[str, Any],
    secrets: Mapping[str, str],
    current: JobType | None,
    own_id: int | None,
) -> JobType:
    """Create a job type, or update the ``current`` one, with its revisions; return it.

    ``columns`` are what it is to have, ``secrets`` those of its settings that were shown, and ``own_id`` is the id
    that it keeps. Recipe types do not follow: those of the other system come as they are.
    """
    manifest = Manifest.read(columns["manifest"])
    if current is None:
        job_type, old = _create(shown.details, columns, own_id), None
    else:
        job_type, old = current, _update(current, shown.details, columns)
    stored = store_secrets(job_type, declared=manifest.secret_settings, sent=secrets)
    if old is None or "manifest" in old:
        _tag(job_type, manifest)
        _declare_missing_errors(job_type, manifest)
    last = bring_revisions(run, history_of(job_type), shown.revisions, adds=True)
    if old is None or "configuration_num" in old:
        record_configuration(job_type)
    _number(job_type, last)
    if old is None:
        record_change(
            job_type, Action.CREATED, dict.fromkeys(columns.keys() - {"findings"} | {"revision_num"}), stored
        )
    else:
        record_change(job_type, Action.EDITED, old, stored)
    return job_type


def history_of(job_type: JobType) -> History:
    """Return the revisions of a job type."""

    def add(revision: Revision, number: int, pk: int | None) -> JobTypeRevision:
        row = JobTypeRevision(
            pk=pk,
            job_type=job_type,
            revision_num=number,
            docker_image_digest=revision.content["docker_image"].partition("@")[2] or None,
            created=moment_or_none({"created": revision.created}, "created") or job_type.last_modified,
            **revision.content,
        )
        row.save()
        return row

    return History(
        kind=Kind.JOB_TYPE_REVISION,
        name=str(job_type),
        here=job_type.revisions,
        add=add,
        find=lambda revision: marks(Report(), manifest=check_manifest(revision.content["manifest"])),
    )


def _create(details: Mapping[str, Any], columns: Mapping[str, Any], own_id: int | None) -> JobType:
    version = text_of(details, "version")
    job_type = JobType(
        pk=own_id,
        name=text_of(details, "name"),
        version=version,
        version_key=_key(version),
        revision_num=max(number_of(details, "revision_num"), 1),
        created=moment_of(details, "created"),
        **columns,
        **_following(details, columns),
    )
    require_fit(job_type)
    # ``save`` would refuse a version that is none.
    JobType.objects.bulk_create([job_type])
    return job_type


def _update(job_type: JobType, details: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    """Set the columns that differ, and the times. Return their old values."""
    new = {name: value for name, value in columns.items() if getattr(job_type, name) != value}
    if "configuration" in new:
        new["configuration_num"] = job_type.configuration_num + 1
    old = {name: getattr(job_type, name) for name in new}
    following = _following(details, columns)
    for name, value in (new | following).items():
        setattr(job_type, name, value)
    require_fit(job_type)
    job_type.save(update_fields=[*new, *following])
    if "manifest" in old:
        secret = Manifest.read(job_type.manifest).secret_settings - Manifest.read(old["manifest"]).secret_settings
        if secret:
            remove_settings(job_type, secret)
            hooks.jobs.settings_became_secret(job_type, secret)
    return old


def _following(details: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that follow from others. What no node here has, claims will find out."""
    return {
        "docker_image_digest": columns["docker_image"].partition("@")[2] or None,
        "unmet_resources": None,
        "deprecated": switch_of(details, not columns["is_active"], "deprecated"),
        "paused": switch_of(details, columns["is_paused"], "paused"),
        "last_modified": moment_of(details, "last_modified"),
    }


def _key(version: str) -> bytes:
    """Return the key that sorts a version; one that is no semantic version comes before all that are."""
    return precedence_key(version) if is_semantic_version(version) else b"\x00" + version.encode()


def _tag(job_type: JobType, manifest: Manifest) -> None:
    job_type.tags.all().delete()
    JobTypeTag.objects.bulk_create(
        JobTypeTag(job_type=job_type, tag=tag, folded=tag.casefold()) for tag in dict.fromkeys(manifest.tags)
    )


def _declare_missing_errors(job_type: JobType, manifest: Manifest) -> None:
    """Declare the errors of a manifest that did not come by themselves, and change none that did."""
    names = {error.name for error in manifest.errors}
    known = set(Error.objects.filter(job_type_name=job_type.name, name__in=names).values_list("name", flat=True))
    declare_errors(
        job_type_name=job_type.name, errors=[error for error in manifest.errors if error.name not in known]
    )


def _number(job_type: JobType, last: int) -> None:
    """Set the number of the current revision; one is made if none of them is what the job type is now."""
    latest = job_type.revisions.filter(revision_num=last).values_list("manifest", flat=True).first()
    is_current = latest == job_type.manifest
    number = last if is_current else last + 1
    if number != job_type.revision_num:
        job_type.revision_num = number
        job_type.save(update_fields=["revision_num"])
    if not is_current:
        record_revision(job_type)
