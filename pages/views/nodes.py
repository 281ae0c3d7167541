"""The list of nodes, the page of one node, and its switches."""

from typing import Any

from django import forms

from core.entity_tags import tag_of_rows
from jobs.filters import NodeFilterSet
from jobs.models import Node, Scheduler
from jobs.switches import NodeFields, edit_node
from pages.content.nodes import columns, node_page, shown_nodes
from pages.content.words import job_type_in_words
from pages.forms.fields import EditForm, TextField
from pages.navigation import url_of
from pages.views.base import FormPage, ListPage, Page

# As in the API.
_LONGEST = 10_000


class NodeListPage(ListPage):
    """The nodes, with the filters, orders and pages of the API."""

    template = "pages/nodes/list.html"
    filterset_class = NodeFilterSet
    page_size = 25

    def rows(self, **kwargs: Any) -> Any:
        return columns(Node.objects.all())

    def shown(self, rows: Any) -> Any:
        return shown_nodes(rows, with_accounts=self.request.user.is_authenticated)

    def content(self, **kwargs: Any) -> dict[str, Any]:
        is_paused = Scheduler.objects.filter(pk=1, is_paused=True).exists()
        return {**super().content(**kwargs), "title": "Nodes", "scheduler_is_paused": is_paused}


class NodeDetailsPage(Page):
    """One node."""

    template = "pages/nodes/detail.html"

    def content(self, **kwargs: Any) -> dict[str, Any]:
        page = node_page(kwargs["pk"], with_accounts=self.request.user.is_authenticated)
        return {**page, "title": page["node"]["hostname"]}


class PauseForm(EditForm):
    """Why a node is paused."""

    reason = forms.CharField(
        required=False, max_length=_LONGEST, help_text="Shown with the node until it is resumed."
    )


class DeprecateForm(EditForm):
    """Why a node is deprecated, which its description keeps."""

    description = TextField(
        required=False,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What is said about the node. Add why it is deprecated.",
    )


class _SwitchPage(FormPage):
    """A switch of a node: what runs there goes on, so that the page shows it."""

    template = "pages/confirm.html"
    right = "jobs.change_node"
    form_class: type[EditForm] = EditForm
    verb = ""
    done = ""
    consequences = ""

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = Node.objects.filter(pk=kwargs["pk"]).values("id", "last_modified", "description").first()
        return {**row, "tag": tag_of_rows(row)} if row else {}

    def fields(self, form: forms.Form) -> NodeFields:
        """Return the fields of the node to set."""
        raise NotImplementedError

    def content(self, **kwargs: Any) -> dict[str, Any]:
        page = node_page(kwargs["pk"], with_accounts=True)
        running = [
            {"url": one["url"], "text": f"{job_type_in_words(one['job_type'])}: {one['count']:,} running"}
            for one in page["running"]
        ]
        return {
            "title": f"{self.verb} {page['node']['hostname']}?",
            "text": self.consequences,
            "along": [{"title": "What runs on it goes on", "rows": running}] if running else [],
            "button": self.verb,
            "back": self.then(**kwargs),
        }

    def save(self, form: Any, **kwargs: Any) -> str:
        edit_node(pk=kwargs["pk"], fields=self.fields(form), seen=form.seen)
        return f"The node is {self.done}."

    def then(self, **kwargs: Any) -> str:
        return url_of("node", pk=kwargs["pk"])


class PauseNodePage(_SwitchPage):
    """Pause a node."""

    form_class = PauseForm
    verb, done = "Pause", "paused"
    consequences = "It gets no jobs until it is resumed."

    def fields(self, form: forms.Form) -> NodeFields:
        return {"is_paused": True, "pause_reason": form.cleaned_data["reason"]}


class ResumeNodePage(_SwitchPage):
    """Resume a node."""

    verb, done = "Resume", "resumed"
    consequences = "It gets jobs again, and the reason for its pause is removed."

    def fields(self, form: forms.Form) -> NodeFields:
        return {"is_paused": False}


class DeprecateNodePage(_SwitchPage):
    """Deprecate a node."""

    form_class = DeprecateForm
    verb, done = "Deprecate", "deprecated"
    consequences = "It gets no jobs any more, until it is activated."

    def fields(self, form: forms.Form) -> NodeFields:
        return {"is_active": False, "description": form.cleaned_data["description"]}


class ActivateNodePage(_SwitchPage):
    """Activate a node that was deprecated."""

    verb, done = "Activate", "active again"
    consequences = "It gets jobs again, unless it is paused."

    def fields(self, form: forms.Form) -> NodeFields:
        return {"is_active": True}
