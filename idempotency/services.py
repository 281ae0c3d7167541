"""Writes of kept answers, in the transaction of the request that is answered."""

from django.db import OperationalError, connection
from django.db.models.functions import Now
from psycopg2.errors import LockNotAvailable

from core.services import Refused
from idempotency.models import KeptAnswer

HEADER = "Idempotency-Key"
LARGEST_BODY = 1024 * 1024  # bytes
# With each new key, so that the rows of a busy day go. So few are looked up by their ids; for a hundred, PostgreSQL
# would rather read a table of thousands as a whole.
MOST_DELETED = 10

_KEPT_FOR = "1 day"
_NOW = {"postgresql": "statement_timestamp()", "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"}
_EXPIRES = {
    "postgresql": f"statement_timestamp() + interval '{_KEPT_FOR}'",
    "sqlite": f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '+{_KEPT_FOR}')",
}
# Returns a row if the key is new or has expired. If another request has inserted the key, it waits for its end.
_BEGIN = """
    INSERT INTO idempotency_keptanswer AS kept (account, key, fingerprint, expires, location, body)
    VALUES (%s, %s, %s, {expires}, '', '')
    ON CONFLICT (account, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, expires = excluded.expires, status = NULL
    WHERE kept.expires <= {now}
    RETURNING id
"""


def begin_request(*, account: int, key: str, fingerprint: str) -> KeptAnswer:
    """Return the row of the request that the account with this id sends with ``key``, and lock it.

    It has a status if the request was answered before. This is the first statement of a transaction, which then
    waits for a request with the same key while it holds no locks. Raises Refused if that one does not end in time,
    if it had another ``fingerprint``, or if its answer was forgotten.
    """
    statement = _BEGIN.format(now=_NOW[connection.vendor], expires=_EXPIRES[connection.vendor])
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement, [account, key, fingerprint])
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            sentence = (
                f"{HEADER}: another request with this key is still being processed. Send this one again in a few "
                "seconds: it gets the answer to the other one."
            )
            raise Refused.because("REQUEST_IN_PROGRESS", sentence, f"/{HEADER}", status=409) from None
        begun = cursor.fetchone()
    if begun:
        return KeptAnswer(id=begun[0], account=account, key=key, fingerprint=fingerprint)
    kept = KeptAnswer.objects.get(account=account, key=key)
    if kept.fingerprint != fingerprint:
        sentence = (
            f"{HEADER}: this key was sent with another request (method, path, query, Content-Type or body). Send "
            "that request again as it was, or this one with a new key."
        )
        raise Refused.because("REUSED_KEY", sentence, f"/{HEADER}", status=422)
    if not kept.body:
        sentence = (
            f"{HEADER}: this request was carried out before, with the status {kept.status}. Its answer is not "
            f"shown any more, as it may hold a setting that has become secret since. {kept.location}"
        )
        raise Refused.because("FORGOTTEN_ANSWER", sentence.rstrip(), f"/{HEADER}", status=410)
    return kept


def keep_answer(request: KeptAnswer, *, status: int, location: str, body: str) -> None:
    """Store the answer to a new ``request``, and delete some that have expired.

    Raises Refused if the answer is too large.
    """
    if len(body.encode()) > LARGEST_BODY:
        sentence = (
            f"{HEADER}: the answer would be larger than the {LARGEST_BODY} bytes that are kept, and nothing was "
            "changed. Send the request without this header."
        )
        raise Refused.because("TOO_LARGE_ANSWER", sentence, f"/{HEADER}")
    # Requests that delete at the same time do not wait for each other.
    expired = KeptAnswer.objects.filter(expires__lte=Now()).order_by("expires").select_for_update(skip_locked=True)
    KeptAnswer.objects.filter(pk__in=expired.values("pk")[:MOST_DELETED]).delete()
    KeptAnswer.objects.filter(pk=request.pk).update(status=status, location=location, body=body)


def forget_answers(*, holding: str) -> None:
    """Remove the bodies of all kept answers that hold a text, in one pass over them; their keys stay taken."""
    KeptAnswer.objects.filter(body__contains=holding).update(body="")
