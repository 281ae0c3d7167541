"""How the API document describes what all endpoints share: their errors, and where they answer them."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS


class TokenScheme(OpenApiAuthenticationExtension):
    """How the document names token authentication."""

    target_class = "core.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The word `Token`, a space, and an API token.",
        }


class ClosedBody(OpenApiSerializerExtension):
    """Tells of request bodies that they take no other members than those described."""

    target_class = "core.api.bodies.BodySerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Direction) -> Any:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}


class FindingSerializer(serializers.Serializer[Any]):
    """One thing found in a document."""

    name = serializers.CharField(help_text="What kind of finding it is, in UPPER_SNAKE.")
    description = serializers.CharField(help_text="A sentence: where, what is wrong, what would be right.")
    path = serializers.CharField(help_text="JSON Pointer into the document at fault; empty for its root.")


class ReportSerializer(serializers.Serializer[Any]):
    """What was found in the documents of a request."""

    # The names of the API are also names of serializer methods, which a serializer that only describes
    # answers does not use.
    is_valid = serializers.BooleanField(help_text="Whether there are no errors.")  # type: ignore[assignment]
    errors = FindingSerializer(many=True, help_text="The faults, all of them.")  # type: ignore[assignment]
    warnings = FindingSerializer(many=True, help_text="What is worth knowing but no fault.")


class ErrorSerializer(serializers.Serializer[Any]):
    """The body of an error."""

    detail = serializers.CharField(help_text="A sentence that a person can act on.")


class InvalidBodySerializer(ErrorSerializer):
    """The body of a 400 for a request body; the findings are there when the body could be read as JSON."""

    is_valid = serializers.BooleanField(required=False, help_text="Always false.")  # type: ignore[assignment]
    errors = FindingSerializer(many=True, required=False, help_text="The faults, all of them.")  # type: ignore[assignment]
    warnings = FindingSerializer(many=True, required=False, help_text="What is worth knowing but no fault.")


_PATH_PARAMETERS = {
    "id": "The id.",
    "name": "The name.",
    "version": "The version of the job type: a semantic version, with pre-release and build metadata.",
    "revision_num": "The number of the revision, from 1.",
}
_STATUSES = {
    "200": "As asked.",
    "201": "Created; `Location` is its URL.",
    "400": "Something about the request is wrong; `detail` says what would be right.",
    "304": "It is as it was when the client got the tag that it sent.",
    "401": "This needs credentials.",
    "403": "These credentials do not give the right to do this.",
    "404": "There is no such resource, or no such page of it.",
    "406": "The service speaks JSON, and HTML to browsers; the request accepts neither.",
    "412": "Someone else changed it since the client got the tag that it sent; `ETag` is the current one.",
    "413": "The body is too large.",
    "414": "The URL is longer than 8190 bytes; the HTTP server says so in a page of its own.",
    "415": "The body is not `application/json`.",
    "503": "The service lacks something for the moment; nothing was changed.",
}


_TAGS = {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$'}
# method -> the header that makes a request of it conditional
_CONDITIONS = {
    "GET": ("If-None-Match", "An `ETag` that was got before: while it is the current one, the answer is a 304."),
    "PATCH": (
        "If-Match",
        "The `ETag` of what the changes are made to: when it is no longer current, nothing is done.",
    ),
}


class ApiSchema(AutoSchema):
    """Adds to each operation the errors it can answer with, so that no view repeats them."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/v6/").split("/")[0]]

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction)
        for status, serializer in self._errors().items():
            responses.setdefault(status, self._get_response_for_code(serializer, status))
        responses["414"] = {"description": _STATUSES["414"]}
        if self._is_conditional() and self.method == "GET":
            responses["304"] = {"description": _STATUSES["304"]}
        for status in {"200", "201"} & responses.keys():
            if links := self._links():
                responses[status]["links"] = links
        return dict(sorted(responses.items()))

    def _links(self) -> dict[str, Any]:
        """What can be done with what an action answers: the view's `links`, action -> operation -> parameters."""
        operations = getattr(self.view, "links", {}).get(getattr(self.view, "action", None), {})
        return {
            operation: {
                "operationId": operation,
                "parameters": {name: f"$response.body#/{name}" for name in parameters},
            }
            for operation, parameters in operations.items()
        }

    def get_override_parameters(self) -> list[Any]:
        """The headers of conditional requests, where a view is `conditional`."""
        parameters = super().get_override_parameters()
        if self._is_conditional():
            name, description = _CONDITIONS[self.method]
            parameters += [
                OpenApiParameter(name, _TAGS, OpenApiParameter.HEADER, description=description),
                OpenApiParameter(
                    "ETag",
                    str,
                    OpenApiParameter.HEADER,
                    description="Which state of the resource this is.",
                    response=[200],
                ),
            ]
        return parameters

    def _is_conditional(self) -> bool:
        return self.method in getattr(self.view, "conditional", ())

    def _get_response_for_code(
        self,
        serializer: Any,
        status_code: str,
        media_types: list[str] | None = None,
        direction: Direction = "response",
    ) -> dict[str, Any]:
        response = super()._get_response_for_code(serializer, status_code, media_types, direction)
        return {**response, "description": response["description"] or _STATUSES[status_code]}

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        return [
            {**parameter, "description": _PATH_PARAMETERS[parameter["name"]]}
            for parameter in super()._resolve_path_parameters(variables)
        ]

    def _errors(self) -> dict[str, type[serializers.Serializer[Any]]]:
        writes = self.method not in SAFE_METHODS
        statuses = {"400", "401", "403", "406", "503"}
        if "{" in self.path or self._is_list_view():
            statuses.add("404")
        if writes:
            statuses |= {"413", "415"}
            statuses |= {"412"} if self._is_conditional() else set()
        errors: dict[str, type[serializers.Serializer[Any]]] = dict.fromkeys(statuses, ErrorSerializer)
        if writes:
            errors["400"] = InvalidBodySerializer
        return errors
