"""The switch of the scheduler, which is that of all nodes at once."""

from typing import Any

from django import forms

from jobs.switches import edit_scheduler
from pages.navigation import url_of
from pages.views.base import FormPage


class _SchedulerPage(FormPage):
    """A position of the switch."""

    template = "pages/confirm.html"
    right = "jobs.change_scheduler"
    verb = ""
    is_paused = False
    consequences = ""

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "title": f"{self.verb} the scheduler?",
            "text": self.consequences,
            "button": self.verb,
            "back": self.then(),
        }

    def save(self, form: forms.Form, **kwargs: Any) -> str:
        edit_scheduler(fields={"is_paused": self.is_paused})
        return f"The scheduler is {self.verb.lower()}d."

    def then(self, **kwargs: Any) -> str:
        return url_of("nodes")


class PauseSchedulerPage(_SchedulerPage):
    """Pause the scheduler."""

    verb, is_paused = "Pause", True
    consequences = "No node gets a job until the scheduler is resumed. Jobs that run go on."


class ResumeSchedulerPage(_SchedulerPage):
    """Resume the scheduler."""

    verb, is_paused = "Resume", False
    consequences = "Nodes get jobs again, but for those that are paused themselves."
