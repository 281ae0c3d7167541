"""The navigation: one entry for each page that is not about a single thing."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode


class Entry(NamedTuple):
    """A link in the navigation. ``key``, after a ``g``, leads there; ``right`` is what seeing the page needs.

    ``is_used`` says whether there is anything to see; None for what is always linked.
    """

    url_name: str
    title: str
    icon: str
    key: str
    right: str | None = None
    is_used: Callable[[], bool] | None = None


class Link(NamedTuple):
    """An entry as it is shown on a page."""

    url: str
    title: str
    icon: str
    key: str
    is_current: bool


def _are_takeovers() -> bool:
    # The settings name pages by this module, before there can be models.
    from takeover.selectors import has_takeovers

    return has_takeovers()


ENTRIES = (
    Entry("pages:dashboard", "Dashboard", "f0e4", "d"),
    Entry("pages:job-types", "Job types", "f1b3", "t"),
    Entry("pages:jobs", "Jobs", "f0ae", "j"),
    Entry("pages:recipes", "Recipes", "f0e8", "r"),
    Entry("pages:nodes", "Nodes", "f233", "n"),
    Entry("pages:errors", "Errors", "f188", "e"),
    Entry("pages:files", "Files", "f15b", "f"),
    Entry("pages:workspaces", "Workspaces", "f0a0", "w"),
    Entry("pages:audit", "Audit", "f1da", "a", right="audit.view_record"),
    Entry("pages:takeovers", "Takeovers", "f0ec", "o", right="takeover.view_takeover", is_used=_are_takeovers),
)


def url_of(page: str, *, query: Mapping[str, str | int | list[str]] | None = None, **path: object) -> str:
    """Return the URL of a page by the name of its pattern; empty for a number or a name that no page can have."""
    try:
        url = reverse(f"pages:{page}", kwargs=path)
    except NoReverseMatch:
        return ""
    return f"{url}?{urlencode(query, doseq=True)}" if query else url


def links(request: HttpRequest) -> Iterator[Link]:
    """Yield the entries that the account of ``request`` may see."""
    for entry in ENTRIES:
        url = reverse(entry.url_name)
        is_allowed = entry.right is None or request.user.has_perm(entry.right)
        if is_allowed and (entry.is_used is None or entry.is_used()):
            is_current = request.path == url or (url != "/" and request.path.startswith(url))
            yield Link(url, entry.title, entry.icon, entry.key, is_current)
