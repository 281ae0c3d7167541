"""The renderer of the browsable API."""

from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer


class PageRenderer(BrowsableAPIRenderer):
    """The browsable API, without the style sheet that it puts into its pages if pygments is installed."""

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(*args, **kwargs), "code_style": None}
