"""The SDK has a method for each operation of the API document, and none for what the service has not."""

import inspect
import re

from drf_spectacular.generators import SchemaGenerator

from client import groups
from client.calls import Call, Listing
from client.endpoints import Group, endpoint, listing

# What the web client of Scale asks for, and the index for people.
NOT_IN_THE_SDK = {
    ("get", "/v6/"),
    ("get", "/v6/ingests/status/"),
    ("get", "/v6/load/"),
    ("get", "/v6/metrics/job-types/"),
    ("get", "/v6/metrics/job-types/plot-data/"),
}


def operations_of_the_service() -> set[tuple[str, str]]:
    """Method and path of each operation, without the names of parameters."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {(method, re.sub(r"{\w+}", "{}", path)) for path, item in paths.items() for method in item}


def operations_of_the_sdk() -> set[tuple[str, str]]:
    """The same, of what the methods of all groups would send."""
    members = [
        method._describe
        for group in vars(groups).values()
        if inspect.isclass(group) and issubclass(group, Group)
        for method in vars(group).values()
        if isinstance(method, endpoint | listing)
    ]
    return {operation for describe in members for operation in [_operation(describe)]}


def _operation(describe: object) -> tuple[str, str]:
    parameters = list(inspect.signature(describe).parameters.values())[1:]  # type: ignore[arg-type]
    arguments = {
        one.name: {} if one.annotation in ("Body", groups.Body) else "{}"
        for one in parameters
        if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
    }
    described = describe(None, **arguments)  # type: ignore[operator]
    assert isinstance(described, Call | Listing)
    call = described if isinstance(described, Call) else described.page(1)
    path = call.path.partition("?")[0].replace("%7B%7D", "{}")
    return call.method.lower(), f"/v6/{path}".replace("/logs/combined/", "/logs/{}/")


def test_each_operation_has_a_method() -> None:
    assert operations_of_the_service() - operations_of_the_sdk() == NOT_IN_THE_SDK


def test_each_method_is_of_an_operation() -> None:
    assert operations_of_the_sdk() - operations_of_the_service() == set()
