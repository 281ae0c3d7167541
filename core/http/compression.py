"""Compresses large answers for clients that take them so: a tenth of the bytes, for a fraction of a millisecond."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from isal import igzip

SMALLEST = 4096  # bytes; below that there is nothing to gain on a network
_LEVEL = 1  # the higher ones take several times as long for a few percent
# Data alone: pages hold a token against forged requests, which lengths of compressed pages could betray.
_DATA = ("application/json", "application/vnd.oai.openapi")
_ACCEPTS_GZIP = re.compile(
    r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)", re.IGNORECASE
)


class CompressionMiddleware:
    """gzip (RFC 1952) for answers of data of SMALLEST bytes or more, when `Accept-Encoding` names it.

    The tag of a compressed answer is weak, as RFC 9110, section 8.8.3.3, wants it of the same state in other bytes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.get("Content-Type", "").startswith(_DATA) or response.has_header("Content-Encoding"):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
        if response.streaming or len(response.content) < SMALLEST or not _ACCEPTS_GZIP.search(accepted):
            return response
        response.content = igzip.compress(response.content, _LEVEL)
        response["Content-Encoding"] = "gzip"
        response["Content-Length"] = str(len(response.content))
        if (tag := response.get("ETag", "")).startswith('"'):
            response["ETag"] = f"W/{tag}"
        return response
