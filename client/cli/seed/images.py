"""The labels of images, from a container engine of this machine (Docker's, or Podman's), or from a registry."""

from collections.abc import Mapping

from docker.errors import DockerException, ImageNotFound

from seed import shortened
from seed.run.docker_api import api_client, engine_urls

SECONDS = 10
"""For how long an engine may be silent."""


class ImageUnreadable(Exception):
    """The labels of an image cannot be read; the message is a clause that says where they were sought."""


def labels_of(image: str) -> Mapping[str, str]:
    """Return the labels of an image from the first engine that has it, or else from its registry.

    The engine is that of DOCKER_HOST if it is set, else any that has a socket where Docker and Podman put it. Of a
    registry, only the label with the manifest is returned. Raises ImageUnreadable.
    """
    from client.cli.seed.registries import RegistryFailed, labels_in_registry  # It takes a fifth of a second.

    failures = []
    urls = engine_urls()
    if not urls:
        failures.append("there is no socket of Docker or Podman, and DOCKER_HOST names no other engine")
    for url in urls:
        try:
            return _labels(image, url)
        except ImageNotFound:
            failures.append(f"the engine at {url} has none of this name")
        except (DockerException, OSError, ValueError) as error:
            failures.append(f"the engine at {url} gives no answer ({_reason(error)})")
    try:
        return labels_in_registry(image)
    except RegistryFailed as error:
        raise ImageUnreadable("; ".join([*failures, str(error)])) from error


def _labels(image: str, url: str) -> Mapping[str, str]:
    client = api_client(url, seconds=SECONDS)
    try:
        config = client.inspect_image(image).get("Config") or {}
        return config.get("Labels") or {}
    finally:
        client.close()


def _reason(error: BaseException) -> str:
    """Return what the system says in the innermost of the errors that led to ``error``, or else what it says."""
    reason = shortened(str(error))
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            reason = cause.strerror
        cause = cause.__cause__ or cause.__context__
    return reason
