"""The decorator for actions of views that take an ``Idempotency-Key``."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

import orjson
from django.contrib.auth.models import User
from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from core.reads.renderers import FastJSONRenderer
from idempotency.keys import fingerprint_of, key_of
from idempotency.openapi import REPLAYED, IdempotentSchema
from idempotency.services import begin_request, keep_answer

Parameters = ParamSpec("Parameters")
Action = Callable[Concatenate[Any, Request, Parameters], Response]


def idempotent(act: Action[Parameters]) -> Action[Parameters]:
    """Let an action of a view, which is for accounts, take an ``Idempotency-Key``::

        @idempotent
        def create(self, request: Request) -> Response: ...

    It comes outside of ``@action``, and inside of ``@extend_schema``. With the header, the action is one
    transaction, which also keeps the answer; an answer with a status of 400 or above rolls it back. Without the
    header nothing changes.
    """

    @wraps(act)
    def answer(view: Any, request: Request, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Response:
        key = key_of(request)
        if key is None:
            return act(view, request, *args, **kwargs)
        account = cast(User, request.user).pk
        with transaction.atomic():
            kept = begin_request(account=account, key=key, fingerprint=fingerprint_of(request))
            if kept.status is not None:
                headers = {REPLAYED: "true"} | ({"Location": kept.location} if kept.location else {})
                return Response(orjson.loads(kept.body), status=kept.status, headers=headers)
            response = act(view, request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                body = FastJSONRenderer().render(response.data).decode()
                location = response.headers.get("Location", "")
                keep_answer(kept, status=response.status_code, location=location, body=body)
        return response

    # What `action` and `extend_schema` set, too.
    answer.kwargs = {**getattr(act, "kwargs", {}), "schema": IdempotentSchema}  # type: ignore[attr-defined]
    return answer
