"""Sixteen clients that write files at the same moment."""

import copy
from collections import Counter

import pytest
from rest_framework.test import APIClient

from audit.models import Record
from files.models import File
from tests.files.factories import make_file, make_workspace
from tests.threads import CLIENTS, at_once, send_at_once

pytestmark = pytest.mark.django_db(transaction=True)

BODY = {"workspace": "raw", "file_path": "in/scene.tif", "file_size": 1000}


def test_one_of_sixteen_registers_the_file(staff: APIClient) -> None:
    make_workspace("raw")
    assert send_at_once(staff, "post", "/v6/files/", BODY) == {201: 1, 400: 15}
    assert (File.objects.count(), Record.objects.count()) == (1, 1)


def test_sixteen_that_register_the_same_file_get_it(staff: APIClient) -> None:
    make_workspace("raw")
    assert send_at_once(staff, "post", "/v6/files/", {**BODY, "sha256": "ab" * 32}) == {201: 1, 200: 15}
    assert (File.objects.count(), Record.objects.count()) == (1, 1)


def test_each_edit_of_a_file_is_recorded_in_the_order_it_was_made(staff: APIClient) -> None:
    file = make_file()
    edits = send_at_once(staff, "patch", f"/v6/files/{file.pk}/", lambda number: {"media_type": f"a/{number}"})
    assert edits == {200: 16}
    changes = [one.changes["media_type"] for one in Record.objects.order_by("id")]
    assert len(changes) == CLIENTS
    assert [one["old"] for one in changes] == ["", *(one["new"] for one in changes[:-1])]
    assert File.objects.get().media_type == changes[-1]["new"]


def test_of_deleted_files_at_one_place_one_is_there_again(staff: APIClient) -> None:
    files = [make_file(file_path="a", is_deleted=True) for _ in range(CLIENTS)]

    def restore(number: int) -> int:
        url = f"/v6/files/{files[number].pk}/"
        return copy.copy(staff).patch(url, {"is_deleted": False}, format="json").status_code

    assert Counter(at_once(CLIENTS, restore)) == {200: 1, 400: 15}
    assert File.objects.filter(is_deleted=False).count() == 1
