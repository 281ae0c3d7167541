"""Workspaces: the list, the page of one, and the forms that create and edit one."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django import forms
from django.http import HttpResponse

from core.api.bodies import ShownBodySerializer, require_valid_body
from core.entity_tags import tag_of_rows
from pages.forms.workspaces import WorkspaceEditForm, WorkspaceForm
from pages.navigation import url_of
from pages.views.base import FormPage, ListPage, Page
from seed import Report
from workspaces.filters import WorkspaceFilterSet
from workspaces.models import Workspace
from workspaces.selectors import get_workspace
from workspaces.serializers import WorkspaceBody, WorkspaceDetailsSerializer, WorkspaceEditBody, WorkspaceSerializer
from workspaces.services import create_workspace, edit_workspace, validate_workspace

_NOT_SHOWN = "Enter it again: what was entered is not shown, since it may hold credentials."


class WorkspaceListPage(ListPage):
    """The workspaces, with the filters and orders of the API."""

    template = "pages/workspaces/list.html"
    filterset_class = WorkspaceFilterSet

    def rows(self, **kwargs: Any) -> Any:
        return Workspace.objects.values(*WorkspaceSerializer.Meta.fields)

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().content(**kwargs), "title": "Workspaces"}


class WorkspacePage(Page):
    """One workspace; of its configuration, everything but the credentials."""

    template = "pages/workspaces/detail.html"

    def content(self, **kwargs: Any) -> dict[str, Any]:
        row = _details(kwargs["name"])
        return {"workspace": row, "configuration": _text(row["configuration"]), "title": row["name"]}


class _WorkspaceFormPage(FormPage):
    """A form that is checked by a body of the API."""

    template = "pages/form.html"
    body_class: type[ShownBodySerializer]

    def checked(self, form: forms.Form, **options: Any) -> Any:
        """Return the fields that a form sets, as the API takes them. Raise Refused."""
        sent = {name: value for name, value in form.cleaned_data.items() if name != "tag"}
        body = self.body_class(data=sent)
        require_valid_body(body, documents=["configuration"], check=partial(validate_workspace, **options))
        return body.changes

    def show(self, content: Mapping[str, Any], status: int = 200) -> HttpResponse:
        form: forms.Form = content["form"]
        if form.is_bound and "configuration" in form.changed_data:
            form.add_error("configuration", _NOT_SHOWN)
        return super().show(content, status)

    def show_findings(self, form: forms.Form, report: Report) -> None:
        """Show those on the configuration beside it, of which their paths are."""
        errors = (
            replace(finding, path=f"/configuration{finding.path}")
            if finding.name == "INVALID_CONFIGURATION"
            else finding
            for finding in report.errors
        )
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
        return {**row, "configuration": _text(row["configuration"]), "tag": tag_of_rows(row)}

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {"title": f"Edit {kwargs['name']}", "button": "Save", "back": self.then(**kwargs)}

    def save(self, form: forms.Form, **kwargs: Any) -> str:
        fields = self.checked(form, name=kwargs["name"])
        workspace, report = edit_workspace(name=kwargs["name"], fields=fields, seen=[form.cleaned_data["tag"]])
        self.warn(report)
        return f"The workspace {workspace.name} was saved."

    def then(self, **kwargs: Any) -> str:
        return url_of("workspace", **kwargs)


def _details(name: str) -> dict[str, Any]:
    return get_workspace(key=name, columns=WorkspaceDetailsSerializer.Meta.fields)


def _text(configuration: object) -> str:
    return "" if configuration is None else json.dumps(configuration, indent=2, ensure_ascii=False)
