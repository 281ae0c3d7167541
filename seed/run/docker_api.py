"""The way to an engine that has the API of Docker: where it listens, a client of it, and what its faults mean."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import docker
from docker.errors import APIError, DockerException
from docker.utils import kwargs_from_env
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import RequestException, Timeout

from seed.run.engine import EngineError, EngineLost
from seed.wording import printable


def engine_urls(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return where an engine may listen: DOCKER_HOST alone, or the usual sockets of Docker and Podman."""
    if host := environment.get("DOCKER_HOST"):
        return [host]
    own = environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    sockets = ("/var/run/docker.sock", f"{own}/docker.sock", f"{own}/podman/podman.sock", "/run/podman/podman.sock")
    return [f"unix://{path}" for path in sockets if Path(path).exists()]


def api_client(url: str, *, seconds: int, version: str = "auto") -> docker.APIClient:
    """Return a client of the engine at ``url``, which may be silent for ``seconds``.

    It is asked for the version of its API, unless that is known. DOCKER_TLS_VERIFY and DOCKER_CERT_PATH hold for
    TCP, as for the ``docker`` command. Raises DockerException, or ValueError for a ``config.json`` of ``docker
    login`` that is no object.
    """
    tls = kwargs_from_env().get("tls") if url.startswith("tcp://") else None
    try:
        return docker.APIClient(base_url=url, version=version, timeout=seconds, tls=tls or False)
    except AttributeError as error:  # It reads that file, too, and takes what it holds for an object.
        raise ValueError("the config.json of Docker is no JSON object") from error


@contextmanager
def errors_of(what: str) -> Iterator[None]:
    """Turn what the engine or the way to it says into an EngineError that begins with ``what``."""
    try:
        yield
    except (NoConnection, Timeout) as error:
        raise EngineLost(f"{what}: {reason_of(error)}") from error
    except (DockerException, RequestException, OSError, ValueError) as error:
        raise EngineError(f"{what}: {reason_of(error)}") from error


def reason_of(error: Exception) -> str:
    """Return what the engine said of a fault, or else what its client said."""
    explanation = error.explanation if isinstance(error, APIError) else None
    return printable(str(explanation or error))[:1000]
