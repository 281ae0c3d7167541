"""The labels of images, from a container engine of this machine (Docker's, or Podman's), or from a registry."""

import os
from collections.abc import Mapping
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound
from docker.utils import kwargs_from_env

from seed import shortened

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

    addresses, sockets = _addresses()
    failures = []
    if not addresses:
        failures.append(
            f"there is no container engine at {' or '.join(sockets)}; DOCKER_HOST would name another one"
        )
    for address in addresses:
        try:
            return _labels(image, address)
        except ImageNotFound:
            failures.append(f"the engine at {address} has none of this name")
        except (DockerException, OSError, ValueError) as error:
            failures.append(f"the engine at {address} gives no answer ({_reason(error)})")
    try:
        return labels_in_registry(image)
    except RegistryFailed as error:
        raise ImageUnreadable("; ".join([*failures, str(error)])) from error


def _addresses() -> tuple[list[str], list[str]]:
    """Return the addresses of the engines that there may be, and the sockets that were looked for."""
    if host := os.environ.get("DOCKER_HOST"):
        return [host], []
    sockets = ["/var/run/docker.sock", "/run/podman/podman.sock"]
    if own := os.environ.get("XDG_RUNTIME_DIR"):
        sockets += [f"{own}/docker.sock", f"{own}/podman/podman.sock"]
    return [f"unix://{socket}" for socket in sockets if Path(socket).exists()], sockets


def _labels(image: str, address: str) -> Mapping[str, str]:
    # The environment also says with which certificates an engine is to be asked.
    options = kwargs_from_env() | {"base_url": address}
    try:
        client = docker.APIClient(**options, version="auto", timeout=SECONDS)
    except AttributeError as error:  # It reads the file of `docker login`, too, and takes it for an object.
        raise ValueError("the config.json of Docker is no JSON object") from error
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
