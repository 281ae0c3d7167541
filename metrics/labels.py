"""Labels of requests, with few values: a client can make up any number of paths and methods."""

from django.http import HttpRequest

# What is not the service's own.
OTHER = "other"
# The name of the pattern that matches what no other pattern does.
UNKNOWN = "unknown"
_METHODS = frozenset(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])


def route_of(request: HttpRequest) -> str:
    """Return the pattern of the URL of a request that was answered.

    One route, ``other``, is all that has none: unknown URLs, static files, probes, and what was refused before its
    URL was looked up.
    """
    match = request.resolver_match
    return OTHER if match is None or match.url_name == UNKNOWN else f"/{match.route}"


def method_of(request: HttpRequest) -> str:
    """Return the method of a request; one that HTTP does not know, or the service never takes, is ``other``."""
    return str(request.method) if request.method in _METHODS else OTHER
