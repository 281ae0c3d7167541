"""A small takeover, as a run leaves it behind."""

from typing import Any

from django.db.models import Model
from django.utils import timezone

from takeover.duties import HIDDEN_CREDENTIAL
from takeover.models import Imported, Kind, Takeover

URL = "https://example.com/api/"


def make_takeover(url: str = URL, **columns: Any) -> Takeover:
    """A takeover whose only run came to its end."""
    now = timezone.now()
    return Takeover.objects.create(
        url=url, **{"origin_version": "7.2.2", "started": now, "finished": now, **columns}
    )


def make_imported(takeover: Takeover, kind: Kind, row: Model, **columns: Any) -> Imported:
    """What is known of a row that arrived; its id there is a thousand more than its id here."""
    return Imported.objects.create(
        takeover=takeover, kind=kind, source_id=1000 + row.pk, object_id=row.pk, digest="0" * 64, **columns
    )


def hidden_credential(name: str) -> dict[str, str]:
    """The finding on a credential that was not shown."""
    return {"name": HIDDEN_CREDENTIAL, "description": "Enter it here.", "path": f"/broker/credentials/{name}"}
