"""The base of views that show the catalogue: if it has not changed, clients get a 304."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from django.db import DEFAULT_DB_ALIAS, router
from django.db.models import F, QuerySet
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.models import Revision, current_revision
from core.api.conditional import NotModified, seen_by_reader, tagged
from core.api.query import query_parameters
from core.entity_tags import ANY
from core.models.columns import array_of
from core.reads.cache import RevisionCache
from core.reads.pages import KeptListing, Listing, Rows
from core.reads.prepared import prepared

# These may be durations before now, so that time alone changes the list, without a new revision.
_TIME_LIMITS = frozenset({"started", "ended"})
_NOT_OF_LISTS = frozenset({"page", "page_size"}) | _TIME_LIMITS
_LONGEST_KEPT = 2_000  # characters of the URL of a list that is kept, as the URL is kept with it


EARLY_REVISION = "catalogue.revision"
"""Where a request has the revision of the primary that was read before its view (see ``scale.repeats``)."""


def revision_for(request: Request) -> str:
    """Return the revision of the catalogue, for a request that only reads: no query if it is known."""
    read: str | None = request.META.get(EARLY_REVISION)
    return read if read and router.db_for_read(Revision) == DEFAULT_DB_ALIAS else current_revision()


def repeatable(response: Response, revision: str) -> Response:
    """Let an answer be given again to all accounts, until ``revision`` of the catalogue is over.

    It shows nothing but the catalogue: see ``scale.repeats``. A replica may be behind, and a page shows who is
    logged in.
    """
    if response.has_header("ETag") and router.db_for_read(Revision) == DEFAULT_DB_ALIAS:
        response.catalogue_revision = revision  # type: ignore[attr-defined]
    return response


class CatalogueLists(GenericAPIView):
    """For views whose lists are made of rows of the catalogue, those of ``queryset``, at a ``revision`` of it."""

    queryset: QuerySet[Any, Any]
    # By database: a replica may be behind, and what is read there is no answer for the primary.
    rows_by_id: defaultdict[str, RevisionCache[int, dict[str, Any]]]
    revision: str | None = None

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        find = prepared(lambda *, ids: cls.queryset.filter(pk__any_of=ids).annotate(key=F("pk")).order_by())
        cls.rows_by_id = defaultdict(
            lambda: RevisionCache(lambda ids: ((row.pop("key"), row) for row in find(ids=array_of(ids))))
        )

    def page_of(self, build: Callable[[], Rows]) -> Sequence[dict[str, Any]]:
        """Return the requested page of the queryset that ``build`` returns: ``queryset``, filtered and ordered.

        ``build`` is not called if the list is kept for this revision.
        """
        listing = Listing(build)
        if self.revision and len(self.request.get_full_path()) <= _LONGEST_KEPT:
            parameters = [(name, *values) for name, values in query_parameters(self.request).lists()]
            chosen = (one for one in parameters if one[0] not in _NOT_OF_LISTS)
            database = router.db_for_read(self.queryset.model)
            listing = KeptListing(
                build,
                name=(self.request.path, *chosen),
                database=database,
                revision=self.revision,
                rows_by_id=self.rows_by_id[database],
            )
        return self.paginate_queryset(listing) or []  # type: ignore[arg-type]  # not a queryset


class CatalogueMixin(CatalogueLists):
    """For views that show nothing but the catalogue: its revision and the URL make the entity tag of an answer.

    The revision is read before the rows, so that no tag is newer than the rows that are sent with it. A client that
    sends the tag of a URL has received the answer of that URL at that revision, and would receive the same again.
    """

    conditional: tuple[str, ...] = ("GET",)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD") and not _TIME_LIMITS & query_parameters(request).keys():
            self.revision = revision_for(request)
            if self._entity_tag in seen_by_reader(request):
                raise NotModified(self._entity_tag)

    def finalize_response(self, request: Request, response: Response, *args: object, **kwargs: object) -> Response:
        if self.revision and response.status_code == 200:
            if ANY in seen_by_reader(request):
                # "*" matches any state of a resource that exists, and now it is known that this one does.
                response = Response(status=304, headers={"ETag": self._entity_tag})
            else:
                for name, value in tagged(request, self._entity_tag).items():
                    response[name] = value
                repeatable(response, self.revision)
        return super().finalize_response(request, response, *args, **kwargs)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        # No docstring: the API document describes a list by the docstring of its view.
        rows = self.page_of(lambda: self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @property
    def _entity_tag(self) -> str:
        url = blake2b(self.request.get_full_path().encode(), digest_size=8).hexdigest()
        return f'"{self.revision}-{url}"'
