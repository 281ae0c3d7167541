"""``register_products``: the files that tries of jobs leave behind."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.services import Refused
from files.models import File
from files.services import Product, register_products
from jobs.models import Job
from tests.factories import make_job, make_job_type
from tests.files.factories import make_file, make_workspace
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(db: None) -> Job:
    return make_job(make_job_type(), "COMPLETED", num_exes=1)


def product(job: Job, path: str, **fields: Any) -> Product:
    return Product(
        job_id=job.pk,
        exe_num=1,
        output="image",
        workspace_id=make_workspace().pk,
        file_path=path,
        file_name=path.rpartition("/")[2],
        media_type="image/tiff",
        file_size=7,
        sha256="ab" * 32,
        **fields,
    )


def refused(products: list[Product]) -> list[tuple[str, str]]:
    """The names and places of the findings."""
    with pytest.raises(Refused) as refusal:
        register_products(products=products)
    return [(finding.name, finding.path) for finding in refusal.value.report.errors]


def test_products_are_registered_in_one_insert_and_come_in_their_order(job: Job) -> None:
    uuid = uuid4()
    products = [product(job, "b"), product(job, "a/c.tif", uuid=uuid, meta_data={"x": 1}), product(job, "a/b")]
    with CaptureQueriesContext(connection) as queries:
        files = register_products(products=products)
    assert sum("INSERT" in query["sql"] for query in queries) == 1
    assert [file.file_path for file in files] == ["b", "a/c.tif", "a/b"]
    stored = File.objects.get(pk=files[1].pk)
    assert (stored.uuid, stored.file_name, stored.meta_data) == (uuid, "c.tif", {"x": 1})
    assert (stored.job_id, stored.exe_num, stored.job_output, stored.file_size) == (job.pk, 1, "image", 7)
    assert (stored.media_type, stored.sha256, stored.workspace.name) == ("image/tiff", "ab" * 32, "raw")
    assert stored.created == stored.last_modified
    assert File.objects.count() == 3


def test_none_is_nothing_to_register(job: Job) -> None:
    assert register_products(products=[]) == []


def test_places_that_are_taken_are_named_and_nothing_is_registered(job: Job) -> None:
    make_file(file_path="a", is_deleted=True)
    there = make_file(file_path="b")
    same = product(job, "d", uuid=uuid4())
    products = [product(job, "a"), product(job, "b"), product(job, "c", uuid=there.uuid), same, replace(same)]
    with transaction.atomic():
        assert refused(products) == [("FILE_EXISTS", "/1/file_path"), ("DUPLICATE_UUID", "/2/uuid")]
        # Those of one request are held against each other once the others are out of the way.
        assert refused([products[0], *products[3:]]) == [
            ("FILE_EXISTS", "/2/file_path"),
            ("DUPLICATE_UUID", "/2/uuid"),
        ]
        # The transaction of the caller goes on.
        assert [file.file_path for file in register_products(products=[products[0], same])] == ["a", "d"]
    assert File.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_one_of_many_who_register_the_same_places_in_any_order_does(job: Job) -> None:
    products = [product(job, f"{number}") for number in range(20)]

    def register(number: int) -> int:
        turned = products[number:] + products[:number]
        try:
            return len(register_products(products=turned))
        except Refused as refusal:
            return -len(refusal.report.errors)

    assert sorted(at_once(8, register)) == [-20] * 7 + [20]
    assert File.objects.count() == 20
