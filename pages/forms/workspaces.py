"""The forms of workspaces."""

from typing import Any

from django import forms

from pages.forms.fields import TextField
from seed import DocumentError, parse_document
from workspaces.serializers import WorkspaceBody

# What the API says about each field.
_HELP = {name: str(field.help_text) for name, field in WorkspaceBody().fields.items()}


class ConfigurationField(TextField):
    """A configuration as JSON. What was typed is not shown again: it may hold credentials, in any place."""

    widget = forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "autocomplete": "off"})

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial


class WorkspaceEditForm(forms.Form):
    """The fields of a workspace that can be edited, and ``tag``, the state that the form was shown with."""

    title = TextField(required=False, help_text=_HELP["title"])
    description = TextField(
        required=False, help_text=_HELP["description"], widget=forms.Textarea(attrs={"rows": 3})
    )
    base_url = TextField(required=False, label="Base URL", help_text=_HELP["base_url"])
    is_active = forms.BooleanField(label="Active", required=False, help_text=_HELP["is_active"])
    configuration = ConfigurationField(
        required=False, help_text=f"As JSON; empty for none. {_HELP['configuration']}"
    )
    tag = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_configuration(self) -> Any:
        """Return the document, or None for an empty text."""
        text = self.cleaned_data["configuration"]
        try:
            return parse_document(text) if text.strip() else None
        except DocumentError as error:
            raise forms.ValidationError(f"{error.description}.") from None


class WorkspaceForm(WorkspaceEditForm):
    """The fields of a new workspace."""

    name = TextField(required=False, help_text=f"{_HELP['name']} Without one, it is made of the title.")
    field_order = ("name", "title")
