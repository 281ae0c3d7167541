"""Job types: the lists of names and versions, a job type, its revisions."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request

from core.api.filters import require_valid
from core.api.query import query_parameters, refuse_unknown, whole_number
from core.services import Missing
from job_types.differences import get_difference
from job_types.filters import JobTypeNameFilterSet, JobTypeVersionFilterSet
from job_types.models import LARGEST_INTEGER, JobType
from job_types.querysets import LIST_COLUMNS
from job_types.rights import SYSTEM_RIGHT
from job_types.selectors import get_revision
from metrics.models import HourlyCount
from metrics.periods import WindowFilterSet
from pages.content.differences import MOST_LINES, canonical, difference
from pages.content.job_type import job_type_content
from pages.content.job_types import name_rows, version_rows
from pages.views.base import ListPage, Page
from pages.views.importing import RIGHT as IMPORT_RIGHT

# The windows of the charts: the first one is by hour, the others are by day.
_WINDOWS = {"PT47H": "2 days", "P31D": "31 days", "P365D": "A year"}


class JobTypeNamesPage(ListPage):
    """The names of job types, each with its versions."""

    template = "pages/job_types.html"
    filterset_class = JobTypeNameFilterSet
    page_size = 25

    def rows(self, **kwargs: Any) -> Any:
        return JobType.objects.all()

    def shown(self, rows: Any) -> Any:
        return name_rows(rows)

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().content(**kwargs), "title": "Job types"}


class JobTypeVersionsPage(ListPage):
    """The versions of a name, newest first."""

    template = "pages/job_type_versions.html"
    filterset_class = JobTypeVersionFilterSet
    page_size = 25

    def rows(self, **kwargs: Any) -> Any:
        return JobType.objects.filter(name=kwargs["name"]).newest_version_first().values(*LIST_COLUMNS)

    def shown(self, rows: Any) -> Any:
        return version_rows(rows)

    def content(self, **kwargs: Any) -> dict[str, Any]:
        content = super().content(**kwargs)
        if not content["rows"] and not content["chosen"]:
            raise Missing(f"There is no job type {kwargs['name']}.")
        return {**content, "title": kwargs["name"]}


class JobTypePage(Page):
    """One version of a job type."""

    template = "pages/job_type.html"

    def content(self, **kwargs: Any) -> dict[str, Any]:
        request = Request(self.request)
        refuse_unknown(request, list(WindowFilterSet.base_filters))
        chosen = query_parameters(request) or {"started": next(iter(_WINDOWS))}
        window = require_valid(WindowFilterSet(data=chosen, queryset=HourlyCount.objects.all()))
        content = job_type_content(**kwargs, periods=window.periods)
        is_system, may_edit = content["job_type"]["is_system"], self.may("job_types.change_jobtype")
        return {
            **content,
            "title": f"{content['manifest'].title or kwargs['name']} {kwargs['version']}",
            "windows": [(url, title, chosen.get("started") == url) for url, title in _WINDOWS.items()],
            "may_pause": may_edit and (not is_system or self.may(SYSTEM_RIGHT)),
            "may_edit": may_edit and not is_system,
            "may_import": bool(settings.IMAGE_REGISTRIES) and self.may(IMPORT_RIGHT),
        }


class JobTypeRevisionPage(Page):
    """A revision of a job type, beside another one: by default the one before it."""

    template = "pages/job_type_revision.html"

    def content(self, **kwargs: Any) -> dict[str, Any]:
        name, version, revision_num = (kwargs[part] for part in ("name", "version", "revision_num"))
        key = {"name": name, "version": version}
        refuse_unknown(Request(self.request), ["against"])
        other_num = self._against(revision_num)
        found = get_difference(**key, old=other_num, new=revision_num) if other_num else None
        other = found["old"] if found else None
        revision = found["new"] if found else get_revision(**key, revision_num=revision_num)
        return {
            **key,
            "title": f"{name} {version}, revision {revision_num}",
            "revision": revision,
            "other": other,
            "found": found,
            "difference": difference(other["manifest"], revision["manifest"]) if other else None,
            "most_lines": MOST_LINES,
            "manifest": "\n".join(canonical(revision["manifest"])),
        }

    def _against(self, revision_num: int) -> int:
        text = query_parameters(Request(self.request)).get("against")
        if text is None:
            return revision_num - 1
        try:
            return min(whole_number(text), LARGEST_INTEGER)
        except ValueError:
            raise Missing(f"There is no revision {text}.") from None
