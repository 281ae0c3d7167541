"""Whether the tags of imported images mean something else by now."""

import logging
from collections.abc import Iterator

from django.conf import settings
from django.db.models import F, QuerySet

from core.models.clock import database_time
from job_types.models import ImageCheck, JobType
from seed.registry import Limits, RegistryError, read_digest

_logger = logging.getLogger(__name__)

_MOST = 100


def check_images() -> Iterator[tuple[JobType, bool | None]]:
    """Ask the registries what the tag of each imported image means now, one after the other.

    Yields the active job types that are pinned, each with whether its tag has moved on; None if its registry did
    not say. No transaction is open while a registry is asked.
    """
    pinned = JobType.objects.filter(is_active=True, docker_image_digest__isnull=False)
    # What a digest names never moves on.
    tagged = pinned.exclude(docker_image__contains="@").order_by("name", "version_key", "id")
    limits = Limits(seconds=settings.IMAGE_REGISTRY_TIMEOUT)
    # Ids first: an answer may take as long as a connection is kept.
    for pk in list(tagged.values_list("pk", flat=True)):
        job_type = JobType.objects.defer("manifest", "configuration").get(pk=pk)
        image = job_type.docker_image
        try:
            digest = read_digest(image, registries=settings.IMAGE_REGISTRIES, limits=limits)
        except RegistryError as error:
            _logger.warning("an image could not be checked", extra={"image": image, "error": error.name})
            yield job_type, None
            continue
        _note(job_type, image, digest)
        yield job_type, digest != job_type.docker_image_digest


def _note(job_type: JobType, image: str, digest: str) -> None:
    """Keep what a tag means, and since when that is known."""
    now = database_time()
    same = ImageCheck.objects.filter(job_type=job_type, docker_image=image, digest=digest)
    if not same.update(checked=now):
        found = {"docker_image": image, "digest": digest, "found": now, "checked": now}
        ImageCheck.objects.update_or_create(job_type=job_type, defaults=found)


def moved_images() -> list[ImageCheck]:
    """Return what is known of the images of active job types whose tags have moved on, the first 100: one query."""
    rows = _moved().filter(job_type__is_active=True).select_related("job_type").order_by("found", "pk")
    return list(rows.defer("job_type__manifest", "job_type__configuration")[:_MOST])


def moved_image(job_type: int) -> ImageCheck | None:
    """Return what is known of the image of the job type with an id, if its tag has moved on: one query."""
    return _moved().filter(job_type=job_type).first()


def _moved() -> QuerySet[ImageCheck]:
    """Return the checks of images that are pinned to another digest than their tags have."""
    of_the_pinned = ImageCheck.objects.filter(
        job_type__docker_image_digest__isnull=False, docker_image=F("job_type__docker_image")
    )
    return of_the_pinned.exclude(digest=F("job_type__docker_image_digest"))
