"""The API document: valid, complete, and in line with the users' examples and with real answers."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from rest_framework.test import APIClient

from core.api.examples import PASSWORD
from errors.models import Error
from errors.services import load_builtin_errors
from tests.factories import example, make_job, make_job_type
from tests.files.factories import make_file
from tests.recipes.factories import chain, make_pair

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "patch", "put", "delete")


@pytest.fixture
def document(anyone: APIClient) -> dict[str, Any]:
    answer = anyone.get("/v6/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert answer.status_code == 200
    return json.loads(answer.content)


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def media(operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the bodies of an operation: pairs of a status, or "request", and a media type object."""
    bodies = [("request", operation["requestBody"])] if "requestBody" in operation else []
    bodies += list(operation["responses"].items())
    return [(status, content) for status, body in bodies for content in body.get("content", {}).values()]


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_the_document_is_generated_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


def test_every_endpoint_is_in_the_document(document: dict[str, Any]) -> None:
    assert sorted(name for name, _ in operations(document)) == [
        "GET /v6/",
        "GET /v6/accounts/profile/",
        "GET /v6/audit/",
        "GET /v6/errors/",
        "GET /v6/errors/{id}/",
        "GET /v6/files/",
        "GET /v6/files/{id}/",
        "GET /v6/ingests/status/",
        "GET /v6/job-executions/",
        "GET /v6/job-executions/{id}/",
        "GET /v6/job-executions/{id}/logs/{log_id}/",
        "GET /v6/job-type-names/",
        "GET /v6/job-types/",
        "GET /v6/job-types/pending/",
        "GET /v6/job-types/running/",
        "GET /v6/job-types/status/",
        "GET /v6/job-types/system-failures/",
        "GET /v6/job-types/{name}/",
        "GET /v6/job-types/{name}/{version}/",
        "GET /v6/job-types/{name}/{version}/diff/",
        "GET /v6/job-types/{name}/{version}/revisions/",
        "GET /v6/job-types/{name}/{version}/revisions/{revision_num}/",
        "GET /v6/job-types/{name}/{version}/stats/",
        "GET /v6/jobs/",
        "GET /v6/jobs/{id}/",
        "GET /v6/jobs/{job_id}/executions/",
        "GET /v6/jobs/{job_id}/executions/{exe_num}/",
        "GET /v6/jobs/{job_id}/input_files/",
        "GET /v6/load/",
        "GET /v6/metrics/job-types/",
        "GET /v6/metrics/job-types/plot-data/",
        "GET /v6/nodes/",
        "GET /v6/nodes/{id}/",
        "GET /v6/queue/status/",
        "GET /v6/recipe-types/",
        "GET /v6/recipe-types/{name}/",
        "GET /v6/recipe-types/{name}/revisions/",
        "GET /v6/recipe-types/{name}/revisions/{revision_num}/",
        "GET /v6/scheduler/",
        "GET /v6/stats/",
        "GET /v6/status/",
        "GET /v6/version/",
        "GET /v6/workspaces/",
        "GET /v6/workspaces/{name}/",
        "PATCH /v6/files/{id}/",
        "PATCH /v6/job-types/{name}/{version}/",
        "PATCH /v6/nodes/{id}/",
        "PATCH /v6/recipe-types/{name}/",
        "PATCH /v6/scheduler/",
        "PATCH /v6/workspaces/{name}/",
        "POST /v6/files/",
        "POST /v6/job-types/",
        "POST /v6/job-types/import/",
        "POST /v6/job-types/validation/",
        "POST /v6/jobs/",
        "POST /v6/jobs/bulk/",
        "POST /v6/jobs/cancel/",
        "POST /v6/jobs/claim/",
        "POST /v6/jobs/requeue/",
        "POST /v6/jobs/transitions/",
        "POST /v6/nodes/heartbeat/",
        "POST /v6/recipe-types/",
        "POST /v6/recipe-types/validation/",
        "POST /v6/workspaces/",
        "POST /v6/workspaces/validation/",
    ]


def test_every_operation_parameter_and_field_is_described(document: dict[str, Any]) -> None:
    missing = []
    for name, operation in operations(document):
        if not operation.get("summary"):
            missing.append(name)
        missing += [
            f"{name} {parameter['name']}"
            for parameter in operation.get("parameters", ())
            if not parameter.get("description")
        ]
        missing += [
            f"{name} {status}" for status, body in operation["responses"].items() if not body["description"]
        ]
    for component, schema in document["components"]["schemas"].items():
        missing += [
            f"{component}.{field}"
            for field, described in schema.get("properties", {}).items()
            if not described.get("description") and field != "results"
        ]
    assert missing == []


