"""Forms of the admin that lose no update: those that save only what their user changed."""

from typing import Any

from django import forms
from django.core import signing
from django.db.models import Model, QuerySet
from django.forms.models import model_to_dict

from seed.wording import shortened

_OUTDATED = "This page was not shown by this service, or too long ago. Open it again, and make your changes anew."


class TaggedForm(forms.ModelForm):
    """A form that knows the values that it was shown with, whatever became of the row since.

    ``tag`` is a hidden field with these values, signed. What the user changed (``changed_data``) is what differs
    from them. ``overtaken`` maps the fields that somebody else changed since to their current values. Where a field
    is in both, the form is shown again with both values and a new tag, and saving it once more sets the user's.

    Relations to many rows count as fields whose values are the sorted ids of these rows.

    The row is locked while the form is checked, so the form has to be saved in the same transaction.
    """

    tag = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.overtaken: dict[str, Any] = {}
        self._edited = {name for name, field in self.fields.items() if name != "tag" and not field.disabled}
        if self.instance.pk is None:
            del self.fields["tag"]
        elif self.is_bound:
            self._shown = self._read_tag()
            for name, value in (self._shown or {}).items():
                # As the field reads a text: without blanks around it.
                is_text = isinstance(value, str)
                self.initial[name] = self.fields[name].to_python(_as_sent(value)) if is_text else value
            self.initial["tag"] = self.data.get("tag")
            self.data = data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            for name in self._edited & data.keys():
                data.setlist(name, [_as_sent(value) for value in data.getlist(name)])
        else:
            self.initial["tag"] = self._tag_of(self._values_of(self.instance))

    def clean(self) -> dict[str, Any]:
        """Find out what somebody else changed since the form was shown."""
        super().clean()
        if "tag" not in self.fields:
            return self.cleaned_data
        if self._shown is None:
            raise forms.ValidationError(_OUTDATED)
        current = self._values_of(self._locked())
        self.overtaken = {name: value for name, value in current.items() if value != self._shown[name]}
        changed = set(self.changed_data)
        conflicts = {
            name: value
            for name, value in self.overtaken.items()
            if name in changed and name in self.cleaned_data and value != _plain(self.cleaned_data[name])
        }
        if conflicts:
            for name in conflicts:
                self.add_error(name, f"Somebody else set this to {self.words(name)}. Save again to set your value.")
            data: Any = self.data
            data["tag"] = self._tag_of(current)
            for name in self.overtaken.keys() - changed:
                value = self.overtaken[name]
                data.setlist(name, value if isinstance(value, list) else ["" if value is None else str(value)])
        return self.cleaned_data

    def words(self, name: str) -> str:
        """Return the value to which somebody else set a field as the pages of the admin name it."""
        value, field = self.overtaken[name], self.fields[name]
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(field, forms.ModelMultipleChoiceField):
            value = ", ".join(str(row) for row in field.to_python(value))
        return "nothing" if value in (None, "") else f"“{shortened(str(value))}”"

    def _locked(self) -> Model:
        model = type(self.instance)
        columns = self._edited & {field.name for field in model._meta.concrete_fields}
        return model._base_manager.select_for_update(no_key=True).only(*columns).get(pk=self.instance.pk)

    def _values_of(self, row: Model) -> dict[str, Any]:
        return {name: _plain(value) for name, value in model_to_dict(row, self._edited).items()}

    @property
    def _salt(self) -> str:
        return f"{self.instance._meta.label}.{self.instance.pk}"

    def _tag_of(self, values: dict[str, Any]) -> str:
        return signing.dumps(values, salt=self._salt)

    def _read_tag(self) -> dict[str, Any] | None:
        """Return the values in the tag that was sent, or None if it is none of this row and these fields."""
        try:
            shown = signing.loads(self.data.get("tag", ""), salt=self._salt)
        except signing.BadSignature:
            return None
        return shown if shown.keys() == self._edited else None


def _plain(value: Any) -> Any:
    """Return the sorted ids of rows, and any other value as it is."""
    return sorted(row.pk for row in value) if isinstance(value, list | QuerySet) else value


def _as_sent(value: str) -> str:
    """Return a text with the line breaks that the API sends; those of forms are CR LF."""
    return value.replace("\r\n", "\n")
