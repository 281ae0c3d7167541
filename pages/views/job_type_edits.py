"""Edits of job types: pause, resume, deprecate, activate."""

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any, NamedTuple

from core.api.bodies import require_valid_body
from core.entity_tags import tag_of_rows
from core.services import Written
from job_types.changes import CHECKED
from job_types.models import JobType
from job_types.rights import require_right_to_edit
from job_types.selectors import JobTypeDetails, get_details
from job_types.serializers import EditBody
from job_types.services import edit_job_type, validate_edit
from jobs import tally
from jobs.states import Status
from pages.forms.fields import EditForm
from pages.navigation import url_of
from pages.views.base import FormPage

_MOST_RECIPES = 100


class JobTypeFormPage(FormPage):
    """A page that edits a job type."""

    right = "job_types.change_jobtype"
    form_class: type[EditForm] = EditForm

    @cached_property
    def job_type(self) -> JobTypeDetails:
        """The job type as its details show it. Raises Missing."""
        return get_details(**self._key)

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        # Of the rows that the form shows: a tag that is read after them could be of a later state.
        return {"tag": tag_of_rows(self.job_type, self.job_type["recipe_types"])}

    def form(self, data: Any = None, **kwargs: Any) -> EditForm:
        require_right_to_edit(self.request.user, **self._key)
        return self.made_form(data)

    def made_form(self, data: Any) -> EditForm:
        """Return the form, for an account that may edit the job type."""
        return self.form_class(data, initial=self.initial())

    def then(self, **kwargs: Any) -> str:
        return url_of("job-type", **self._key)

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {"job_type": self.job_type, "back": self.then()}

    def edit(self, form: EditForm, fields: Mapping[str, Any]) -> Written[JobType]:
        """Set ``fields`` of the job type as the API does, unless somebody else changed it since it was shown."""
        body = EditBody(data=fields)
        require_valid_body(body, documents=CHECKED, check=partial(validate_edit, **self._key))
        written = edit_job_type(**self._key, fields=body.changes, seen=form.seen)
        self.warn(written.report)
        return written

    @property
    def _key(self) -> dict[str, Any]:
        return {name: self.kwargs[name] for name in ("name", "version")}


class Switch(NamedTuple):
    """A position of a switch of job types: what it is called, and what is said before and after."""

    field: str
    value: bool
    button: str
    text: str
    queued: str
    done: str
    is_danger: bool = False


PAUSE = Switch(
    field="is_paused",
    value=True,
    button="Pause",
    text="While it is paused, none of its jobs leaves the queue. Those that run go on.",
    queued="of them wait in the queue, and stay there",
    done="is paused: none of its jobs leaves the queue.",
)
RESUME = Switch(
    field="is_paused",
    value=False,
    button="Resume",
    text="Its jobs leave the queue again.",
    queued="of them wait in the queue",
    done="is resumed: its jobs leave the queue again.",
)
DEPRECATE = Switch(
    field="is_active",
    value=False,
    button="Deprecate",
    text="A deprecated job type is out of use: nobody can create or requeue jobs of it. "
    "The active recipe types that hold it are deprecated too, and stay so if it is activated again.",
    queued="of them wait in the queue, and stay there until it is activated again or they are canceled",
    done="is deprecated.",
    is_danger=True,
)
ACTIVATE = Switch(
    field="is_active",
    value=True,
    button="Activate",
    text="It is in use again. Recipe types that were deprecated with it stay deprecated.",
    queued="of them wait in the queue, and leave it again",
    done="is active again.",
)


class SwitchPage(JobTypeFormPage):
    """Throws a switch of a job type; shows before what goes along."""

    template = "pages/confirm.html"
    switch: Switch = PAUSE

    def content(self, **kwargs: Any) -> dict[str, Any]:
        switch, job_type = self.switch, self.job_type
        return {
            **super().content(**kwargs),
            "title": f"{switch.button} {job_type['name']} {job_type['version']}?",
            "text": switch.text,
            "along": [group for group in (self._recipes(), self._jobs()) if group["rows"]],
            "button": switch.button,
            "is_danger": switch.is_danger,
        }

    def save(self, form: Any, **kwargs: Any) -> str:
        self.edit(form, {self.switch.field: self.switch.value})
        return f"{kwargs['name']} {kwargs['version']} {self.switch.done}"

    def _recipes(self) -> dict[str, Any]:
        """Return the recipe types that go along with a job type that is deprecated."""
        names = [row["name"] for row in self.job_type["recipe_types"] if row["is_active"]]  # type: ignore[typeddict-item]
        rows = [{"text": name, "url": url_of("recipe", name=name)} for name in names[:_MOST_RECIPES]]
        if len(names) > _MOST_RECIPES:
            rows.append({"text": f"{len(names) - _MOST_RECIPES} more", "url": ""})
        return {"title": f"Recipe types ({len(names)})", "rows": rows if self.switch is DEPRECATE else []}

    def _jobs(self) -> dict[str, Any]:
        pk = self.job_type["id"]
        counts = tally.counts_of([pk])[pk]
        sentences = {Status.QUEUED: self.switch.queued, Status.RUNNING: "of them run, and go on"}
        rows = [
            {
                "text": f"{counts[status]:,} {sentence}",
                "url": url_of("jobs", query={"job_type_id": pk, "status": status.value}),
            }
            for status, sentence in sentences.items()
            if counts[status]
        ]
        return {"title": "Jobs", "rows": rows}
