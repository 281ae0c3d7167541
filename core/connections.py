"""Whether a connection to PostgreSQL still holds, without a query in each request."""

import select

from django.db import connections


def trust_silent_connections(**kwargs: object) -> None:
    """Use connections on which nothing came since the last request: a receiver of ``request_started``.

    Django asks the server before the first query of each request. A server that closes a connection, or ends, lets
    something come on it, its end at least; only then Django has to ask. Where the network is gone without a word,
    the query itself fails, as the question would.
    """
    for one in connections.all(initialized_only=True):
        if one.vendor == "postgresql" and one.connection is not None and not _has_news(one.connection.fileno()):
            one.health_check_done = True  # type: ignore[attr-defined]  # the stubs lack it


def _has_news(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
