"""The query parameters of the pages of takeovers."""

from core.api.filters import AnyOfFilter, ApiFilterSet, OrderFilter
from takeover.models import Kind


class TakeoverFilterSet(ApiFilterSet):
    """In which order takeovers are."""

    order = OrderFilter(columns={"url": "url", "started": "started", "finished": "finished"}, default=["-started"])


class DifferenceFilterSet(ApiFilterSet):
    """Which of the objects that arrived otherwise than they were."""

    kind = AnyOfFilter(
        allowed=[kind.value for kind in Kind if kind != Kind.JOB], help_text="Only these kinds; may repeat."
    )
    order = OrderFilter(columns={"kind": "kind", "source_id": "source_id"}, default=["kind", "source_id"])
