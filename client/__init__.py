"""The programs ``seed`` and ``scale``, and the SDK: what talks to the service over HTTP, without Django."""

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
