"""What a live Scale 7 showed of a job type or recipe type registers it, and sent back changes nothing."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from job_types.models import JobType
from recipes.models import RecipeType
from tests.recorded.replay import details_of

pytestmark = pytest.mark.usefixtures("found", "db")

JOB_TYPES = [details for details in details_of("job-types") if not details["is_system"]]
RECIPE_TYPES = details_of("recipe-types")


def called(details: dict[str, Any]) -> str:
    return " ".join(details[name] for name in ("name", "version") if name in details)


@pytest.mark.parametrize("details", JOB_TYPES, ids=called)
def test_a_job_type_moves_with_its_details(operator: APIClient, details: dict[str, Any]) -> None:
    JobType.objects.filter(name=details["name"]).update(name="moved-away")
    check(operator, "/v6/job-types/", f"{details['name']}/{details['version']}/", details)


@pytest.mark.parametrize("details", RECIPE_TYPES, ids=called)
def test_a_recipe_type_moves_with_its_details(operator: APIClient, details: dict[str, Any]) -> None:
    RecipeType.objects.filter(name=details["name"]).update(name="moved-away")
    check(operator, "/v6/recipe-types/", f"{details['name']}/", details)


def check(operator: APIClient, url: str, key: str, details: dict[str, Any]) -> None:
    """Register what ``details`` show, and send them back."""
    registered = operator.post(url, details, "json")
    assert registered.status_code == 201, registered.content
    before = operator.get(url + key).json()
    answer = operator.patch(url + key, details, "json")
    assert answer.status_code == 200, answer.content
    assert operator.get(url + key).json() == before
