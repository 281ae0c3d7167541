"""Workspaces: the list, the page of one, and the forms that create and edit one."""

import re
from dataclasses import replace
from functools import partial
from typing import Any

from django import forms

from core.api.bodies import ShownBodySerializer, require_valid_body
from core.entity_tags import tag_of_rows
from pages.content.workspaces import MOST_OF_EACH, shown_workspaces, workspace_page
from pages.forms.workspaces import WorkspaceEditForm, WorkspaceForm
from pages.navigation import url_of
from pages.views.base import FormPage, ListPage, Page
from seed import Report
from workspaces.filters import WorkspaceFilterSet
from workspaces.models import Workspace
from workspaces.selectors import get_workspace
from workspaces.serializers import WorkspaceBody, WorkspaceDetailsSerializer, WorkspaceEditBody
from workspaces.services import create_workspace, edit_workspace, validate_workspace

# What the names of fields stand behind in the paths of findings, which lead into a body or a configuration.
_MEMBER = re.compile("^(/configuration)?/broker/(credentials/)?")


class WorkspaceListPage(ListPage):
    """The workspaces, with the filters and orders of the API."""

    template = "pages/workspaces/list.html"
    filterset_class = WorkspaceFilterSet

    def rows(self, **kwargs: Any) -> Any:
        return Workspace.objects.values(*WorkspaceDetailsSerializer.Meta.fields)

    def shown(self, rows: Any) -> Any:
        return shown_workspaces(rows, most=MOST_OF_EACH)

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().content(**kwargs), "title": "Workspaces"}


class WorkspacePage(Page):
    """One workspace; of its configuration, everything but the credentials."""

    template = "pages/workspaces/detail.html"

    def content(self, **kwargs: Any) -> dict[str, Any]:
        page = workspace_page(kwargs["name"])
        return {**page, "title": page["workspace"]["name"]}


class _WorkspaceFormPage(FormPage):
    """A form that is checked by a body of the API."""

    template = "pages/workspaces/form.html"
    body_class: type[ShownBodySerializer]

    def checked(self, form: Any, **options: Any) -> Any:
        """Return the fields that a form sets, as the API takes them. Raise Refused."""
        body = self.body_class(data=form.as_fields())
        require_valid_body(body, documents=["configuration"], check=partial(validate_workspace, **options))
        return body.changes

    def show_findings(self, form: forms.Form, report: Report) -> None:
        """Show those on the broker beside its members, by whose names the fields are called."""
        errors = (replace(finding, path=_MEMBER.sub("/", finding.path)) for finding in report.errors)
        super().show_findings(form, Report(errors=tuple(errors)))


class CreateWorkspacePage(_WorkspaceFormPage):
    """Create a workspace."""

    right = "workspaces.add_workspace"
    form_class = WorkspaceForm
    body_class = WorkspaceBody
    _name = ""

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"is_active": True}

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {"title": "Create a workspace", "button": "Create", "back": url_of("workspaces")}

    def save(self, form: forms.Form, **kwargs: Any) -> str:
        if not form.cleaned_data["name"]:
            del form.cleaned_data["name"]
        fields = self.checked(form)
        workspace, report = create_workspace(name=fields.pop("name", None), fields=fields)
        self._name = workspace.name
        self.warn(report)
        return f"The workspace {workspace.name} was created."

    def then(self, **kwargs: Any) -> str:
        return url_of("workspace", name=self._name)


class EditWorkspacePage(_WorkspaceFormPage):
    """Edit a workspace."""

    right = "workspaces.change_workspace"
    form_class = WorkspaceEditForm
    body_class = WorkspaceEditBody

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = _details(kwargs["name"])
        return {**row, "tag": tag_of_rows(row)}

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {"title": f"Edit {kwargs['name']}", "button": "Save", "back": self.then(**kwargs)}

    def save(self, form: Any, **kwargs: Any) -> str:
        fields = self.checked(form, name=kwargs["name"])
        workspace, report = edit_workspace(name=kwargs["name"], fields=fields, seen=[form.cleaned_data["tag"]])
        self.warn(report)
        return f"The workspace {workspace.name} was saved."

    def then(self, **kwargs: Any) -> str:
        return url_of("workspace", **kwargs)


def _details(name: str) -> dict[str, Any]:
    return get_workspace(key=name, columns=WorkspaceDetailsSerializer.Meta.fields)
