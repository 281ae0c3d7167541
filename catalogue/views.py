"""What views of the catalogue share: a client that has seen its current revision gets a 304."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from django.db import router
from django.db.models import QuerySet
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.models import current_revision
from core.api.conditional import NotModified, seen_by_reader, tagged
from core.api.query import query_parameters
from core.entity_tags import ANY
from core.reads.pages import Listing, ListKey, Rows

# The clock changes a list that one of these limits: what was changed an hour ago is not so an hour later.
_MOVING = frozenset({"started", "ended"})
_PLACES = frozenset({"page", "page_size"})


class CatalogueMixin(GenericAPIView):
    """For views whose reads show the catalogue and nothing else: URL and revision are the entity tag of an answer.

    The revision is read before the rows, so that a tag is never newer than what it came with. A client that has the
    tag of a URL got its answer there at that revision, and would get the same again.
    """

    queryset: QuerySet[Any, Any]
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
                # Any state will do, but only of what exists, which had to be found out first.
                response = Response(status=304, headers={"ETag": self._tag})
            else:
                for name, value in tagged(request, self._tag).items():
                    response[name] = value
        return super().finalize_response(request, response, *args, **kwargs)

    def page_of(self, build: Callable[[], Rows]) -> Sequence[dict[str, Any]]:
        """Return the page that the request asks for of the rows that ``build`` returns as a queryset.

        It is not called for a list that was asked for before at this revision.
        """
        key = None
        if self.revision:
            parameters = query_parameters(self.request).lists()
            query = [(name, *values) for name, values in parameters if name not in _PLACES]
            key = ListKey((router.db_for_read(self.queryset.model), self.request.path, *query), self.revision)
        return self.paginate_queryset(Listing(build, key)) or []  # type: ignore[arg-type]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        # No docstring: the API document describes a list by the docstring of its view.
        rows = self.page_of(lambda: self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @property
    def _tag(self) -> str:
        url = blake2b(self.request.get_full_path().encode(), digest_size=8).hexdigest()
        return f'"{self.revision}-{url}"'
