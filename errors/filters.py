"""The query parameters of the list of errors."""

from core.api.filters import BooleanFilter, ChoiceFilter, ModifiedRangeFilterSet, OrderFilter, RepeatedFilter
from errors.models import Category, Error
from errors.selectors import COLUMNS


class ErrorFilterSet(ModifiedRangeFilterSet):
    """Which errors, in which order."""

    is_builtin = BooleanFilter(help_text="Only errors that are built in (true) or declared by manifests (false).")
    job_type_name = RepeatedFilter(help_text="Only errors of these job type names; may repeat.")
    name = RepeatedFilter(help_text="Only errors of these names; may repeat.")
    category = ChoiceFilter(
        allowed=Category.values,
        help_text=f"Only errors of these categories ({', '.join(Category.values)}); may repeat.",
    )
    order = OrderFilter(columns={name: name for name in COLUMNS}, default=["id"])

    class Meta(ModifiedRangeFilterSet.Meta):
        model = Error
        fields: list[str] = []
