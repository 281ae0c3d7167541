"""The query parameters of the list of records."""

from audit.models import Action, Kind
from core.actors import Source
from core.api.filters import AnyOfFilter, ApiFilterSet, MomentFilter, OrderFilter, RepeatedFilter, TimeRangeForm


class RecordFilterSet(ApiFilterSet):
    """Which records, in which order."""

    started = MomentFilter("at", "gte", help_text="The earliest time")
    ended = MomentFilter("at", "lte", help_text="The latest time")
    kind = AnyOfFilter(allowed=Kind.values, help_text="Only changes to these kinds of object; may repeat.")
    name = RepeatedFilter(help_text="Only changes to objects of these names; may repeat.")
    version = RepeatedFilter(help_text="Only changes to job types of these versions; may repeat.")
    action = AnyOfFilter(allowed=Action.values, help_text="Only these actions; may repeat.")
    actor = RepeatedFilter(help_text="Only changes by these accounts; may repeat.")
    source = AnyOfFilter(allowed=Source.values, help_text="Only changes that came from these sources; may repeat.")
    request_id = RepeatedFilter(help_text="Only changes of the requests with these X-Request-IDs; may repeat.")
    order = OrderFilter(columns={"id": "id", "at": "at"}, default=["-id"])

    class Meta:
        form = TimeRangeForm
