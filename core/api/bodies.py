"""Request bodies: JSON objects with no unknown fields, some of which may repeat what the service shows."""

from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.utils.serializer_helpers import BindingDict

from core.api.errors import body_findings
from core.api.fields import ShownField
from core.services import Refused
from seed import MOST_COUNTED, Report


class BodySerializer(serializers.Serializer[Any]):
    """A request body: a JSON object. A member that is not a field of the serializer is an error."""

    default_error_messages = {"invalid": "The body is not a JSON object."}

    @classmethod
    def read(cls, request: Request) -> Any:
        """Return the values in the body of ``request``. Raises ValidationError with all its faults."""
        body = cls(data=request.data)
        body.is_valid(raise_exception=True)
        return body.validated_data

    @property
    def fields(self) -> Any:
        # DRF makes them anew for each request, which takes longer than to validate most bodies. They hold nothing
        # of a body, so those of one that is empty do for all of its class.
        if (fields := _fields.get(type(self))) is None:
            fields = BindingDict(type(self)())
            for name, field in self.get_fields().items():
                fields[name] = field
            # Only now, with all of them: other threads look, too.
            _fields[type(self)] = fields
        return fields

    def get_initial(self) -> Any:
        """Return what an empty form holds: the required fields. Others that are absent keep their defaults."""
        return {name: field.get_initial() for name, field in self.fields.items() if field.required}

    def run_validation(self, data: object = None) -> Any:
        # DRF takes null for "no data". Here it is an error, as is any other body that is not an object.
        return super().run_validation([] if data is None else data)

    def run_validators(self, value: Any) -> None:
        # DRF copies the value first.
        if self.validators:
            super().run_validators(value)

    def to_internal_value(self, data: object) -> dict[str, Any]:
        # DRF takes twice as long for each object of an array, as it looks for fields with other names than theirs.
        if not isinstance(data, dict):
            raise serializers.ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [self.error_messages["invalid"]]})
        fields = self.fields.fields
        values, faults = {}, {}
        for name, field in fields.items():
            if field.read_only or (name not in data and not field.required and field.default is empty):
                continue
            try:
                value = field.run_validation(data.get(name, empty))
                check = getattr(self, f"validate_{name}", None)
                values[name] = check(value) if check else value
            except serializers.ValidationError as error:
                faults[name] = error.detail
        # All faults are reported at once: invalid fields together with unknown ones.
        if not data.keys() <= fields.keys():
            faults |= self._unknown(data)
        if faults:
            raise serializers.ValidationError(faults)
        return values

    def _unknown(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the faults of the members of ``data`` that are no fields."""
        valid = (name for name, field in self.fields.items() if not isinstance(field, ShownField))
        sentence = f"unknown field; the valid ones are: {', '.join(valid)}."
        # A report counts no more of them, and DRF copies each several times.
        names = islice((name for name in data if name not in self.fields), MOST_COUNTED)
        return {name: [serializers.ErrorDetail(sentence, "unknown_field")] for name in names}


_fields: dict[type[BodySerializer], BindingDict] = {}


class ShownBodySerializer(BodySerializer):
    """What a client sets of a resource. The read-only fields that ``details`` shows may be sent along."""

    details: Any  # the serializer class of the resource, with Meta.fields

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        return {**fields, **{name: ShownField() for name in self.details.Meta.fields if name not in fields}}

    def to_representation(self, instance: Any) -> Any:
        """Return what the form of a page holds: the editable fields of ``instance``."""
        return self._editable(super().to_representation(instance))

    @property
    def shown(self) -> dict[str, Any]:
        """Return the read-only fields that were sent along, with their values."""
        return {name: value for name, value in self.validated_data.items() if self._is_read_only(name)}

    @property
    def changes(self) -> Any:  # services declare a TypedDict for the fields of each body
        """Return the fields to set that were sent, with their values."""
        return self._editable(self.validated_data)

    def _editable(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if not self._is_read_only(name)}

    def _is_read_only(self, name: str) -> bool:
        return isinstance(self.fields[name], ShownField)


def require_valid_body(body: BodySerializer, *, documents: Collection[str], check: Callable[..., Report]) -> None:
    """Raise Refused, with every fault of the fields and of the documents, if a field of ``body`` is invalid.

    ``documents`` names the fields that a service checks, such as a manifest. ``check`` is called with those that
    were sent and are valid as fields, as keywords, and returns its findings. It is not called for a valid body: the
    service checks that.
    """
    if not body.is_valid():
        raise Refused(_faults(body, documents, check))


def report_on_body(
    body: ShownBodySerializer, *, documents: Collection[str], check: Callable[..., Report]
) -> Report:
    """Return the findings on ``body`` as a whole, where all that a client wants is to see them.

    These are what ``check`` returns for the fields to set or, if a value of one is invalid, for the ``documents``
    among them, with every fault of the fields. Raises Refused if a field is missing or unknown, or the body is no
    object: then there is nothing to report on.
    """
    if body.is_valid():
        return check(**body.changes)
    report = _faults(body, documents, check)
    sent = body.initial_data.keys() if isinstance(body.initial_data, dict) else ()
    if not all(name in sent and name in body.fields for name in body.errors):
        raise Refused(report)
    return report


def _faults(body: BodySerializer, documents: Collection[str], check: Callable[..., Report]) -> Report:
    """Return every fault of the fields of ``body``, which is invalid, and what ``check`` finds in its documents."""
    report = Report(errors=body_findings(body.errors))
    sent = body.initial_data if isinstance(body.initial_data, dict) else {}
    valid = [name for name in documents if name in sent and name not in body.errors]
    found = {name: body.fields[name].run_validation(sent[name]) for name in valid}
    return report + check(**found) if found else report
