"""How exceptions are written down where others may read them: where they were raised, and no values.

The message of an exception may repeat what somebody sent, or a row: that of a failed constraint shows every column.
"""

import re
import sqlite3
import traceback

import psycopg2
from django.core.exceptions import ImproperlyConfigured
from django.db import Error

from core.encryption import EncryptionError

# What is quoted, and the query of a URL.
_VALUES = re.compile(r"""(?<!\w)b?(["'])(?:.*\1|.*)|\?\S+""", re.DOTALL)


def without_values(text: str) -> str:
    """Return ``text`` without what is quoted in it, and without the queries of its URLs."""
    return _VALUES.sub("…", text)


def brief(error: BaseException) -> str:
    """Return the class of ``error``, and of its message what holds no value."""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    message = _message(error)
    return f"{name}: {message}" if message else name


def describe(error: BaseException) -> str:
    """Return the traceback of ``error``, after those of the exceptions that led to it."""
    chain = [error]
    while (earlier := _earlier(chain[-1])) and earlier not in chain:
        chain.append(earlier)
    return "\n\nThe exception above led to this one:\n\n".join(
        "".join(["Traceback (most recent call last):\n", *traceback.format_tb(each.__traceback__), brief(each)])
        for each in reversed(chain)
    )


def _earlier(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _message(error: BaseException) -> str:
    if isinstance(error, Error | psycopg2.Error | sqlite3.Error):
        return _database_message(error)
    if isinstance(error, OSError):
        return error.strerror or ""
    # These say what an operator has to change.
    return str(error) if isinstance(error, ImproperlyConfigured | ImportError | EncryptionError) else ""


def _database_message(error: BaseException) -> str:
    """Return the message of the database without its details, with the names of what it is about."""
    cause = error.__cause__ if isinstance(error, Error) and error.__cause__ else error
    if not isinstance(cause, psycopg2.Error):
        return without_values(str(error))
    if cause.pgcode is None:
        # No statement was at fault. The first line says what is wrong with a connection.
        first_line = str(cause).partition("\n")[0]
        return first_line if isinstance(cause, psycopg2.OperationalError) else without_values(first_line)
    names = ((kind, getattr(cause.diag, f"{kind}_name")) for kind in ("table", "column", "constraint"))
    places = [f"SQLSTATE {cause.pgcode}", *(f"{kind} {name}" for kind, name in names if name)]
    return f"{without_values(cause.diag.message_primary)} ({', '.join(places)})"
