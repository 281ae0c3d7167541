"""The errors that the service raises in addition to those of Django REST framework."""

from rest_framework import status
from rest_framework.exceptions import APIException


class InvalidQuery(APIException):
    """400: a query parameter is invalid. ``detail`` names it and says what would be valid."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid_query"


class InvalidHeader(APIException):
    """400: a request header is invalid. ``detail`` names it and says what would be valid."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid_header"


class PreconditionFailed(APIException):
    """412: the resource has changed since the client read it; ``tag`` is its current entity tag."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"

    def __init__(self, tag: str) -> None:
        self.tag = tag
        super().__init__(
            f"Someone else has changed this since you read it; its ETag is now {tag}. Your changes were not saved: "
            "read it again, and send them with that ETag as If-Match."
        )


class PayloadTooLarge(APIException):
    """413: the body is larger than MAX_BODY_BYTES."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "payload_too_large"


class ServiceUnavailable(APIException):
    """503: something that the service needs is unavailable; the client may try again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The database is unavailable at the moment; nothing was changed. Try again shortly."
    default_code = "unavailable"
    wait = 5
