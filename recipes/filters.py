"""The query parameters of the list of recipe types."""

from core.api.filters import ApiFilterSet, FlagFilter, KeywordFilter, OrderFilter
from recipes.querysets import LIST_COLUMNS


class RecipeTypeFilterSet(ApiFilterSet):
    """Which recipe types, in which order."""

    keyword = KeywordFilter(
        help_text="Only recipe types with this in the name, title or description, in any case; may repeat."
    )
    is_active = FlagFilter(help_text="Only recipe types that are active (true) or deprecated (false).")
    is_system = FlagFilter(help_text="Only recipe types of the system (true) or of users (false).")
    order = OrderFilter(columns={name: name for name in LIST_COLUMNS}, default=["name"])
