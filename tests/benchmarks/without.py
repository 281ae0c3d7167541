"""What makes the service fast: `layers` measures it without each layer of core/reads, `collector` and `rivals` the
others.

Each function takes its layer out of the way, and puts there what Django, Django REST framework or Python does.
"""

import gc
import os
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

from django.core.paginator import Page
from django.db import connections
from django.db.backends.signals import connection_created
from knox.auth import TokenAuthentication
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import Serializer

from core.models.plans import KEEPING_PLANS
from core.reads import cache, pages, prepared, renderers, timestamps
from core.reads import serializers as rows
from scale import authentication, repeats


def _whole_answers() -> None:
    _replace(repeats.RepeatsMiddleware, "__call__", lambda self, request: self.get_response(request))


def _prepared() -> None:
    _replace(prepared.prepared, "__call__", lambda self, **values: list(self._build(**values)))


def _lists() -> None:
    _replace(pages, "_lists", defaultdict(lambda: cache.Kept(size=len, most=-1)))


def _full_pages() -> None:
    _replace(pages.FrugalPaginator, "page", _page_that_counts)


def _windows() -> None:
    _replace(pages.GroupPaginator, "rows", pages.FrugalPaginator.rows)


def _cached_rows() -> None:
    _replace(cache.RevisionCache, "at", _rows_fetched)


def _row_serializers() -> None:
    _replace(rows.RowSerializer, "to_representation", Serializer.to_representation)


def _orjson() -> None:
    _replace(renderers.FastJSONRenderer, "render", JSONRenderer.render)


def _tokens() -> None:
    replacement = TokenAuthentication.authenticate_credentials
    _replace(authentication.TokenAuthentication, "authenticate_credentials", replacement)


def _timestamps() -> None:
    connection_created.disconnect(timestamps.read_times_by_the_standard_library)


def _collector() -> None:
    # gunicorn switches it off before it forks. ``post_request`` never finds enough garbage then.
    os.register_at_fork(after_in_child=_collect_at_any_time)


def _plans() -> None:
    for database in connections.settings.values():
        for name in KEEPING_PLANS:
            database["OPTIONS"].pop(name, None)


def _collect_at_any_time() -> None:
    gc.unfreeze()
    gc.enable()


def _rows_fetched(self: cache.RevisionCache[Any, Any], _: str, keys: Collection[Any]) -> dict[Any, Any]:
    rows = dict(self._fetch(keys))
    return {key: rows[key] for key in keys if key in rows}


def _page_that_counts(self: pages.FrugalPaginator, number: int) -> Any:
    rows = self.rows((number - 1) * self.per_page)
    return Page(rows, self.validate_number(number), self)


def _replace(owner: Any, name: str, replacement: Any) -> None:
    setattr(owner, name, replacement)


LAYERS: dict[str, Callable[[], None]] = {
    "whole answers": _whole_answers,
    "prepared queries": _prepared,
    "lists": _lists,
    "pages that are not full": _full_pages,
    "pages with their number": _windows,
    "cached rows": _cached_rows,
    "row serializers": _row_serializers,
    "orjson": _orjson,
    "tokens": _tokens,
    "timestamps": _timestamps,
}
# Not of core/reads.
OTHERS: dict[str, Callable[[], None]] = {"collector": _collector, "plans": _plans}
