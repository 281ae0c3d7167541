"""Who acts: an Actor, set where a request, a command or a program enters the service."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand
from django.db import models
from django.http import HttpRequest, HttpResponse

from core.http.logs import current_request_id

_LONGEST_NAME = 150


class Source(models.TextChoices):
    """Where a change came from."""

    API = "api"
    ADMIN = "admin"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Actor:
    """An account that acts.

    For a command, ``name`` is the system account that runs it. ``request_id`` is empty for a command, and
    ``command`` for a request.
    """

    name: str
    source: Source
    request_id: str = ""
    command: str = ""


# A request is authenticated only after the middleware below has run: its actor is looked up when it is needed.
_current: ContextVar[Callable[[], Actor]] = ContextVar("actor")


def current_actor() -> Actor:
    """Return who acts now. Raises LookupError where no entry point has set an actor."""
    find = _current.get(None)
    if find is None:
        raise LookupError("Nobody acts here: wrap the code in `with acting(Actor(…)):`.")
    return find()


@contextmanager
def acting(actor: Actor | Callable[[], Actor]) -> Iterator[None]:
    """Let ``actor``, or the one that the function returns, act for the length of a ``with`` block."""
    token = _current.set(actor if callable(actor) else lambda: actor)
    try:
        yield
    finally:
        _current.reset(token)


class ActorMiddleware:
    """Let the account of each request act: through the admin for its URLs, through the API for all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting(lambda: _actor_of(request)):
            return self.get_response(request)


def _actor_of(request: HttpRequest) -> Actor:
    match = request.resolver_match
    is_admin = match is not None and match.app_name == "admin"
    source = Source.ADMIN if is_admin else Source.API
    return Actor(request.user.get_username(), source, request_id=current_request_id() or "")


class ActingCommand(BaseCommand):
    """A ``manage.py`` command: the system account that runs it acts.

    A command that another one calls acts in the name of the other one.
    """

    def execute(self, *args: object, **options: object) -> Any:
        if _current.get(None) is not None:
            return super().execute(*args, **options)
        name = type(self).__module__.rpartition(".")[2]
        with acting(Actor(_system_account(), Source.COMMAND, command=name)):
            return super().execute(*args, **options)


def _system_account() -> str:
    try:
        return getpass.getuser()[:_LONGEST_NAME]
    except (KeyError, OSError):  # The account has no name, as in many containers.
        return ""
