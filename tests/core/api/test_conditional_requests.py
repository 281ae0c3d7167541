"""Conditional requests to job types and recipe types: If-None-Match saves answers, If-Match protects edits."""

import copy
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from job_types.models import JobType, JobTypeRevision
from tests.factories import make_job_type, make_manifest
from tests.recipes.factories import job_node, make_recipe
from tests.threads import at_once

JOB_TYPE, RECIPE = "/v6/job-types/test/1.0.0/", "/v6/recipe-types/recipe/"
BOTH = pytest.mark.parametrize("url", [JOB_TYPE, RECIPE])


@pytest.fixture
def rows(db: None) -> None:
    make_job_type()
    make_recipe(definition={"nodes": {"a": job_node("test")}})


def patch(client: APIClient, url: str, body: Any, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(url, body, format="json", headers=named)


@BOTH
@pytest.mark.usefixtures("rows")
def test_the_current_tag_gives_a_304_after_one_small_query(
    anyone: APIClient, url: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tag = anyone.get(url)["ETag"]
    for sent in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        with django_assert_num_queries(1) as queries:
            answer = anyone.get(url, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        assert "manifest" not in queries[0]["sql"]
        assert "definition" not in queries[0]["sql"]


@BOTH
@pytest.mark.usefixtures("rows")
def test_any_other_tag_gives_the_whole_answer(anyone: APIClient, url: str) -> None:
    whole = anyone.get(url)
    for sent in ('"other"', "nonsense", "", whole["ETag"].strip('"')):
        answer = anyone.get(url, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.json()) == (200, whole.json())


@BOTH
@pytest.mark.usefixtures("rows")
def test_the_tag_changes_with_the_resource_and_with_what_it_shows_of_others(staff: APIClient, url: str) -> None:
    tags = [staff.get(url)["ETag"]]
    patch(staff, JOB_TYPE, {"is_paused": True})
    patch(staff, RECIPE, {"title": "New"})
    tags.append(staff.get(url)["ETag"])
    other = RECIPE if url == JOB_TYPE else JOB_TYPE
    patch(staff, other, {"is_active": False})
    tags.append(staff.get(url)["ETag"])
    patch(staff, url, {})
    assert staff.get(url)["ETag"] == tags[-1]
    assert len(set(tags)) == 3


@BOTH
@pytest.mark.usefixtures("rows")
def test_an_edit_returns_the_tag_for_the_next_edit(staff: APIClient, url: str) -> None:
    edited = patch(staff, url, {"is_active": False}, If_Match=staff.get(url)["ETag"])
    assert edited.status_code == 200
    assert edited["ETag"] == staff.get(url)["ETag"]
    assert patch(staff, url, {"is_active": True}, If_Match=edited["ETag"]).status_code == 200


@BOTH
@pytest.mark.usefixtures("rows")
def test_an_outdated_tag_gives_a_412_with_the_current_one(staff: APIClient, url: str) -> None:
    old = staff.get(url)["ETag"]
    patch(staff, url, {"is_active": False})
    before = staff.get(url)
    answer = patch(staff, url, {"is_active": True}, If_Match=old)
    assert (answer.status_code, answer["ETag"]) == (412, before["ETag"])
    assert before["ETag"] in answer.json()["detail"]
    assert staff.get(url).json() == before.json()


@BOTH
@pytest.mark.usefixtures("rows")
def test_if_match_takes_lists_weak_tags_and_a_star_but_no_bare_text(staff: APIClient, url: str) -> None:
    tag = staff.get(url)["ETag"]
    for sent in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        assert patch(staff, url, {}, If_Match=sent).status_code == 200
    for sent in ("nonsense", "", tag.strip('"')):
        answer = patch(staff, url, {}, If_Match=sent)
        assert (answer.status_code, answer.json()["detail"][:9]) == (400, "If-Match:")


def test_a_missing_resource_is_a_404_whatever_the_condition(staff: APIClient) -> None:
    for url in (JOB_TYPE, RECIPE):
        assert staff.get(url, headers={"If-None-Match": "*"}).status_code == 404
        assert patch(staff, url, {}, If_Match="*").status_code == 404


@pytest.mark.django_db
def test_registering_returns_the_tag_of_the_new_resource(staff: APIClient) -> None:
    body = {"manifest": make_manifest(), "docker_image": "image"}
    answer = staff.post("/v6/job-types/", body, format="json")
    assert answer["ETag"] == staff.get(JOB_TYPE)["ETag"]
    body = {"name": "recipe", "definition": {"nodes": {"a": job_node("test")}}}
    assert staff.post("/v6/recipe-types/", body, format="json")["ETag"] == staff.get(RECIPE)["ETag"]


@BOTH
@pytest.mark.usefixtures("rows")
def test_a_page_has_no_tag_since_it_shows_who_is_logged_in(anyone: APIClient, url: str) -> None:
    tag = anyone.get(url)["ETag"]
    answer = anyone.get(url, headers={"Accept": "text/html", "If-None-Match": tag})
    assert (answer.status_code, answer.has_header("ETag")) == (200, False)


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_edits_with_the_same_tag_one_succeeds(staff: APIClient) -> None:
    make_job_type()
    tag = staff.get(JOB_TYPE)["ETag"]

    def edit(number: int) -> int:
        manifest = make_manifest(title=f"Title {number}")
        return patch(copy.copy(staff), JOB_TYPE, {"manifest": manifest}, If_Match=tag).status_code

    assert sorted(at_once(16, edit)) == [200, *[412] * 15]
    assert (JobType.objects.get().revision_num, JobTypeRevision.objects.count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_editors_who_read_again_after_a_412_lose_no_update(staff: APIClient) -> None:
    make_job_type(job={"tags": []})

    def add_tag(number: int) -> int:
        client, tries = copy.copy(staff), 0
        while True:
            tries += 1
            shown = client.get(JOB_TYPE)
            manifest = shown.json()["manifest"]
            manifest["job"]["tags"] = [*manifest["job"]["tags"], f"tag-{number}"]
            answer = patch(client, JOB_TYPE, {"manifest": manifest}, If_Match=shown["ETag"])
            if answer.status_code == 200:
                return tries
            assert answer.status_code == 412

    at_once(8, add_tag)
    job_type = JobType.objects.get()
    assert sorted(job_type.manifest["job"]["tags"]) == [f"tag-{number}" for number in range(8)]
    assert job_type.revision_num == 9


def register(client: APIClient, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"manifest": make_manifest(title="New"), "docker_image": "image:2"}
    return client.post("/v6/job-types/", body, format="json", headers=named)


@pytest.mark.django_db
def test_with_if_none_match_a_registration_makes_only_what_is_new(staff: APIClient) -> None:
    assert register(staff, If_None_Match="*").status_code == 201
    before = staff.get(JOB_TYPE)
    answer = register(staff, If_None_Match="*")
    assert (answer.status_code, answer["ETag"]) == (412, before["ETag"])
    assert answer.json()["detail"].startswith(f"This exists already; its ETag is {before['ETag']}.")
    assert patch(staff, JOB_TYPE, {"is_paused": True}, If_None_Match="*").status_code == 412
    assert staff.get(JOB_TYPE).json() == before.json()
    assert register(staff, If_None_Match='"a tag"').status_code == 200
    assert register(staff, If_None_Match="nonsense").status_code == 400


@pytest.mark.django_db
def test_if_match_protects_what_a_registration_edits(staff: APIClient) -> None:
    answer = register(staff, If_Match="*")
    assert (answer.status_code, answer.has_header("ETag"), JobType.objects.count()) == (412, False, 0)
    make_job_type()
    tag = staff.get(JOB_TYPE)["ETag"]
    assert register(staff, If_Match="nonsense").status_code == 400
    answer = register(staff, If_Match='"old"')
    assert (answer.status_code, answer["ETag"]) == (412, tag)
    answer = register(staff, If_Match=tag)
    assert (answer.status_code, answer.json()["revision_num"]) == (200, 2)
    assert answer["ETag"] == staff.get(JOB_TYPE)["ETag"] != tag


@pytest.mark.django_db(transaction=True)
def test_of_eight_that_register_what_is_new_at_once_one_succeeds(staff: APIClient) -> None:
    def attempt(_: int) -> int:
        return register(copy.copy(staff), If_None_Match="*").status_code

    assert sorted(at_once(8, attempt)) == [201, *[412] * 7]
    assert JobTypeRevision.objects.count() == 1
