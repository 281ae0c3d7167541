"""The frame of all pages: rights, navigation, the look, errors in words, conditional requests."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_reader_without_an_account_sees_pages_while_reading_is_public(client: Client, settings: Any) -> None:
    assert client.get("/").status_code == 200
    settings.PUBLIC_READ_API = False
    answer = client.get("/?a=b")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/%3Fa%3Db")


def test_the_navigation_marks_where_one_is_and_leads_to_the_api(client: Client) -> None:
    page = client.get("/").content.decode()
    assert '<a href="/" data-go="d" aria-current="page">' in page
    assert 'href="/v6/docs/"' in page
    assert "Log in" in page


def test_an_account_has_a_menu_with_its_tokens_and_staff_the_admin(client: Client) -> None:
    account = get_user_model().objects.create_user("ada")
    client.force_login(account)
    page = client.get("/").content.decode()
    assert ('href="/tokens/"' in page, "/admin/" in page, "Log out" in page) == (True, False, True)
    account.is_staff = True
    account.save()
    assert "/admin/" in client.get("/").content.decode()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_look_is_kept_and_given_up(client: Client, look: str) -> None:
    answer = client.post("/look/", {"look": look, "next": "/?a=b"})
    assert (answer.status_code, answer["Location"]) == (303, "/?a=b")
    assert f'data-look="{look}"' in client.get("/").content.decode()
    client.post("/look/", {"look": "auto", "next": "/"})
    assert "data-look" not in client.get("/").content.decode()


@pytest.mark.parametrize("back", ["//elsewhere.example.com/", "https://elsewhere.example.com/", "javascript:1", ""])
def test_the_look_redirects_to_no_other_site(client: Client, back: str) -> None:
    assert client.post("/look/", {"look": "dark", "next": back})["Location"] == "/"


def test_a_page_that_does_not_exist_is_a_404_in_words(client: Client) -> None:
    answer = client.get("/nothing/")
    assert answer.status_code == 404
    assert "There is no page at /nothing/." in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/look/", {"look": "dark"})
    assert answer.status_code == 403
    assert "without its CSRF token" in answer.content.decode()


def test_the_login_says_what_is_wrong_and_leads_back(client: Client) -> None:
    get_user_model().objects.create_user("ada", password="correct horse")
    refused = client.post("/accounts/login/", {"username": "ada", "password": "no", "next": "/"})
    assert "Please enter a correct username and password." in refused.content.decode()
    answer = client.post("/accounts/login/", {"username": "ada", "password": "correct horse", "next": "/?a=b"})
    assert answer["Location"] == "/?a=b"


def test_what_is_refused_before_a_view_is_a_page_in_a_browser(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = client.post("/accounts/login/", {"username": "x" * 20}, headers={"Accept": "text/html"})
    assert (answer.status_code, answer["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert "The body is larger than the limit of 10 bytes." in answer.content.decode()


def test_a_page_from_before_a_login_is_sent_again_since_its_forms_are_refused_now() -> None:
    account = get_user_model().objects.create_user("ada", password="correct horse")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(account)
    browser.get("/")  # the cookie with the token
    tag = browser.get("/")["ETag"]
    assert browser.get("/", headers={"If-None-Match": tag}).status_code == 304
    browser.logout()
    token = browser.get("/accounts/login/").context["csrf_token"]
    login = {"username": "ada", "password": "correct horse", "csrfmiddlewaretoken": str(token)}
    assert browser.post("/accounts/login/", login).status_code == 302
    assert browser.get("/", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("url", ["/jobs/", "/nodes/", "/job-types/", "/workspaces/"])
def test_a_list_refuses_more_values_than_its_links_can_repeat(client: Client, url: str) -> None:
    name = (
        "hostname"
        if url == "/nodes/"
        else "id"
        if url == "/job-types/"
        else "job_id"
        if url == "/jobs/"
        else "name"
    )
    answer = client.get(f"{url}?" + "&".join([f"{name}=1"] * 201))
    assert answer.status_code == 400
    assert "A list takes 200 values at most" in answer.content.decode()


@pytest.mark.parametrize(
    ("url", "cached"),
    [("/", "private, no-cache"), ("/audit/", "private, no-store"), ("/workspaces/-/create/", "private, no-store")],
)
def test_browsers_keep_what_readers_see_and_nothing_that_needs_a_right(
    operator: Client, url: str, cached: str
) -> None:
    answer = operator.get(url)
    assert (answer.status_code, answer["Cache-Control"]) == (200, cached)
