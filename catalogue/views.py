"""What views of the catalogue share: a client that has seen its current revision gets a 304."""

from collections.abc import Hashable
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import SimpleLazyObject
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.models import current_revision
from scale.api.conditional import tagged, unless_seen
from scale.api.query import query_parameters

# Lists of what changed since a moment are told by the clock, when that is so long ago.
_MOVING = frozenset({"started", "ended"})


class CatalogueMixin(GenericAPIView):
    """For views whose reads show the catalogue and nothing else: its revision is the entity tag of each answer.

    The revision is read before the rows, so that a tag is never newer than what it came with.
    """

    conditional = ("GET",)
    revision: str | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD") and not _MOVING & query_parameters(request).keys():
            self.revision = current_revision()
            unless_seen(request, lambda: self._tag)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if self.revision and answer.status_code == 200:
            for name, value in tagged(request, self._tag).items():
                answer[name] = value
        return answer

    def filter_queryset(self, queryset: QuerySet[Any, Any]) -> Any:
        """Filters when it is needed: not for a list that was asked for before, whose SQL is known."""
        return SimpleLazyObject(partial(super().filter_queryset, queryset))

    @property
    def counted_by(self) -> Hashable | None:
        """What the number of rows of a list depends on, beside its URL and its filters."""
        return self.revision

    @property
    def _tag(self) -> str:
        return f'"{self.revision}"'
