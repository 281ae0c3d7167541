"""Request bodies: JSON objects that know their fields, and edits that take back what the details show."""

from collections.abc import Callable, Collection
from typing import Any

from rest_framework import serializers

from core.api.errors import body_findings
from core.api.fields import ShownField
from core.services import Refused
from seed import Report


class BodySerializer(serializers.Serializer[Any]):
    """A request body: a JSON object whose members are all fields of the serializer."""

    default_error_messages = {"invalid": "The body is not a JSON object."}

    def run_validation(self, data: Any = None) -> Any:
        # DRF takes null for "no data"; here it is one more thing that is no object.
        return super().run_validation([] if data is None else data)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        unknown = {}
        if isinstance(data, dict):
            valid = ", ".join(self.fields)
            unknown = {
                name: [serializers.ErrorDetail(f"unknown field; the valid ones are: {valid}.", "unknown_field")]
                for name in data
                if name not in self.fields
            }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            # All faults are reported at once: those of the fields beside the fields that do not exist.
            raise serializers.ValidationError({**error.detail, **unknown}) from None  # type: ignore[dict-item]
        if unknown:
            raise serializers.ValidationError(unknown)
        return values


class EditBodySerializer(BodySerializer):
    """The changes to a resource. What else its details show may come along, as it was shown."""

    @property
    def shown(self) -> dict[str, Any]:
        """Return what was sent of the fields that cannot be changed."""
        return {name: value for name, value in self.validated_data.items() if self._is_shown(name)}

    @property
    def changes(self) -> Any:
        """Return what was sent of the fields that can be changed."""
        return {name: value for name, value in self.validated_data.items() if not self._is_shown(name)}

    def _is_shown(self, name: str) -> bool:
        return isinstance(self.fields[name], ShownField)


def require_valid_body(body: BodySerializer, *, documents: Collection[str], check: Callable[..., Report]) -> None:
    """Raises Refused with the faults of the fields and, so that a client sees all at once, of the documents.

    ``check`` takes those of ``documents`` (names of fields) that were sent, as keywords, and returns what there is
    to say about them; it is asked only when another field is at fault.
    """
    if body.is_valid():
        return
    report = Report(errors=body_findings(body.errors))
    sent = body.initial_data if isinstance(body.initial_data, dict) else {}
    if found := {name: sent[name] for name in documents if name in sent}:
        report += check(**found)
    raise Refused(report)
