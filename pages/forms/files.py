"""The forms of files."""

from typing import Any

from django import forms

from files.serializers import NewFileBody
from pages.forms.fields import EditForm, TextField

# What the API says about each field.
_HELP = {name: str(field.help_text) for name, field in NewFileBody().fields.items()}
_TIMES = {"data_started": "Data from", "data_ended": "Data until"}


class FileEditForm(EditForm):
    """What operators know of a file, with its tag."""

    media_type = TextField(required=False, label="Media type", help_text="Such as image/tiff; empty if unknown.")
    data_started = TextField(
        required=False, label=_TIMES["data_started"], help_text="Such as 2026-01-31T12:00:00Z; empty if unknown."
    )
    data_ended = TextField(
        required=False, label=_TIMES["data_ended"], help_text="Such as 2026-01-31T12:05:00Z; empty if unknown."
    )

    def as_fields(self) -> dict[str, Any]:
        """Return what a valid form holds, as a body of the API has it."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "tag"}
        return values | {name: values[name].strip() or None for name in _TIMES}


class RegistrationForm(FileEditForm):
    """A file that lies in a workspace."""

    workspace = TextField(
        help_text="The workspace that it lies in.",
        widget=forms.TextInput(attrs={"list": "workspaces", "autocomplete": "off"}),
    )
    file_path = TextField(label="Path", help_text="From the root of the workspace, such as in/scene.tif.")
    file_size = forms.IntegerField(label="Size", min_value=0, help_text=_HELP["file_size"])
    sha256 = forms.CharField(required=False, label="SHA-256", help_text=_HELP["sha256"])
    media_type = TextField(
        required=False, label="Media type", help_text="Such as image/tiff; empty for that of its extension."
    )
    field_order = ("workspace", "file_path", "file_size", "sha256")

    def as_fields(self) -> dict[str, Any]:
        """Return what a valid form holds; what was left empty is not sent."""
        return {name: value for name, value in super().as_fields().items() if value not in ("", None)}
