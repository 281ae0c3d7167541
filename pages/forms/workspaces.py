"""The forms of workspaces."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms import BoundField

from pages.forms.fields import EditForm, TextField
from seed import MASK, broker_of, credentials_of
from workspaces.serializers import WorkspaceBody

# What the API says about each field.
_HELP = {name: str(field.help_text) for name, field in WorkspaceBody().fields.items()}

BROKERS = {
    "": "none: nodes read and write nothing there",
    "host": "a folder of each node's own",
    "nfs": "a folder that an NFS server shares",
    "s3": "a bucket of S3",
}
"""The types of brokers, in words."""

# The required member is the first.
_MEMBERS = {"host": ("host_path",), "nfs": ("nfs_path",), "s3": ("bucket_name", "region_name", "host_path")}
_CREDENTIALS = {"access_key_id": "Access key id", "secret_access_key": "Secret access key"}
_REMOVE = "remove_credentials"
_OF_BROKER = ("type", "host_path", "nfs_path", "bucket_name", "region_name", *_CREDENTIALS, _REMOVE)


class MemberField(TextField):
    """A member of a broker, which is no name of a person that a browser might know."""

    widget: forms.Widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)


class CredentialField(MemberField):
    """A credential: what was typed is never shown again. An empty one keeps what is stored."""

    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class WorkspaceEditForm(EditForm):
    """The fields of a workspace that can be edited; those of its broker have the names of its members.

    Only those that belong to the chosen type count. What is shown of the credentials is whether they are stored.
    """

    title = TextField(required=False, help_text=_HELP["title"])
    description = TextField(
        required=False, help_text=_HELP["description"], widget=forms.Textarea(attrs={"rows": 3})
    )
    base_url = TextField(required=False, label="Base URL", help_text=_HELP["base_url"])
    is_active = forms.BooleanField(label="Active", required=False, help_text=_HELP["is_active"])
    type = forms.ChoiceField(choices=list(BROKERS.items()), required=False, label="Its files lie in")
    nfs_path = MemberField(label="NFS path", help_text="Such as nfs.example.com:/exports/products; nodes mount it.")
    bucket_name = MemberField(label="Bucket")
    region_name = MemberField(label="Region", help_text="Empty for the default of the nodes.")
    access_key_id = CredentialField(label=_CREDENTIALS["access_key_id"])
    secret_access_key = CredentialField(label=_CREDENTIALS["secret_access_key"])
    remove_credentials = forms.BooleanField(required=False, label="Remove the credentials")
    host_path = MemberField(
        label="Host path",
        help_text="Its folder on each node, such as /data/products. For S3: where nodes keep copies, if they do.",
    )

    def __init__(self, data: Any = None, *, initial: Mapping[str, Any]) -> None:
        configuration = initial.get("configuration")
        self._stored = credentials_of(configuration)
        super().__init__(data, initial={**initial, **broker_of(configuration)})
        for name in _CREDENTIALS:
            about = "It is set; leave this empty to keep it." if name in self._stored else "It is not set."
            self.fields[name].help_text = f"A secret. {about}"
        if not self._stored:
            del self.fields[_REMOVE]

    @property
    def sections(self) -> Iterator[tuple[str, str, list[BoundField]]]:
        """Yield the titles of the parts of the form, each with its class of CSS and its fields."""
        shown = [name for name in self.fields if name != "tag"]
        yield "Workspace", "", [self[name] for name in shown if name not in _OF_BROKER]
        yield "Broker", "broker", [self[name] for name in shown if name in _OF_BROKER]

    def as_fields(self) -> dict[str, Any]:
        """Return what a valid form holds, as a body of the API has it."""
        fields = {name: value for name, value in self.cleaned_data.items() if name not in (*_OF_BROKER, "tag")}
        return {**fields, "configuration": self._configuration()}

    def _configuration(self) -> dict[str, Any] | None:
        values, kind = self.cleaned_data, self.cleaned_data["type"]
        if not kind:
            return None
        # What is missing is sent empty, so that the finding on it stands beside its field.
        members = _MEMBERS[kind]
        broker: dict[str, Any] = {name: values[name] for name in members if values[name] or name == members[0]}
        if kind == "s3" and not values.get(_REMOVE):
            credentials = {name: values[name] or (MASK if name in self._stored else "") for name in _CREDENTIALS}
            if any(credentials.values()):
                broker["credentials"] = credentials
        return {"broker": {"type": kind, **broker}}


class WorkspaceForm(WorkspaceEditForm):
    """The fields of a new workspace."""

    name = TextField(required=False, help_text=f"{_HELP['name']} Without one, it is made of the title.")
    field_order = ("name", "title")
