"""What reads and writes of job types cost, in queries: without the token's, and those of transactions."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.factories import example, make_job_type
from tests.recipes.factories import job_node, make_recipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workspaces")]

URL = "/v6/job-types/test/1.0.0/"
# A change asks the database for the time; SQLite is in the process.
CLOCK = 1 if connection.vendor == "postgresql" else 0
OTHER = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def queries(act: Callable[[], Any], status: int = 200) -> list[str]:
    """The statements of a request but for those of transactions and tokens."""
    with CaptureQueriesContext(connection) as captured:
        assert act().status_code == status
    statements = [one["sql"] for one in captured]
    return [one for one in statements if not one.startswith(OTHER) and "knox_authtoken" not in one]


def test_reads_cost_as_few_queries_as_listed(staff: APIClient) -> None:
    for number in range(3):
        make_job_type("test", f"{number + 1}.0.0")
    # The first time at a revision of the catalogue, which is read with the token. The same again takes no more.
    costs = {
        URL: (1, 0),
        f"{URL}revisions/1/": (1, 0),
        f"{URL}revisions/": (3, 0),  # the job type, the ids of the list, and the rows of the page
        "/v6/job-types/test/": (2, 0),
        "/v6/job-types/": (2, 0),
        "/v6/job-types/?is_active=true": (1, 0),  # the rows are known
        "/v6/job-types/?page_size=2": (0, 0),
        "/v6/job-type-names/": (2, 0),
    }
    found = {url: tuple(len(queries(partial(staff.get, url))) for _ in range(2)) for url in costs}
    assert found == costs
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    assert [len(queries(lambda: staff.get(URL))) for _ in range(2)] == [2, 0]  # with the recipe types


def test_registering_writes_once_for_each_table_and_reads_three_times(staff: APIClient) -> None:
    body = example("add-seed-image")
    statements = queries(lambda: staff.post("/v6/job-types/", body, format="json"), status=201)
    written = [one.split('"')[1] for one in statements if one.startswith("INSERT")]
    assert written == [
        "job_types_jobtype",
        "job_types_jobtypesecret",
        "job_types_jobtypetag",
        "errors_error",
        "job_types_jobtyperevision",
        "job_types_jobtypeconfiguration",
        "audit_record",
    ]
    # Whether it is there, the workspaces, and the errors that the name has.
    assert len(statements) == len(written) + 3 + CLOCK


@pytest.mark.parametrize(
    ("change", "cost"),
    [
        ({"is_paused": True}, 4),  # the lock, the switch, the audit; the tag
        ({"is_active": False}, 5),  # and which recipe types are deprecated with it
        ({"is_paused": False}, 3),  # it is running: the switch changes no row
        ({"max_scheduled": 3}, 4),
        ({"max_scheduled": None}, 2),  # no change: nothing is written
        ({"docker_image": "other"}, 7),  # its manifest for the revision, and which recipe types follow
        ({"configuration": {"priority": 5}}, 7),  # the secrets and the workspaces, to check it; it is kept for jobs
    ],
)
def test_an_edit_reads_and_writes_only_what_it_changes(staff: APIClient, change: dict[str, Any], cost: int) -> None:
    make_job_type()
    assert len(queries(lambda: staff.patch(URL, change, format="json"))) == cost + CLOCK


def test_validating_takes_two_queries(staff: APIClient) -> None:
    body = example("validate-job-type")
    assert len(queries(lambda: staff.post("/v6/job-types/validation/", body, format="json"))) == 2
