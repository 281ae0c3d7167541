"""The query parameters of the list of records."""

from django_filters.rest_framework import FilterSet

from audit.models import Action, Kind, Record
from core.actors import Source
from core.api.filters import ChoiceFilter, MomentFilter, OrderFilter, RepeatedFilter, TimeRangeForm


class RecordFilterSet(FilterSet):
    """Which records, in which order."""

    started = MomentFilter(
        "at",
        "gte",
        help_text="The earliest time: an ISO-8601 datetime, or a duration that means that long ago.",
    )
    ended = MomentFilter(
        "at",
        "lte",
        help_text="The latest time: an ISO-8601 datetime, or a duration that means that long ago.",
    )
    kind = ChoiceFilter(allowed=Kind.values, help_text="Only changes to these kinds of object; may repeat.")
    name = RepeatedFilter(help_text="Only changes to objects of these names; may repeat.")
    version = RepeatedFilter(help_text="Only changes to job types of these versions; may repeat.")
    action = ChoiceFilter(allowed=Action.values, help_text="Only these actions; may repeat.")
    actor = RepeatedFilter(help_text="Only changes by these accounts; may repeat.")
    source = ChoiceFilter(allowed=Source.values, help_text="Only changes that came from these sources; may repeat.")
    request_id = RepeatedFilter(help_text="Only changes of the requests with these X-Request-IDs; may repeat.")
    order = OrderFilter(columns={"id": "id", "at": "at"}, default=["-id"])

    class Meta:
        model = Record
        fields: list[str] = []
        form = TimeRangeForm