def test_every_operation_lists_its_error_statuses(document: dict[str, Any]) -> None:
    services = ("scheduler", "status", "version", "accounts/profile")
    without_404 = ("GET /v6/", *(f"GET /v6/{name}/" for name in services))
    for name, operation in operations(document):
        answered = set(operation["responses"])
        assert {"400", "401", "403", "406", "503"} <= answered, name
        assert ("404" in answered) == ("{" in name or (name.startswith("GET") and name not in without_404)), name
        assert ({"413", "415"} <= answered) == (not name.startswith("GET")), name


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    checked = []
    for name, operation in operations(document):
        for status, content in media(operation):
            for title, shown in content.get("examples", {}).items():
                schema = {**content["schema"], "components": document["components"]}
                faults = [error.message for error in Draft202012Validator(schema).iter_errors(shown["value"])]
                assert faults == [], (name, status, title)
                checked.append(f"{name} {status}")
    assert len(checked) >= 12, checked


def without_password(body: dict[str, Any]) -> dict[str, Any]:
    """Return a request of the users' document with its password replaced, as the API document shows it."""
    body["configuration"]["settings"]["DB_PASS"] = PASSWORD
    return body


def test_the_examples_of_the_requests_are_those_of_the_users_document(document: dict[str, Any]) -> None:
    sent = {
        name: [shown["value"] for shown in content["examples"].values()]
        for name, operation in operations(document)
        for status, content in media(operation)
        if status == "request" and "examples" in content and "/job-types/" in name
    }
    assert sent == {
        "POST /v6/job-types/": [without_password(example("add-seed-image"))],
        "POST /v6/job-types/validation/": [without_password(example("validate-job-type"))],
        "PATCH /v6/job-types/{name}/{version}/": [without_password(example("edit-job-type"))],
    }


def answers_about_jobs(staff: APIClient) -> dict[str, Any]:
    """Return the answers of all endpoints of jobs, none of them an empty list."""
    load_builtin_errors()
    job_type = make_job_type("working")
    made = [make_job(job_type) for _ in range(4)]
    retried = Error.objects.get(name="node-lost")
    make_job(job_type, "FAILED", error=retried)
    claimed = staff.post("/v6/jobs/claim/", {"node": "a", "limit": 2, "resources": {"cpus": 1}}, format="json")
    changes = [{"job_id": made[0].pk, "status": "FAILED"}, {"job_id": made[2].pk, "status": "PENDING"}]
    answers = {
        "POST /v6/jobs/": staff.post("/v6/jobs/", {"job_type_id": job_type.pk}, format="json"),
        "POST /v6/jobs/bulk/": staff.post(
            "/v6/jobs/bulk/", {"job_type_id": job_type.pk, "inputs": [{}]}, format="json"
        ),
        "POST /v6/jobs/claim/": claimed,
        "POST /v6/jobs/transitions/": staff.post("/v6/jobs/transitions/", {"changes": changes}, format="json"),
        "POST /v6/jobs/cancel/": staff.post("/v6/jobs/cancel/", {"job_id": made[3].pk}, format="json"),
        "POST /v6/jobs/requeue/": staff.post("/v6/jobs/requeue/", {"job_id": [made[3].pk]}, format="json"),
        "GET /v6/jobs/": staff.get("/v6/jobs/"),
        "GET /v6/jobs/{id}/": staff.get(f"/v6/jobs/{made[0].pk}/"),
    }
    services = ("job-types/status", "job-types/pending", "job-types/running", "job-types/system-failures")
    for service in (*services, "queue/status"):
        url = f"/v6/{service}/"
        answers[f"GET {url}"] = staff.get(url)
        assert answers[f"GET {url}"].json()["results"], service
    return answers


