"""Requests that wait until there is something to answer, without a thread that waits with them.

A view that has nothing yet, and changed nothing, lets the server hold the request: its answer is discarded, and the
whole request is served again when there may be more (see ``scale.worker``). Any other server sends the answer.
"""

from rest_framework.request import Request

# Where gunicorn puts the connection of a request.
_SOCKET = "gunicorn.socket"


def hold(request: Request, seconds: float) -> None:
    """Discard the answer to ``request``, and serve it again later; nothing happens ``seconds`` after it arrived."""
    if hold_on := getattr(request.META.get(_SOCKET), "hold", None):
        hold_on(seconds)


def waited(request: Request) -> float:
    """Return for how many seconds ``request`` was held until now, since it arrived."""
    return float(getattr(request.META.get(_SOCKET), "waited", 0.0))
