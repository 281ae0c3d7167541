"""What the API document says about all endpoints: authentication, rights, errors, conditional requests, links."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from core.api.examples import examples_of
from core.api.permissions import right_to
from core.reads.serializers import RowSerializer
from core.rights import described


class TokenScheme(OpenApiAuthenticationExtension):
    """The description of token authentication."""

    target_class = "scale.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The word `Token` or `Bearer`, a space, and an API token.",
        }


class ClosedBody(OpenApiSerializerExtension):
    """The description of request bodies, which may only have the members that it names."""

    target_class = "core.api.bodies.BodySerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Direction) -> Any:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}


class FindingSerializer(RowSerializer):
    """One thing found in a document."""

    name = serializers.CharField(help_text="The kind of finding, in UPPER_SNAKE_CASE.")
    description = serializers.CharField(help_text="A sentence: where, what is wrong, and what would be valid.")
    path = serializers.CharField(help_text="A JSON Pointer to the place in the document; empty for its root.")


class ReportSerializer(serializers.Serializer[Any]):
    """What was found in the documents of a request."""

    # These fields hide methods of serializers, which are not used where a serializer only describes answers.
    is_valid = serializers.BooleanField(help_text="Whether there are no errors.")  # type: ignore[assignment]
    errors = FindingSerializer(many=True, help_text="All faults.")  # type: ignore[assignment]
    warnings = FindingSerializer(many=True, help_text="Findings that are worth knowing but are not faults.")


class ErrorSerializer(serializers.Serializer[Any]):
    """The body of an error."""

    detail = serializers.CharField(help_text="A sentence that a person can act on.")


class InvalidRequestSerializer(ErrorSerializer):
    """The body of a 400. It holds findings on unknown query parameters, and on a request body that is JSON."""

    is_valid = serializers.BooleanField(required=False, help_text="Always false.")  # type: ignore[assignment]
    errors = FindingSerializer(many=True, required=False, help_text="All faults.")  # type: ignore[assignment]
    warnings = FindingSerializer(
        many=True, required=False, help_text="Findings that are worth knowing but are not faults."
    )


_PATH_PARAMETERS = {
    "id": "The id.",
    "name": "The name.",
    "version": "The version of the job type: a semantic version, with pre-release and build metadata.",
    "revision_num": "The number of the revision, from 1.",
    "job_id": "The id of the job.",
    "exe_num": "The number of the try, from 1.",
    "log_id": "The name of the log.",
}
_STATUS_DESCRIPTIONS = {
    "200": "The request succeeded.",
    "201": "Created; `Location` is its URL.",
    "204": "There is nothing to show.",
    "400": "The request is invalid; `detail` says what would be valid.",
    "304": "The resource has not changed since the client received the `ETag` that it sent.",
    "401": "Valid credentials are required.",
    "403": "These credentials do not permit this request.",
    "404": "There is no such resource, or no such page of the list.",
    "406": "The service sends JSON, and HTML to browsers; the request accepts neither.",
    "412": "The resource is not in the state that the client expects; `ETag` is that of its current state.",
    "413": "The body is too large.",
    "414": "The line of the method and the URL is longer than 64 KiB.",
    "415": "The body is not `application/json`.",
    "503": "The service is temporarily unavailable; nothing was changed.",
}
_ENTITY_TAGS = {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$'}
_IF_MATCH = "The `ETag` of the state that the changes are for: if it is no longer current, nothing is changed."
# method -> the headers that make such a request conditional, each with its schema and description
_CONDITIONAL_HEADERS: dict[str, dict[str, tuple[dict[str, Any], str]]] = {
    "GET": {
        "If-None-Match": (
            _ENTITY_TAGS,
            "An `ETag` from an earlier answer: if it is still current, the answer is a 304.",
        ),
    },
    "PATCH": {"If-Match": (_ENTITY_TAGS, _IF_MATCH)},
    "POST": {
        "If-Match": (_ENTITY_TAGS, _IF_MATCH),
        "If-None-Match": (
            _ENTITY_TAGS,
            "With `*`, only what does not exist yet is registered: if it exists, nothing is changed.",
        ),
    },
}


class ApiSchema(AutoSchema):
    """The description of an operation, with what views need not repeat: errors, conditional requests, links."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/v6/").split("/")[0]]

    def get_description(self) -> str:  # type: ignore[override]  # the stubs know the schemas of the framework
        """Return the docstring of the operation, and the right that it needs beside that to read."""
        description = super().get_description()
        right = right_to(self.method, self.view)
        return f"{description} Needs {described(right)}." if right else description

    def get_examples(self) -> list[OpenApiExample]:
        return examples_of(self.get_operation_id())

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction)
        for status, serializer in self._errors().items():
            # An action may have other media types than JSON, but not for errors.
            responses.setdefault(status, self._get_response_for_code(serializer, status, ["application/json"]))
        responses["414"] = {"description": _STATUS_DESCRIPTIONS["414"]}
        if self._is_conditional() and self.method == "GET":
            responses["304"] = {"description": _STATUS_DESCRIPTIONS["304"]}
        for status in {"200", "201"} & responses.keys():
            if links := self._links():
                responses[status]["links"] = links
        return dict(sorted(responses.items()))

    def _links(self) -> dict[str, Any]:
        """Return the links from what an action returns to other operations.

        ``links`` of a view maps actions to operation ids, and those to their parameters, which the body holds.
        """
        operations = getattr(self.view, "links", {}).get(getattr(self.view, "action", None), {})
        return {
            operation: {"operationId": operation, "parameters": {name: f"$response.body#/{name}" for name in names}}
            for operation, names in operations.items()
        }

    def get_override_parameters(self) -> list[Any]:
        """Return the headers of conditional requests if ``conditional`` of the view names the method."""
        parameters = super().get_override_parameters()
        if self._is_conditional():
            parameters += [
                OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description)
                for name, (schema, description) in _CONDITIONAL_HEADERS[self.method].items()
            ]
            tag = "The entity tag of this state of the resource."
            parameters.append(
                OpenApiParameter("ETag", str, OpenApiParameter.HEADER, description=tag, response=[200, 201])
            )
        return parameters

    def _is_conditional(self) -> bool:
        return self.method in getattr(self.view, "conditional", ())

    def _get_response_for_code(self, serializer: object, status_code: str, *args: object, **options: object) -> Any:
        response = super()._get_response_for_code(serializer, status_code, *args, **options)
        return {**response, "description": response["description"] or _STATUS_DESCRIPTIONS[status_code]}

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        return [
            {**parameter, "description": _PATH_PARAMETERS[parameter["name"]]}
            for parameter in super()._resolve_path_parameters(variables)
        ]

    def _errors(self) -> dict[str, Any]:
        statuses = ["400", "401", "403", "406", "503"]
        if "{" in self.path or self._is_list_view():
            statuses.append("404")
        errors: dict[str, type[serializers.Serializer[Any]]] = dict.fromkeys(statuses, ErrorSerializer)
        errors["400"] = InvalidRequestSerializer
        if self.method not in SAFE_METHODS:
            errors |= {"413": ErrorSerializer, "415": ErrorSerializer}
            errors |= {"412": ErrorSerializer} if self._is_conditional() else {}
        return errors