def answers_about_recipes(staff: APIClient) -> dict[str, Any]:
    """Return the answers of all endpoints of recipe types."""
    make_pair()
    body = {"name": "recipe", "definition": chain()}
    url = "/v6/recipe-types/recipe/"
    return {
        "POST /v6/recipe-types/": staff.post("/v6/recipe-types/", body, format="json"),
        "POST /v6/recipe-types/validation/": staff.post("/v6/recipe-types/validation/", body, format="json"),
        "PATCH /v6/recipe-types/{name}/": staff.patch(url, {"title": "New"}, format="json"),
        "GET /v6/recipe-types/": staff.get("/v6/recipe-types/"),
        "GET /v6/recipe-types/{name}/": staff.get(url),
        "GET /v6/recipe-types/{name}/revisions/": staff.get(f"{url}revisions/"),
        "GET /v6/recipe-types/{name}/revisions/{revision_num}/": staff.get(f"{url}revisions/1/"),
    }


def answers_about_files(staff: APIClient) -> dict[str, Any]:
    file = make_file(job=make_job(make_job_type("maker"), "COMPLETED", num_exes=1, node="node-01"))
    reader = make_job(make_job_type("reader"), input={"files": {"image": [file.pk]}})
    url, new = f"/v6/files/{file.pk}/", {"workspace": "raw", "file_path": "in/scene.tif", "file_size": 1}
    return {
        "POST /v6/files/": staff.post("/v6/files/", new, "json"),
        "PATCH /v6/files/{id}/": staff.patch(url, {"data_started": "2026-01-01T10:00:00Z"}, "json"),
        "GET /v6/files/": staff.get("/v6/files/"),
        "GET /v6/jobs/{job_id}/input_files/": staff.get(f"/v6/jobs/{reader.pk}/input_files/"),
        "GET /v6/files/{id}/": staff.get(url),
    }


def test_the_real_answers_fit_the_document_and_its_examples(
    document: dict[str, Any], staff: APIClient, workspaces: None
) -> None:
    url = "/v6/job-types/test/1.0.0/"
    broker = {"broker": {"type": "host", "host_path": "/data/raw"}}
    answers = {
        "POST /v6/job-types/": staff.post("/v6/job-types/", example("add-seed-image"), format="json"),
        "PATCH /v6/job-types/{name}/{version}/": staff.patch(url, example("edit-job-type"), format="json"),
        "POST /v6/job-types/validation/": staff.post(
            "/v6/job-types/validation/", example("validate-job-type"), format="json"
        ),
        "GET /v6/job-types/": staff.get("/v6/job-types/"),
        "GET /v6/job-type-names/": staff.get("/v6/job-type-names/"),
        "GET /v6/job-types/{name}/": staff.get("/v6/job-types/test/"),
        "GET /v6/job-types/{name}/{version}/": staff.get(url),
        "GET /v6/job-types/{name}/{version}/diff/": staff.get(f"{url}diff/"),
        "GET /v6/job-types/{name}/{version}/revisions/": staff.get(f"{url}revisions/"),
        "GET /v6/job-types/{name}/{version}/revisions/{revision_num}/": staff.get(f"{url}revisions/1/"),
        **answers_about_jobs(staff),
        **answers_about_recipes(staff),
        **answers_about_files(staff),
        "GET /v6/status/": staff.get("/v6/status/"),
        "GET /v6/nodes/": staff.get("/v6/nodes/"),
        "GET /v6/scheduler/": staff.get("/v6/scheduler/"),
        "GET /v6/version/": staff.get("/v6/version/"),
        "GET /v6/ingests/status/": staff.get("/v6/ingests/status/"),
        "GET /v6/accounts/profile/": staff.get("/v6/accounts/profile/"),
        "GET /v6/": staff.get("/v6/"),
        "GET /v6/errors/": staff.get("/v6/errors/"),
        "GET /v6/workspaces/": staff.get("/v6/workspaces/"),
        "GET /v6/workspaces/{name}/": staff.get("/v6/workspaces/workspace_1/"),
        "POST /v6/workspaces/": staff.post("/v6/workspaces/", {"title": "New", "configuration": broker}, "json"),
        "PATCH /v6/workspaces/{name}/": staff.patch("/v6/workspaces/new/", {"configuration": broker}, "json"),
    }
    for name, operation in operations(document):
        if name not in answers:
            continue
        answer = answers[name]
        content = operation["responses"][str(answer.status_code)]["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
        assert [error.message for error in Draft202012Validator(schema).iter_errors(answer.json())] == [], name
        for shown in content.get("examples", {}).values():
            assert set(shown["value"]) == set(answer.json()), name


def test_the_docs_page_loads_nothing_from_another_host(anyone: APIClient) -> None:
    page = anyone.get("/v6/docs/").content.decode()
    assert "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page
    assert "http://" not in page.replace("http://testserver", "")
    assert "https://" not in page
