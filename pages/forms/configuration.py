"""The form of the configuration of a job type, made from its manifest.

Fields have the names of the JSON Pointers of what they set, so that findings stand beside them: ``settings/NAME``,
``mounts/NAME/host_path``, ``output_workspaces/outputs/NAME``.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django import forms
from django.forms import BoundField

from job_types.models import LARGEST_INTEGER, MAX_ICON_CODE_LENGTH
from job_types.selectors import JobTypeDetails
from pages.forms.fields import EditForm, TextField
from seed import DEFAULT_PRIORITY, Manifest, Mount, Setting, json_pointer, usable_configuration

MOST_FIELDS = 500
"""How many settings, mounts and outputs a form has together; larger configurations are edited through the API."""

ICON_HELP = "The code of an icon of Font Awesome, such as f0c2 for a cloud; empty for none."

_OPERATION = ("icon_code", "is_published", "max_scheduled")
_SECTIONS = {"Settings": "settings/", "Mounts": "mounts/", "Workspaces of outputs": "output_workspaces/"}
_MOUNTS = [("", "nothing"), ("host", "a directory of the host"), ("volume", "a volume")]
_MODES = {"ro": "read", "rw": "read and write"}
_DEFAULT_WORKSPACE = "output_workspaces/default"


_AS_TYPED = {"rows": 1, "spellcheck": "false", "autocomplete": "off"}


class SecretInput(forms.Textarea):
    """An input of a text that is not shown again."""

    def format_value(self, value: object) -> str:
        return ""


class LinesField(TextField):
    """A text of one line or several."""

    widget = forms.Textarea(attrs=_AS_TYPED)


class SecretField(TextField):
    """A secret: never shown. A line break behind a single line, which is easily pasted, is left out."""

    widget = SecretInput(attrs={**_AS_TYPED, "class": "secret"})

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return text[:-1] if text.find("\n") == len(text) - 1 else text


class SecretForm(EditForm):
    """The new value of a secret setting, whose findings are those of the settings of the configuration."""

    settings = SecretField(label="New value")


class ConfigurationForm(EditForm):
    """What operators set of a job type, and its configuration."""

    icon_code = forms.CharField(required=False, max_length=MAX_ICON_CODE_LENGTH, help_text=ICON_HELP)
    is_published = forms.BooleanField(
        required=False, label="Published", help_text="Whether the job type publishes its output."
    )
    max_scheduled = forms.IntegerField(
        label="Jobs at once",
        required=False,
        min_value=1,
        max_value=LARGEST_INTEGER,
        help_text="How many of its jobs may run at the same time; empty for no limit.",
    )
    priority = forms.IntegerField(
        min_value=1,
        max_value=LARGEST_INTEGER,
        help_text=f"Jobs with a lower number leave the queue first; {DEFAULT_PRIORITY} is usual.",
    )

    def __init__(
        self,
        data: Any = None,
        *,
        job_type: JobTypeDetails,
        manifest: Manifest,
        stored_secrets: Collection[str],
        initial: Mapping[str, Any],
    ) -> None:
        self._stored = usable_configuration(job_type["configuration"])
        self._manifest, self._outputs = manifest, manifest.output_files
        self._stored_secrets = stored_secrets
        own = {name: job_type[name] for name in _OPERATION}  # type: ignore[literal-required]
        super().__init__(data, initial={**initial, **own, "priority": self._stored["priority"]})
        for setting in self._manifest.settings:
            self._add_setting(setting)
        for mount in self._manifest.mounts:
            self._add_mount(mount)
        self._add_workspaces()

    @property
    def sections(self) -> Iterator[tuple[str, list[BoundField]]]:
        """Yield the titles of the parts of the form, each with its fields."""
        yield "Operation", [self[name] for name in (*_OPERATION, "priority")]
        for title, start in _SECTIONS.items():
            if fields := [self[name] for name in self.fields if name.startswith(start)]:
                yield title, fields

    def as_fields(self) -> dict[str, Any]:
        """Return what a valid form holds, as the body of an edit through the API has it.

        The configuration is the one that is stored, with what the form holds in the place of its own. A secret is
        in it only if it was typed, or is to be removed.
        """
        values, stored = self.cleaned_data, self._stored
        spaces = stored["output_workspaces"]
        outputs = {one.name: values[_field("output_workspaces", "outputs", one.name)] for one in self._outputs}
        mounts = {one.name: self._mount(one.name) for one in self._manifest.mounts}
        return {
            **{name: values[name] for name in _OPERATION},
            "icon_code": values["icon_code"] or None,
            "configuration": {
                "mounts": _replaced(stored["mounts"], mounts),
                "output_workspaces": {
                    "default": values.get(_DEFAULT_WORKSPACE, spaces["default"]),
                    "outputs": _replaced(spaces["outputs"], outputs),
                },
                "priority": values["priority"],
                "settings": dict(self._settings()),
            },
        }

    def _add_setting(self, setting: Setting) -> None:
        name = _field("settings", setting.name)
        if not setting.secret:
            value = self._stored["settings"].get(setting.name, "")
            self.fields[name] = LinesField(required=False, label=setting.name, initial=value)
            return
        is_set = setting.name in self._stored_secrets
        about = "It is set; leave this empty to keep it." if is_set else "It is not set."
        self.fields[name] = SecretField(required=False, label=setting.name, help_text=f"A secret. {about}")
        if is_set:
            self.fields[f"{name}/remove"] = forms.BooleanField(
                required=False, label=f"Remove the secret {setting.name}"
            )

    def _settings(self) -> Iterator[tuple[str, str | None]]:
        for setting in self._manifest.settings:
            name = _field("settings", setting.name)
            value = self.cleaned_data[name]
            if value or self._stored["settings"].get(setting.name) == "":
                yield setting.name, value
            elif self.cleaned_data.get(f"{name}/remove"):
                yield setting.name, None

    def _add_mount(self, mount: Mount) -> None:
        stored = self._stored["mounts"].get(mount.name, {})
        name, options = _field("mounts", mount.name), stored.get("driver_opts", {})
        self.fields[name] = forms.ChoiceField(
            choices=_MOUNTS,
            required=False,
            label=mount.name,
            initial=stored.get("type", ""),
            help_text=f"What is at {mount.path} in the container, which may {_MODES.get(mount.mode, 'read')} it.",
        )
        for member, label in (("host_path", "its directory on the host"), ("driver", "the driver of its volume")):
            self.fields[f"{name}/{member}"] = forms.CharField(
                required=False, label=f"{mount.name}: {label}", initial=stored.get(member, "")
            )
        self.fields[f"{name}/driver_opts"] = LinesField(
            required=False,
            label=f"{mount.name}: the options of its driver",
            initial="\n".join(f"{option}={value}" for option, value in options.items()),
            help_text="NAME=VALUE, one a line.",
        )

    def _mount(self, name: str) -> dict[str, Any] | None:
        """Return a mount as the configuration has it; None if it is to be none."""
        place = _field("mounts", name)
        kind = self.cleaned_data[place]
        if kind == "host":
            return {"type": kind, "host_path": self.cleaned_data[f"{place}/host_path"]}
        if kind == "volume":
            members = {"driver": self.cleaned_data[f"{place}/driver"], "driver_opts": self._options(name)}
            return {"type": kind, **{member: value for member, value in members.items() if value}}
        return None

    def _options(self, name: str) -> dict[str, str]:
        """Return the options of the driver of a mount; those that are as they were shown, as they are stored."""
        field = f"{_field('mounts', name)}/driver_opts"
        if field not in self.changed_data:  # a stored value may have several lines
            stored: dict[str, str] = self._stored["mounts"].get(name, {}).get("driver_opts", {})
            return stored
        lines = self.cleaned_data[field].split("\n")
        return {option: value for option, _, value in (line.partition("=") for line in lines) if option}

    def _add_workspaces(self) -> None:
        spaces = self._stored["output_workspaces"]
        if self._outputs:
            self.fields[_DEFAULT_WORKSPACE] = forms.CharField(
                required=False,
                label="Default",
                initial=spaces["default"],
                widget=_workspace_input(),
                help_text="The workspace of all outputs that have none of their own.",
            )
        for output in self._outputs:
            self.fields[_field("output_workspaces", "outputs", output.name)] = forms.CharField(
                required=False,
                label=output.name,
                initial=spaces["outputs"].get(output.name, ""),
                widget=_workspace_input(),
                help_text=f"The workspace of {output.pattern}; empty for the default.",
            )


def number_of_fields(manifest: Manifest) -> int:
    """Return how many settings, mounts and outputs the form of a manifest has."""
    return len(manifest.settings) + len(manifest.mounts) + len(manifest.output_files)


def _field(*place: str) -> str:
    return json_pointer(place).removeprefix("/")


def _replaced(stored: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``stored`` with the members of ``new`` in place of its own; those without a value are left out."""
    return {name: value for name, value in {**stored, **new}.items() if value}


def _workspace_input() -> forms.TextInput:
    return forms.TextInput(attrs={"list": "workspaces", "autocomplete": "off"})
