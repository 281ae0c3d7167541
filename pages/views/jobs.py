"""The list of jobs, and the page of one job."""

from collections.abc import Sequence
from typing import Any, TypedDict

from django.utils.http import urlencode
from rest_framework.request import Request

from core.api.query import refuse_unknown
from jobs import rows
from jobs.filters import JobFilterSet, JobSelectionFilterSet, choosing
from jobs.models import Job
from jobs.states import REQUEUED_FROM, Status, statuses_before
from pages.content.jobs import job_page, mark
from pages.views.base import ListPage, Page

# The filters that are in sight; the statuses have links, and the others are folded up.
_FILTERS = ("job_type_name", "node", "error_name", "started", "ended")
_FOLDED = [name for name in JobFilterSet.base_filters if name not in (*_FILTERS, "status", "order")]


class StatusLink(TypedDict):
    """A link to the same list with one status more or, if it is chosen, less."""

    status: str
    is_chosen: bool
    url: str


class JobListPage(ListPage):
    """The jobs, with the filters, orders and pages of the API."""

    template = "pages/jobs/list.html"
    filterset_class = JobFilterSet
    orders_of_many = ("id", "last_status_change")

    def rows(self, **kwargs: Any) -> Any:
        return Job.objects.values("pk")

    def shown(self, rows_of_page: Any) -> Any:
        shown = rows.job_rows([row["pk"] for row in rows_of_page])
        return shown if self.request.user.is_authenticated else [rows.without_accounts(job) for job in shown]

    def content(self, **kwargs: Any) -> dict[str, Any]:
        content = super().content(**kwargs)
        chosen = {
            name: values for name, values in content["chosen"].lists() if name not in ("order", "page", "page_size")
        }
        shown = {*(chosen.get("status") or Status.values)}
        is_selection = chosen.keys() & choosing(JobSelectionFilterSet)
        return {
            **content,
            "title": "Jobs",
            "statuses": self._statuses(content["chosen"].getlist("status")),
            "more_filters": _FOLDED,
            "may_cancel": self.may("jobs.cancel_job") and bool(shown & {*statuses_before(Status.CANCELED)}),
            "may_requeue": self.may("jobs.requeue_job") and bool(shown & {*REQUEUED_FROM}),
            "selection": urlencode(chosen, doseq=True) if is_selection and content["rows"] else "",
        }

    def _statuses(self, chosen: Sequence[str]) -> list[StatusLink]:
        links: list[StatusLink] = []
        for status in Status.values:
            query = self.request.GET.copy()
            others = [other for other in chosen if other != status]
            query.setlist("status", others if status in chosen else [*others, status])
            query.pop("page", None)
            links.append({"status": status, "is_chosen": status in chosen, "url": f"?{query.urlencode()}"})
        return links


class JobDetailsPage(Page):
    """One job: why it waits, its tries and their logs, what it runs on and with, and what it left."""

    template = "pages/jobs/detail.html"

    def tag(self, **kwargs: Any) -> str | None:
        return mark(kwargs["pk"])

    def content(self, **kwargs: Any) -> dict[str, Any]:
        refuse_unknown(Request(self.request), ["try"])
        pk = kwargs["pk"]
        content = job_page(pk, try_num=self.number("try"), with_accounts=self.request.user.is_authenticated)
        return {**content, "title": f"Job {pk}"}
