"""Cancel and requeue jobs: what would change and how many first, and then the services of the API."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.datastructures import MultiValueDict
from django.utils.http import MAX_URL_LENGTH
from django_filters.rest_framework import FilterSet
from rest_framework.request import Request

from core.api.filters import require_valid
from core.api.query import query_parameters, refuse_unknown, whole_number
from core.models.clock import database_time
from core.services import Refused
from core.words import listed
from job_types.models import LARGEST_INTEGER
from jobs.filters import JobSelectionFilterSet, choosing
from jobs.models import Job
from jobs.services import MOST_AT_ONCE, Stepped, cancel_jobs, cancelable, requeue_jobs, requeueable
from pages.content.jobs import preview
from pages.content.words import jobs_in_words
from pages.navigation import url_of
from pages.views.base import FormPage

_MOST_VALUES = 10  # of a parameter, in words
_NOTHING_CHOSEN = (
    "Choose jobs first: check them in the list of jobs, or filter it, and then cancel or requeue them."
)


class StepForm(forms.Form):
    """``ended`` is when the jobs were shown: those that have changed since stay as they are."""

    ended = forms.CharField(required=False, widget=forms.HiddenInput)


class RequeueForm(StepForm):
    """How to requeue jobs."""

    priority = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_INTEGER,
        help_text="Lower numbers come first. Without it, each job keeps its own.",
    )


class _StepPage(FormPage):
    """A step of the jobs that the query parameters of the list choose."""

    template = "pages/confirm.html"
    form_class = StepForm
    verb = ""
    done = ""
    consequences = ""
    is_danger = False

    def changing(self, jobs: QuerySet[Job]) -> QuerySet[Job]:
        """Return those of ``jobs`` that the step changes."""
        raise NotImplementedError

    def step(self, form: forms.Form, jobs: QuerySet[Job], selection: dict[str, list[str]]) -> Stepped:
        """Take the step."""
        raise NotImplementedError

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        parameters = self._parameters()
        if "job_id" in parameters:
            return {}  # which jobs these are does not change with time
        ended = self._filterset(parameters).form.cleaned_data["ended"] or database_time()
        return {"ended": ended.isoformat()}

    def content(self, **kwargs: Any) -> dict[str, Any]:
        parameters = self._parameters()
        chosen = self._filterset(parameters).qs
        found = preview(chosen, self.changing(chosen))
        count = found["count"]
        how = [{"text": f"{name}: {listed(values, _MOST_VALUES)}"} for name, values in sorted(parameters.lists())]
        return {
            "title": f"{self.verb} {jobs_in_words(count)}?",
            "text": " ".join(self._sentences(count, found["others"])),
            "along": [
                *([{"title": "Which jobs", "rows": found["groups"]}] if count else []),
                {"title": "How they were chosen", "rows": how},
            ],
            "button": f"{self.verb} {jobs_in_words(count)}" if count else "",
            "back": self.then(),
            "is_danger": self.is_danger,
        }

    def save(self, form: forms.Form, **kwargs: Any) -> str:
        parameters = self._parameters()
        if ended := form.cleaned_data["ended"]:
            parameters["ended"] = ended
        stepped = self.step(form, self._filterset(parameters).qs, dict(parameters.lists()))
        if not stepped.count:
            return f"No job was {self.done}: none of them can be any more."
        left = stepped.remaining
        more = f" {jobs_in_words(left)} more can be: do it again for them." if left else ""
        return f"{jobs_in_words(stepped.count)} {'was' if stepped.count == 1 else 'were'} {self.done}.{more}"

    def then(self, **kwargs: Any) -> str:
        parameters = self._parameters()
        ids = parameters.getlist("job_id")
        if len(ids) == 1 and len(parameters) == 1:
            return url_of("job", pk=whole_number(ids[0])) or url_of("jobs")  # a number that no job can have
        own = url_of("jobs", query=dict(parameters.lists()))
        # Jobs that were checked make no list of their own, and browsers are not redirected to URLs of any length.
        return url_of("jobs") if len(ids) > 1 or len(own) > MAX_URL_LENGTH else own

    def _sentences(self, count: int, others: int) -> list[str]:
        stay = f"{jobs_in_words(others)} that {'was' if others == 1 else 'were'} chosen cannot be {self.done}."
        if not count:
            return [f"No job can be {self.done}.", *([stay] if others else [])]
        first = f"{jobs_in_words(count)} will be {self.done}."
        if count == MOST_AT_ONCE:
            first = f"The first {count:,} jobs will be {self.done}, which is the most at once."
        return [first, self.consequences, *([stay] if others else [])]

    def _parameters(self) -> MultiValueDict[str, str]:
        """Return the query parameters that choose the jobs. Raises Refused where they choose none in particular."""
        request = Request(self.request)
        refuse_unknown(request, list(JobSelectionFilterSet.base_filters))
        parameters = query_parameters(request)
        if not parameters.keys() & choosing(JobSelectionFilterSet):
            raise Refused.because("NOTHING_CHOSEN", _NOTHING_CHOSEN)
        return parameters

    def _filterset(self, parameters: MultiValueDict[str, str]) -> FilterSet:
        return require_valid(JobSelectionFilterSet(data=parameters, queryset=Job.objects.all()))


class CancelPage(_StepPage):
    """Cancel jobs."""

    right = "jobs.cancel_job"
    verb, done = "Cancel", "canceled"
    is_danger = True
    consequences = "Nodes stop those that run with their next heartbeat."

    def changing(self, jobs: QuerySet[Job]) -> QuerySet[Job]:
        return cancelable(jobs)

    def step(self, form: forms.Form, jobs: QuerySet[Job], selection: dict[str, list[str]]) -> Stepped:
        return cancel_jobs(jobs=jobs, selection=selection)


class RequeuePage(_StepPage):
    """Requeue jobs."""

    right = "jobs.requeue_job"
    form_class = RequeueForm
    verb, done = "Requeue", "requeued"
    consequences = "They run with the configurations that their job types have now."

    def changing(self, jobs: QuerySet[Job]) -> QuerySet[Job]:
        return requeueable(jobs)

    def step(self, form: forms.Form, jobs: QuerySet[Job], selection: dict[str, list[str]]) -> Stepped:
        return requeue_jobs(jobs=jobs, selection=selection, priority=form.cleaned_data["priority"])
