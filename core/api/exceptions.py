"""The errors that the service raises in addition to those of Django REST framework."""

from rest_framework import status
from rest_framework.exceptions import APIException


class InvalidParameter(APIException):
    """400: a query parameter or a header is invalid. ``detail`` names it and says what would be valid."""

    status_code = status.HTTP_400_BAD_REQUEST


class PreconditionFailed(APIException):
    """412: the resource has changed since the client read it; ``tag`` is its current entity tag."""

    status_code = status.HTTP_412_PRECONDITION_FAILED

    def __init__(self, tag: str) -> None:
        self.tag = tag
        super().__init__(
            f"Someone else has changed this since you read it; its ETag is now {tag}. Your changes were not saved: "
            "read it again, and send them with that ETag as If-Match."
        )


class ServiceUnavailable(APIException):
    """503: something that the service needs is unavailable; the client may try again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The database is unavailable at the moment; nothing was changed. Try again shortly."
    wait = 5


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
