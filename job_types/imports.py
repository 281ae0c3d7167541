"""Images in registries, as registrations of them."""

from functools import lru_cache
from threading import BoundedSemaphore
from typing import TypedDict

from django.conf import settings
from django.db import connections

from core import deadlines
from core.services import Refused
from seed.registry import Limits, RegistryError, read_label


class ImportedFields(TypedDict):
    """What is read of an image: fields of a job type."""

    manifest: str
    docker_image: str
    docker_image_digest: str


def read_image(image: str) -> ImportedFields:
    """Return what the image with this reference, in one of the registries of the settings, says of its job type.

    The registry may take some seconds. No connection to the database is held meanwhile, unless it is in a
    transaction, and no more than half of the threads of a process wait for registries. Raises Refused, with a
    finding on ``image``.
    """
    if not settings.IMAGE_REGISTRIES:
        sentence = "image: no registry may be asked here; an operator can name some in IMAGE_REGISTRIES."
        raise Refused.because("REGISTRY_NOT_ALLOWED", sentence, "/image")
    places = _places(settings.IMAGE_READS_AT_ONCE)
    if not places.acquire(blocking=False):
        sentence = "image: others are being imported at the moment; nothing was changed. Try again shortly."
        raise Refused.because("IMPORTS_BUSY", sentence, "/image", status=503)
    try:
        _let_go_of_the_database()
        limits = Limits(seconds=settings.IMAGE_REGISTRY_TIMEOUT)
        label = read_label(image, registries=settings.IMAGE_REGISTRIES, limits=limits)
    except RegistryError as error:
        raise Refused.because(error.name, f"image: {error}", "/image") from None
    finally:
        places.release()
        deadlines.begin_anew()
    return {"manifest": label.text, "docker_image": image, "docker_image_digest": label.digest}


@lru_cache(maxsize=1)
def _places(number: int) -> BoundedSemaphore:
    return BoundedSemaphore(number)


def _let_go_of_the_database() -> None:
    for one in connections.all(initialized_only=True):
        if not one.in_atomic_block:
            one.close()
