"""Accounts at registries, as ``docker login`` keeps them in its ``config.json``."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_LARGEST_FILE = 1 << 20  # bytes
# What Docker calls its own registry in this file.
_DOCKER_HUB = "index.docker.io"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account at a registry. The password is in no ``repr``."""

    username: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, encoded: str) -> Self:
        """Read ``username:password`` in base64. Raises ValueError."""
        username, colon, password = b64decode(encoded, validate=True).decode().partition(":")
        if not colon or not username:
            raise ValueError("no username:password in base64")
        return cls(username, password)

    @property
    def basic(self) -> str:
        """The value of ``Authorization`` for Basic authentication (RFC 7617, section 2)."""
        return "Basic " + b64encode(f"{self.username}:{self.password}".encode()).decode()


def read_docker_config(file: Path) -> Mapping[str, Credentials]:
    """Return the accounts in a ``config.json`` of Docker or an ``auth.json`` of Podman, by the registry's name.

    These are the members ``auth`` of ``auths``; credential helpers are not asked. Raises OSError, and ValueError,
    whose message repeats nothing of the file, for a file that is something else.
    """
    with file.open("rb") as opened:
        text = opened.read(_LARGEST_FILE + 1)
    if len(text) > _LARGEST_FILE:
        raise ValueError(f"it is larger than {_LARGEST_FILE} bytes")
    try:
        document = json.loads(text)
        accounts = document.get("auths", {}).items()
        return {_name(key): Credentials.parse(each["auth"]) for key, each in accounts if each.get("auth")}
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise ValueError('it is not {"auths": {registry: {"auth": username:password in base64}}}') from None


def _name(key: str) -> str:
    """Return the registry that a key means: it may be a URL, as old versions of Docker wrote it."""
    host = key.partition("://")[2] or key
    host = host.partition("/")[0].lower()
    return "docker.io" if host == _DOCKER_HUB else host
