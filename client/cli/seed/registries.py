"""The labels of images that are in a registry only, for a person who names the image."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from seed import ImageReference
from seed.registry import Credentials, Registry, RegistryError, read_docker_config, read_label
from seed.sources import LABEL


class RegistryFailed(Exception):
    """A registry gives no label; the message is a clause that says why."""


def labels_in_registry(image: str) -> Mapping[str, str]:
    """Return the label with the manifest of an image, if it has one, from the registry that its reference names.

    Raises RegistryFailed, also for a reference without a registry: it may be the name of a file that is not there,
    which Docker Hub is not to be told. The account is that of ``docker login`` or ``podman login``. As for Docker,
    a registry of this machine has no TLS.
    """
    name = ImageReference.parse(image).registry
    if name is None:
        raise RegistryFailed("it names no registry that could be asked, as docker.io/… would")
    host = name.partition(":")[0]
    scheme = "http" if host == "localhost" or host.startswith("127.") else "https"
    try:
        registry = Registry.parse(f"{scheme}://{name}", dict(_accounts()))
        return {LABEL: read_label(image, registries=[replace(registry, leads_anywhere=True)]).text}
    except ValueError as error:
        raise RegistryFailed(f"the registry {name} cannot be asked ({error})") from error
    except RegistryError as error:
        if error.name == "MISSING_LABEL":
            return {}
        raise RegistryFailed(f"the registry {name} does not give it ({str(error).rstrip('.')})") from error


def _accounts() -> Iterator[tuple[str, Credentials]]:
    """Yield the accounts by the names of their registries, those of Docker last, which so come first."""
    folders = [os.environ.get("XDG_RUNTIME_DIR", "") + "/containers/auth.json"]
    folders.append(os.environ.get("REGISTRY_AUTH_FILE", ""))
    folders.append(os.environ.get("DOCKER_CONFIG", str(Path("~/.docker").expanduser())) + "/config.json")
    for file in filter(None, folders):
        try:
            yield from read_docker_config(Path(file)).items()
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise RegistryFailed(f"{file} cannot be read ({error})") from error
