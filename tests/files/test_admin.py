"""Files in the admin."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

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
    job = make_job(make_job_type(), "COMPLETED")
    product = make_file(job=job, meta_data={"clouds": 0.5}, data_started=timezone.now(), data_ended=timezone.now())
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


def test_a_media_type_that_the_api_refuses_is_refused_here(admin_client: Client) -> None:
    file = make_file(media_type="image/tiff")
    answer = save(admin_client, file, media_type="a\u202eb")
    (message,) = get_messages(answer.wsgi_request)
    assert str(message) == "media_type: must be a media type such as image/tiff."
    assert File.objects.get().media_type == "image/tiff"


def test_lists_and_searches_never_read_all_files_nor_their_documents(admin_client: Client) -> None:
    file = make_file("a.tif", job=make_job(make_job_type(), "COMPLETED"))
    with CaptureQueriesContext(connection) as captured:
        for query in ({}, {"q": "a.tif"}, {"q": str(file.uuid)}):
            assert admin_client.get(LIST, query).status_code == 200
        assert admin_client.get(f"/admin/jobs/job/{file.job_id}/change/").status_code == 200
    statements = [one["sql"] for one in captured if 'FROM "files_file"' in one["sql"]]
    assert len(statements) == 7
    for sql in statements:
        assert "meta_data" not in sql
        assert "UPPER" not in sql
        assert "COUNT" not in sql or "LIMIT 10000" in sql


def test_files_are_neither_added_nor_deleted_here(admin_client: Client) -> None:
    file = make_file()
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}{file.pk}/delete/", {"post": "yes"}).status_code == 403
    assert File.objects.exists()
