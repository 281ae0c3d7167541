"""What the API document says about ``Idempotency-Key``."""

import json

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


def test_the_document_names_the_header_and_its_errors_where_it_is_taken(anyone: APIClient) -> None:
    answer = anyone.get("/v6/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    taken = {}
    for path, operations in json.loads(answer.content)["paths"].items():
        for method, operation in operations.items():
            headers = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"}
            if "Idempotency-Key" in headers:
                replayed = [
                    status
                    for status, response in operation["responses"].items()
                    if "Idempotency-Replayed" in response.get("headers", ())
                ]
                taken[f"{method.upper()} {path}"] = replayed
                assert {"400", "409", "410", "422"} <= operation["responses"].keys()
            else:
                assert not {"410", "422"} & operation["responses"].keys()
    assert taken == {
        "POST /v6/files/": ["200", "201"],
        "POST /v6/jobs/": ["201"],
        "POST /v6/jobs/bulk/": ["201"],
        "POST /v6/jobs/cancel/": ["200"],
        "POST /v6/jobs/requeue/": ["200"],
    }
