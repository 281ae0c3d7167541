"""The query parameters of the list of errors."""

from core.api.filters import AnyOfFilter, FlagFilter, ModifiedRangeFilterSet, OrderFilter, RepeatedFilter
from errors.models import Category
from errors.selectors import COLUMNS


class ErrorFilterSet(ModifiedRangeFilterSet):
    """Which errors, in which order."""

    is_builtin = FlagFilter(help_text="Only errors that are built in (true) or declared by manifests (false).")
    job_type_name = RepeatedFilter(help_text="Only errors of these job type names; may repeat.")
    name = RepeatedFilter(help_text="Only errors of these names; may repeat.")
    category = AnyOfFilter(
        allowed=Category.values,
        help_text=f"Only errors of these categories ({', '.join(Category.values)}); may repeat.",
    )
    order = OrderFilter(columns={name: name for name in COLUMNS}, default=["id"])
