"""Files in the admin."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from audit.models import Record
from files.models import File
from tests.factories import make_job, make_job_type
from tests.files.factories import make_file, make_workspace

pytestmark = pytest.mark.django_db

LIST = "/admin/files/file/"


def page_of(file: File) -> str:
    return f"{LIST}{file.pk}/change/"


def save(client: Client, file: File, **fields: str) -> Any:
    """Save the form as it is shown now, with these values in its fields."""
    tag = client.get(page_of(file)).context["adminform"].form["tag"].value()
    return client.post(page_of(file), {"media_type": file.media_type, **fields, "tag": tag})


def test_each_page_is_there(admin_client: Client) -> None:
    product = make_file(job=make_job(make_job_type(), "COMPLETED"), meta_data={"clouds": 0.5})
    for url in (LIST, page_of(product), f"{LIST}{product.pk}/history/"):
        assert admin_client.get(url, follow=True).status_code == 200
    assert "clouds" in admin_client.get(page_of(product)).content.decode()


def test_files_are_found_by_whole_names_and_uuids(admin_client: Client) -> None:
    files = [make_file("a.tif"), make_file("a.tiff")]
    for file, query in ((files[0], "a.tif"), (files[1], str(files[1].uuid))):
        answer = admin_client.get(LIST, {"q": query})
        assert list(answer.context["cl"].result_list) == [file]
    assert list(admin_client.get(LIST, {"q": "a"}).context["cl"].result_list) == []


def test_the_list_costs_as_much_whatever_its_length(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        make_file(workspace=make_workspace(f"w{number}"))
    with django_assert_max_num_queries(8):
        assert admin_client.get(LIST).status_code == 200


def test_an_operator_edits_what_is_known_of_a_file(admin_client: Client) -> None:
    file = make_file()
    answer = save(admin_client, file, media_type="image/tiff", is_deleted="on", file_path="elsewhere")
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    path = file.file_path
    file.refresh_from_db()
    assert (file.media_type, file.is_deleted, file.deleted, file.file_path) == (
        "image/tiff",
        True,
        file.last_modified,
        path,
    )
    record = Record.objects.get()
    assert (record.kind, record.name, record.source) == ("file", str(file.pk), "admin")
    assert set(record.changes) == {"media_type", "is_deleted"}


def test_a_file_whose_place_is_taken_stays_deleted_and_the_operator_is_told(admin_client: Client) -> None:
    file = make_file(file_path="a", is_deleted=True)
    make_file(file_path="a")
    answer = save(admin_client, file)
    assert (answer.status_code, answer["Location"]) == (302, page_of(file))
    (message,) = get_messages(answer.wsgi_request)
    assert str(message).startswith("is_deleted: there is another file at 'a' in this workspace")
    assert File.objects.get(pk=file.pk).is_deleted


def test_data_that_end_before_they_started_are_refused(admin_client: Client) -> None:
    file = make_file()
    days = {"data_started_0": "2026-01-02", "data_ended_0": "2026-01-01"}
    times = dict.fromkeys(("data_started_1", "data_ended_1"), "00:00:00")
    answer = save(admin_client, file, **days, **times)
    assert answer.status_code in (200, 302)
    assert File.objects.get().data_started is None


def test_files_are_neither_added_nor_deleted_here(admin_client: Client) -> None:
    file = make_file()
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}{file.pk}/delete/", {"post": "yes"}).status_code == 403
    assert File.objects.exists()
