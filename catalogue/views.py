"""What views of the catalogue share: a client that has seen its current revision gets a 304."""

from collections.abc import Hashable
from functools import partial
from hashlib import blake2b
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import SimpleLazyObject
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.models import current_revision
from core.api.conditional import NotModified, seen_by_reader, tagged
from core.api.query import query_parameters
from core.entity_tags import ANY

# Lists of what changed since a moment are told by the clock, when that is so long ago.
_MOVING = frozenset({"started", "ended"})


class CatalogueMixin(GenericAPIView):
    """For views whose reads show the catalogue and nothing else: URL and revision are the entity tag of an answer.

    The revision is read before the rows, so that a tag is never newer than what it came with. Who has a tag of a
    URL was answered there at that revision, and would be again.
    """

    conditional = ("GET",)
    revision: str | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD") and not _MOVING & query_parameters(request).keys():
            self.revision = current_revision()
            if self._tag in seen_by_reader(request):
                raise NotModified(self._tag)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        if self.revision and response.status_code == 200:
            if ANY in seen_by_reader(request):
                # Any state will do, of what is there: that had to be found out first.
                response = Response(status=304, headers={"ETag": self._tag})
            else:
                for name, value in tagged(request, self._tag).items():
                    response[name] = value
        return super().finalize_response(request, response, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any, Any]) -> Any:
        """Filters when it is needed: not for a list that was asked for before, whose SQL is known."""
        return SimpleLazyObject(partial(super().filter_queryset, queryset))

    @property
    def counted_by(self) -> Hashable | None:
        """What the number of rows of a list depends on, beside its URL and its filters."""
        return self.revision

    @property
    def _tag(self) -> str:
        url = blake2b(self.request.get_full_path().encode(), digest_size=8).hexdigest()
        return f'"{self.revision}-{url}"'
