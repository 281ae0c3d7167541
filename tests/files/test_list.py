"""/v6/files/: lists, their filters and their order."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from files.models import File
from files.serializers import FileSerializer
from tests.factories import make_job, make_job_type
from tests.files.factories import make_file, make_workspace

pytestmark = pytest.mark.django_db

URL = "/v6/files/"


def names(client: APIClient, query: str) -> list[str]:
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["file_name"] for row in answer.json()["results"]]


def test_filters_choose_files(anyone: APIClient) -> None:
    job = make_job(make_job_type("detect"), "COMPLETED")
    make_file("a.tif", media_type="image/tiff", is_deleted=True)
    make_file("b.json", media_type="application/json", workspace=make_workspace("other"))
    make_file("c.tif", job=job)
    by_query = {
        "file_name=a.tif&file_name=c.tif": ["a.tif", "c.tif"],
        "media_type=image/tiff": ["a.tif"],
        "workspace=raw": ["a.tif", "c.tif"],
        "workspace=raw&workspace=other": ["a.tif", "b.json", "c.tif"],
        "workspace=nowhere": [],
        "is_deleted=true": ["a.tif"],
        "is_deleted=false": ["b.json", "c.tif"],
        "file_type=PRODUCT": ["c.tif"],
        "file_type=SOURCE": ["a.tif", "b.json"],
        "file_type=SOURCE&file_type=PRODUCT": ["a.tif", "b.json", "c.tif"],
        "job_output=image": ["c.tif"],
        f"job_id={job.pk}": ["c.tif"],
        f"job_type_id={job.job_type_id}": ["c.tif"],
        "job_type_name=detect": ["c.tif"],
        "job_type_name=other": [],
        "data_type=a": [],
        "countries=a": [],
        "source_started=2020-01-01": [],
        "source_ended=2020-01-01": [],
        "source_sensor_class=a": [],
        "source_sensor=a": [],
        "source_collection=a": [],
        "source_task=a": [],
        "batch_id=1": [],
        "recipe_id=1": [],
        "recipe_node=a": [],
        "recipe_type_id=1": [],
        f"job_id={10**20}": [],
    }
    assert {query: names(anyone, f"{query}&order=id") for query in by_query} == by_query


def test_times_are_those_of_the_time_field(anyone: APIClient) -> None:
    days = [f"2026-01-0{day}T00:00:00Z" for day in range(1, 5)]
    make_file("a", created=days[0], last_modified=days[2], data_started=days[1], data_ended=days[3])
    make_file("b", created=days[1], last_modified=days[3], data_started=days[0], data_ended=days[1])
    window = f"started={days[1]}&ended={days[2]}&order=id"
    assert names(anyone, window) == names(anyone, f"{window}&time_field=last_modified") == ["a"]
    assert names(anyone, f"{window}&time_field=created") == ["b"]
    assert names(anyone, f"started={days[1]}&time_field=data&order=id") == ["a"]
    assert names(anyone, f"ended={days[1]}&time_field=data&order=id") == ["b"]
    for kind in ("created", "modified"):
        wanted = names(anyone, f"{window}&time_field={kind.replace('modified', 'last_modified')}")
        assert names(anyone, f"{kind}_started={days[1]}&{kind}_ended={days[2]}&order=id") == wanted
    assert names(anyone, f"data_started={days[1]}&order=id") == ["a"]
    assert names(anyone, f"data_ended={days[1]}&order=id") == ["b"]
    assert names(anyone, f"{window}&time_field=source") == []
    assert names(anyone, "time_field=source&order=id") == ["a", "b"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("time_field=a", "time_field: must be one of last_modified, created, data, source."),
        ("file_type=a", "file_type: must be one of SOURCE, PRODUCT."),
        ("started=2026-01-02&ended=2026-01-01", "started: must not be after ended."),
        ("data_started=2026-01-02&data_ended=2026-01-01", "data_started: must not be after data_ended."),
        ("is_deleted=a", "is_deleted: must be true or false."),
    ],
)
def test_other_values_of_parameters_are_refused(anyone: APIClient, query: str, sentence: str) -> None:
    answer = anyone.get(f"{URL}?{query}")
    assert (answer.status_code, answer.json()) == (400, {"detail": sentence})


@pytest.mark.parametrize(
    "field", [name for name in FileSerializer.Meta.fields if name not in ("file_type", "url", "job_exe")]
)
def test_fields_order(anyone: APIClient, field: str) -> None:
    job = make_job(make_job_type(), "COMPLETED")
    columns = ("created", "last_modified", "data_started", "data_ended")
    for number in (2, 1):
        times: dict[str, Any] = dict.fromkeys(columns, f"2026-01-0{number}T00:00:00Z")
        make_file(
            f"{number}.tif",
            workspace=make_workspace(f"w{number}"),
            file_path=f"{number}.tif",
            file_size=number,
            sha256=f"{number}" * 64,
            media_type=f"{number}",
            uuid=UUID(int=number),
            **times,
        )
    make_file(
        "3.tif", job=job, is_deleted=True, created="2027-01-01T00:00:00Z", last_modified="2027-01-01T00:00:00Z"
    )
    ascending, descending = names(anyone, f"order={field}"), names(anyone, f"order=-{field}")
    expected: dict[str, tuple[list[str], list[str]]] = {
        name: (["1.tif", "2.tif"], ["2.tif", "1.tif"])
        for name in ("uuid", "file_name", "workspace", "media_type", "file_size", "sha256", "file_path", "created")
    }
    expected |= dict.fromkeys(("data_started", "data_ended", "last_modified"), expected["uuid"])
    by_id = ["2.tif", "1.tif"]
    assert [[name for name in found if name != "3.tif"] for found in (ascending, descending)] == list(
        expected.get(field, (by_id, by_id[::-1] if field == "id" else by_id))
    )
    if field in ("is_deleted", "deleted", "job", "job_type", "job_output"):
        assert {ascending.index("3.tif"), descending.index("3.tif")} == {0, 2}


def test_names_are_in_the_order_of_their_code_points(anyone: APIClient) -> None:
    for name in ("é", "b", "a_1", "B", "a-1"):
        make_file(name)
    assert names(anyone, "order=file_name") == ["B", "a-1", "a_1", "b", "é"]


def test_the_latest_change_comes_first_by_default(anyone: APIClient, staff: APIClient) -> None:
    first, *_ = (make_file(name, last_modified=f"2026-01-0{day}T00:00:00Z") for day, name in enumerate("abc", 1))
    staff.patch(f"{URL}{first.pk}/", {"media_type": "a/b"}, format="json")
    assert names(anyone, "") == ["a", "c", "b"]


def test_a_list_costs_as_much_whatever_its_length(anyone: APIClient) -> None:
    job = make_job(make_job_type(), "COMPLETED")
    costs = []
    for count in (2, 30):
        while (made := File.objects.count()) < count:
            make_file(f"f{made}", job=job if made % 2 else None)
        # The ids of workspaces are looked up.
        for query in ("", "workspace=raw"):
            with CaptureQueriesContext(connection) as queries:
                assert len(names(anyone, query)) == count
            costs.append(len(queries))
    assert costs == [2, 3, 2, 3]
