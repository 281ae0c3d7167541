"""The errors that the service raises beside those of Django REST framework."""

from rest_framework import status
from rest_framework.exceptions import APIException


class InvalidQuery(APIException):
    """400: a query parameter is wrong. `detail` names it and says what would be right."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid_query"


class InvalidHeader(APIException):
    """400: a header of the request is wrong. `detail` names it and says what would be right."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid_header"


class PreconditionFailed(APIException):
    """412: the resource is no longer in the state that the client has seen; `tag` is that of its state now."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"

    def __init__(self, tag: str) -> None:
        self.tag = tag
        super().__init__(
            f"Someone else changed this since you read it: its ETag is {tag} now. Nothing was changed; read it "
            "again, and send your changes with that ETag as If-Match."
        )


class PayloadTooLarge(APIException):
    """413: the body is larger than MAX_BODY_BYTES."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "payload_too_large"


class ServiceUnavailable(APIException):
    """503: the service itself lacks something; the client may try again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The database does not answer now; nothing was changed. Try again in a moment."
    default_code = "unavailable"
    wait = 5
