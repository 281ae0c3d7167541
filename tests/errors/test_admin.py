"""Errors in the admin."""

import pytest
from django.test import Client

from errors.models import Error
from errors.services import load_builtin_errors
from tests.factories import make_job_type

pytestmark = pytest.mark.django_db

LIST = "/admin/errors/error/"


@pytest.fixture(autouse=True)
def errors() -> None:
    load_builtin_errors()
    make_job_type(job={"errors": [{"code": 1, "name": "bad-pixels", "title": "Bad pixels", "category": "data"}]})


def names(answer: object) -> list[str]:
    return [error.name for error in answer.context["cl"].result_list]  # type: ignore[attr-defined]


def test_errors_are_listed_with_those_of_job_types(admin_client: Client) -> None:
    answer = admin_client.get(LIST)
    assert answer.status_code == 200
    assert set(names(answer)) == set(Error.objects.values_list("name", flat=True))


@pytest.mark.parametrize("text", ["BAD-pix", "Bad pixels", "test"])
def test_the_search_finds_names_titles_and_job_types(admin_client: Client, text: str) -> None:
    assert names(admin_client.get(LIST, {"q": text})) == ["bad-pixels"]


def test_the_filters_select_by_category_and_origin(admin_client: Client) -> None:
    assert names(admin_client.get(LIST, {"category__exact": "DATA", "is_builtin__exact": "0"})) == ["bad-pixels"]


@pytest.mark.parametrize("query", ["category__exact=%00", "name=%00", "title__regex=("])
def test_lookups_that_no_filter_offers_are_refused(admin_client: Client, query: str) -> None:
    assert admin_client.get(f"{LIST}?{query}").status_code == 400


def test_a_nul_in_a_search_is_not_an_internal_error(admin_client: Client) -> None:
    assert admin_client.get(LIST, {"q": "\0"}).status_code == 200


def test_an_error_is_shown_and_never_changed(admin_client: Client) -> None:
    error = Error.objects.get(name="bad-pixels")
    url = f"{LIST}{error.pk}/change/"
    page = admin_client.get(url)
    assert page.status_code == 200
    assert "Bad pixels" in page.content.decode()
    assert admin_client.post(url, {"title": "Other"}).status_code == 403
    assert admin_client.post(f"{LIST}{error.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert Error.objects.get(name="bad-pixels") == error
