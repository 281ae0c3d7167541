"""The programs ``seed`` and ``scale``, and the SDK: what talks to the service over HTTP, without Django.

The names of the SDK are imported when they are used: the programs are quick to say what they can do.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from client.errors import (
        Changed,
        Forbidden,
        Invalid,
        NotFound,
        Rejected,
        ScaleError,
        Unauthorized,
        Unavailable,
        UnexpectedAnswer,
        Unreachable,
    )
    from client.exchange import Retries
    from client.service import AsyncScale, Scale

__all__ = [
    "AsyncScale",
    "Changed",
    "Forbidden",
    "Invalid",
    "NotFound",
    "Rejected",
    "Retries",
    "Scale",
    "ScaleError",
    "Unauthorized",
    "Unavailable",
    "UnexpectedAnswer",
    "Unreachable",
]

_MODULES = {"AsyncScale": "client.service", "Scale": "client.service", "Retries": "client.exchange"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, "client.errors")), name)
