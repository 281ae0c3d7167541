"""What the documents of a job type become when they are stored: columns, secrets, tags, errors, revisions."""

from collections.abc import Mapping
from typing import Any

from errors.services import declare_errors
from job_types.models import JobType, JobTypeConfiguration, JobTypeRevision, JobTypeTag
from job_types.validation import Checked
from seed import clear_settings, complete_configuration, usable_configuration


def key_of(manifest: object) -> dict[str, str] | None:
    """Return the ``name`` and ``version`` in a manifest of any shape; None where a job type cannot have them."""
    job = manifest.get("job") if isinstance(manifest, dict) else None
    if not isinstance(job, dict):
        return None
    name, version = job.get("name"), job.get("jobVersion")
    if isinstance(name, str) and isinstance(version, str):
        return {"name": name, "version": version}
    return None


def columns_of(checked: Checked, *, manifest: object, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns for documents that were checked, none for those that are as they were until now.

    ``manifest`` and ``configuration`` are what was stored until now.
    """
    columns: dict[str, Any] = {}
    if checked.manifest_document != manifest:
        columns = {
            "manifest": checked.manifest_document,
            "title": checked.manifest.title,
            "description": checked.manifest.description,
        }
    if columns or checked.configuration is not None:
        complete = checked.configuration or complete_configuration(configuration)
        columns["configuration"] = {
            **complete,
            "settings": clear_settings(complete["settings"], checked.manifest),
        }
    return columns


def secrets_of(checked: Checked, stored: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the secret settings that were sent (null to remove one), or that were stored as no secrets before."""
    secret = checked.manifest.secret_settings
    in_clear = usable_configuration(stored)["settings"]
    return {**{name: value for name, value in in_clear.items() if name in secret}, **checked.secrets}


def record_manifest(job_type: JobType, checked: Checked) -> None:
    """Add the tags of a manifest to a job type that has none, and declare the errors of the manifest."""
    JobTypeTag.objects.bulk_create(
        JobTypeTag(job_type=job_type, tag=tag, folded=tag.casefold())
        for tag in dict.fromkeys(checked.manifest.tags)
    )
    declare_errors(job_type_name=job_type.name, errors=checked.manifest.errors)


def record_revision(job_type: JobType) -> None:
    """Record the manifest and the image of a job type under its current revision number."""
    JobTypeRevision.objects.create(
        job_type=job_type,
        revision_num=job_type.revision_num,
        docker_image=job_type.docker_image,
        docker_image_digest=job_type.docker_image_digest,
        manifest=job_type.manifest,
        created=job_type.last_modified,
    )


def record_configuration(job_type: JobType) -> None:
    """Record the configuration of a job type under its current number."""
    JobTypeConfiguration.objects.create(
        job_type=job_type,
        configuration_num=job_type.configuration_num,
        configuration=job_type.configuration,
        created=job_type.last_modified,
    )
