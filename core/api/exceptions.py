"""The errors that the service raises in addition to those of Django REST framework."""

from rest_framework import status
from rest_framework.exceptions import APIException

from core.entity_tags import Stale


class InvalidParameter(APIException):
    """400: a query parameter or a header is invalid. ``detail`` names it and says what would be valid."""

    status_code = status.HTTP_400_BAD_REQUEST


class PreconditionFailed(APIException):
    """412: the resource is not in a state that the client has seen; ``tag`` is its entity tag, None without one."""

    status_code = status.HTTP_412_PRECONDITION_FAILED

    def __init__(self, stale: Stale) -> None:
        self.tag = stale.tag
        if stale.tag is None:
            sentence = "This does not exist, so it has none of the states in If-Match. Send it without that header."
        elif not stale.seen:
            sentence = (
                f"This exists already; its ETag is {stale.tag}. Nothing was changed: to edit it, send that ETag as "
                "If-Match instead of If-None-Match."
            )
        else:
            sentence = (
                f"Someone else has changed this since you read it; its ETag is now {stale.tag}. Your changes were "
                "not saved: read it again, and send them with that ETag as If-Match."
            )
        super().__init__(sentence)


class ServiceUnavailable(APIException):
    """503: something that the service needs is unavailable; the client may try again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The database is unavailable at the moment; nothing was changed. Try again shortly."
    wait = 5


class Unmigrated(ServiceUnavailable):
    """503: the database lacks migrations of this code; ``/readyz`` names them."""

    default_detail = (
        "The database is not set up for this version of the service: run `manage.py migrate`, or `make run`, which "
        "does that first."
    )


class StatementTooSlow(ServiceUnavailable):
    """503: PostgreSQL ended a statement that took longer than DATABASE_STATEMENT_TIMEOUT."""

    default_detail = (
        "The database took too long for this request, which changed nothing. Use filters, a narrower window of "
        "time or a smaller selection."
    )


class RowsLocked(ServiceUnavailable):
    """503: others held locks for longer than DATABASE_LOCK_TIMEOUT."""

    default_detail = (
        "Other requests hold the rows that this one needs, and did not release them in time; nothing was changed. "
        "Try again shortly."
    )


class DatabaseSilent(ServiceUnavailable):
    """503: PostgreSQL did not respond, neither with a result nor with an error."""

    default_detail = (
        "The database did not respond in time. A change may have been made or not: read what is there before you "
        "send it again."
    )
