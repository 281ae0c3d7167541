"""The query parameters of the list of workspaces."""

from core.api.filters import ModifiedRangeFilterSet, OrderFilter, RepeatedFilter
from workspaces.serializers import WorkspaceSerializer


class WorkspaceFilterSet(ModifiedRangeFilterSet):
    """Which workspaces, in which order."""

    name = RepeatedFilter(help_text="Only workspaces of these names; may repeat.")
    order = OrderFilter(columns={name: name for name in WorkspaceSerializer.Meta.fields}, default=["name"])
