"""Compression of large answers: a tenth of the bytes, for a fraction of a millisecond (data) or a few (pages)."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string
from isal import igzip

SMALLEST = 4096  # bytes; a smaller answer fits into a few packets anyway
_LEVEL = 1  # Higher levels take several times as long and save a few percent.
_PAGES = "text/html"
_COMPRESSED = ("application/json", "application/vnd.oai.openapi", _PAGES)
# The lengths of compressed pages could reveal secrets in them (the BREACH attack): random bytes hide the lengths.
# The CSRF token is not at risk, since Django masks it differently each time.
_RANDOM_BYTES = 100
_ACCEPTS_GZIP = re.compile(
    r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)", re.IGNORECASE
)


class CompressionMiddleware:
    """Compresses data and pages of SMALLEST bytes or more with gzip (RFC 1952), if ``Accept-Encoding`` allows it.

    The tag of a compressed answer is weak: it names the same state in other bytes (RFC 9110, section 8.8.3.3).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.get("Content-Type", "").startswith(_COMPRESSED) or response.has_header("Content-Encoding"):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
        if response.streaming or len(response.content) < SMALLEST or not _ACCEPTS_GZIP.search(accepted):
            return response
        if response["Content-Type"].startswith(_PAGES):
            response.content = compress_string(response.content, max_random_bytes=_RANDOM_BYTES)
        else:
            response.content = igzip.compress(response.content, _LEVEL)
        response["Content-Encoding"] = "gzip"
        response["Content-Length"] = str(len(response.content))
        if (tag := response.get("ETag", "")).startswith('"'):
            response["ETag"] = f"W/{tag}"
        return response
