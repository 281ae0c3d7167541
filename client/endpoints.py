"""Methods that are written once, as the request that they send, and that both clients have."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from client.base import Model
from client.calls import Call, Listing

if TYPE_CHECKING:
    from client.service import AsyncScale, Scale

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Model)
C = TypeVar("C", "Scale", "AsyncScale")


class Group(Generic[C]):
    """The requests about one kind of thing, of the client ``C``."""

    def __init__(self, client: C) -> None:
        self.client: C = client


class endpoint(Generic[P, T]):  # noqa: N801  (it is used as a decorator)
    """A method that describes one request; called on a client's group, it sends it and returns what was read."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Call[T]]) -> None:
        self.__doc__ = describe.__doc__
        self._describe = describe

    @overload
    def __get__(self, group: "Group[Scale]", owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, group: "Group[AsyncScale]", owner: type) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, group: Any, owner: type) -> Any:
        """Return the method that sends."""
        if group is None:
            return self._describe

        @functools.wraps(self._describe)
        def send(*args: P.args, **kwargs: P.kwargs) -> Any:
            return group.client.send(self._describe(group, *args, **kwargs))

        return send


class listing(Generic[P, M]):  # noqa: N801  (it is used as a decorator)
    """A method that describes a list; called on a client's group, it iterates over the rows of all pages."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Listing[M]]) -> None:
        self.__doc__ = describe.__doc__
        self._describe = describe

    @overload
    def __get__(self, group: "Group[Scale]", owner: type) -> Callable[P, Iterator[M]]: ...
    @overload
    def __get__(self, group: "Group[AsyncScale]", owner: type) -> Callable[P, AsyncIterator[M]]: ...
    def __get__(self, group: Any, owner: type) -> Any:
        """Return the method that iterates."""
        if group is None:
            return self._describe

        @functools.wraps(self._describe)
        def rows(*args: P.args, **kwargs: P.kwargs) -> Any:
            return group.client.rows(self._describe(group, *args, **kwargs))

        return rows
