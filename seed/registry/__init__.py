"""The manifest label of an image in a registry, read by the OCI distribution API from the hosts that are named."""

from seed.registry.credentials import Credentials, read_docker_config
from seed.registry.errors import RegistryError
from seed.registry.images import Label, read_digest, read_label
from seed.registry.registries import Origin, Registry
from seed.registry.session import LIMITS, Limits

__all__ = [
    "LIMITS",
    "Credentials",
    "Label",
    "Limits",
    "Origin",
    "Registry",
    "RegistryError",
    "read_digest",
    "read_docker_config",
    "read_label",
]
