"""What OPTIONS says of the API."""

from typing import Any

from rest_framework.metadata import SimpleMetadata
from rest_framework.serializers import BaseSerializer

from core.api.fields import ShownField


class BodyMetadata(SimpleMetadata):
    """Describes the fields of bodies that a client can set, without those that may only be sent along."""

    def get_serializer_info(self, serializer: BaseSerializer[Any]) -> dict[str, Any]:
        fields = getattr(serializer, "child", serializer).fields  # type: ignore[union-attr]
        described = super().get_serializer_info(serializer)
        return {name: info for name, info in described.items() if not isinstance(fields[name], ShownField)}
