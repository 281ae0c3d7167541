"""What the pages of files show: where a file lies, what is known of it, and which try of which job made it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypedDict

from core.api.filters import RepeatedFilter
from files.filters import FileFilterSet
from files.rows import FileRow, file_details, file_rows
from pages.navigation import url_of

MOST_FACTS = 100
# How much is shown of a value, and of the document behind it; the API shows all.
_LONGEST = 500
_LONGEST_DOCUMENT = 20_000


class _BeginningFilter(RepeatedFilter):
    """Files whose names begin with a text, in the order of the index that finds them unless another is chosen."""

    def filter(self, queryset: Any, values: list[str]) -> Any:
        (value,) = values[-1:] or ("",)
        if not value:
            return queryset
        found = queryset.filter(file_name__startswith=value)
        return found if self.parent.form.cleaned_data["order"] else found.order_by("file_name", "id")


class FilePageFilterSet(FileFilterSet):
    """The filters and orders of the API, and one that is typed into."""

    begins = _BeginningFilter(help_text="Only files whose names begin with this.")


class MetaDatum(NamedTuple):
    """A member of what is known of a file: its name, and its value as text."""

    name: str
    value: str


class ListedFile(FileRow):
    """A file in a list, with the folder that it lies in, as far as its path says more than its name."""

    folder: str


class FilePage(TypedDict):
    """A file, where it can be read and which try made it, and what is known of what it holds.

    ``link`` is the URL of the file if a browser can follow it; ``document`` is what is known of it as JSON.
    """

    file: Mapping[str, Any]
    link: str
    try_url: str
    facts: list[MetaDatum]
    has_more: bool
    document: str


def listed_files(ids: Sequence[int]) -> list[ListedFile]:
    """Return the files with these ids, in their order: one query, none without ids."""
    return [{**row, "folder": row["file_path"].removesuffix(row["file_name"])} for row in file_rows(ids)]


def file_page(pk: int) -> FilePage:
    """Return the page of a file: one query. Raises Missing."""
    file = file_details(str(pk))
    facts = list(islice(_facts(file["meta_data"]), MOST_FACTS + 1))
    text = json.dumps(file["meta_data"], indent=2, ensure_ascii=False) if file["meta_data"] else ""
    return {
        "file": file,
        "link": link_to(file["url"]),
        "try_url": _url_of_try(file) if file["job"] else "",
        "facts": facts[:MOST_FACTS],
        "has_more": len(facts) > MOST_FACTS,
        "document": text if len(text) <= _LONGEST_DOCUMENT else f"{text[:_LONGEST_DOCUMENT]}…",
    }


def link_to(url: str | None) -> str:
    """Return the URL of a file if a page may lead there: operators may give workspaces any text as their URL."""
    return url if url and url.startswith(("http://", "https://")) else ""


def _facts(meta_data: Mapping[str, Any]) -> Iterator[MetaDatum]:
    """Yield the members of what is known of a file; in the place of the properties of a GeoJSON feature, theirs."""
    for name, value in meta_data.items():
        if name == "properties" and isinstance(value, dict):
            yield from _facts({key: text for key, text in value.items() if key != name})
        elif value is not None:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield MetaDatum(name, text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _url_of_try(file: Mapping[str, Any]) -> str:
    return url_of("job", pk=file["job"]["id"], query={"try": file["job_exe"]["exe_num"]})
