"""The details of what has arrived are those of the other system, field by field, but for a short list."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from takeover.comparing import Ours, differences
from takeover.models import Imported
from tests.takeover.acceptance.house import OF_THIS_SERVICE
from tests.takeover.replay import Recordings, Replay

# v6 does not have them: the digest of a pinned image, and what the rules of today find.
NEW = {"/docker_image_digest", "/findings"}
# A text that nobody sent is empty, never null.
OLD_ORDERS_TEXT, TILES_TEXT = "/recipe_types/0/description", "/recipe_types/0/description"
# What is not active and was never deprecated is so since its last change.
OLD_ORDERS_TIME = "/recipe_types/0/deprecated"
# The other system keeps no list of what its own recipe types hold, and of which of them hold a job type.
RELATED = {"/recipe_types/0"}

JOB_TYPES = {
    "mosaic 3.0.0": {TILES_TEXT},
    "tiler 1.0.1": {TILES_TEXT},
    "order-check 1.0.0": {OLD_ORDERS_TEXT, OLD_ORDERS_TIME},
    "scale-bake 1.0.0": RELATED,
    "scale-count 1.0.0": RELATED,
    "scale-hello 1.0.0": RELATED,
    "scale-roulette 1.0.0": {"/recipe_types/0", "/recipe_types/1"},
}
RECIPE_TYPES = {
    "old-orders": {
        "/description",
        "/deprecated",
        f"/job_types/0{OLD_ORDERS_TEXT}",
        f"/job_types/0{OLD_ORDERS_TIME}",
    },
    "tile-and-join": {"/description", f"/job_types/0{TILES_TEXT}", f"/job_types/1{TILES_TEXT}"},
    "whole-chain": {"/sub_recipe_types/1/description"},
    "scale-bake": {"/job_types/0"},
    "scale-casino": {"/job_types/0"},
    "scale-count": {"/job_types/0"},
    "scale-hello": {"/job_types/0"},
    "scale-roulette": {"/job_types/0"},
}


@pytest.fixture
def arrived(moved: Replay) -> Recordings:
    """The recordings, after all of them have arrived."""
    return moved.recordings


def _differing(there: Any, here: Any) -> set[str]:
    """Return the JSON Pointers of what differs, but for ids that stand for each other."""
    pairs = set(Imported.objects.values_list("source_id", "object_id"))
    found = differences(there, here)
    return {pointer for pointer, theirs, mine in found if not (pointer.endswith("/id") and (theirs, mine) in pairs)}


def _job_types(recordings: Recordings) -> Iterator[tuple[str, str]]:
    for row in recordings.job_types:
        if row["name"] not in OF_THIS_SERVICE and "configuration" in row:
            yield f"{row['name']} {row['version']}", f"job-types/{row['name']}/{quote(row['version'])}/"


def test_details_of_job_types_are_those_of_the_other_system(arrived: Recordings) -> None:
    found = {name: _differing(arrived.document(path), Ours().get(path)) for name, path in _job_types(arrived)}
    assert len(found) == 28
    assert found == {name: NEW | JOB_TYPES.get(name, set()) for name in found}


def test_details_of_recipe_types_are_those_of_the_other_system(arrived: Recordings) -> None:
    paths = {row["name"]: f"recipe-types/{row['name']}/" for row in arrived.recipe_types}
    found = {name: _differing(arrived.document(path), Ours().get(path)) for name, path in paths.items()}
    of_job_types = ("/docker_image_digest", "/findings")
    own = {
        name: {
            pointer
            for pointer in pointers
            if not (pointer.startswith("/job_types/") and pointer.endswith(of_job_types))
        }
        for name, pointers in found.items()
    }
    assert len(own) == 10
    assert own == {name: {"/findings"} | RECIPE_TYPES.get(name, set()) for name in own}


def test_revisions_are_those_of_the_other_system(arrived: Recordings) -> None:
    paths = [
        f"{path}revisions/{number}/"
        for name, path in _job_types(arrived)
        for number in range(1, (arrived.document(path) or {})["revision_num"] + 1)
    ] + [
        f"recipe-types/{row['name']}/revisions/{number}/"
        for row in arrived.recipe_types
        for number in range(1, row["revision_num"] + 1)
    ]
    found = {path: _differing(arrived.document(path), Ours().get(path)) for path in paths}
    assert len(found) == 50
    old_orders = {"/recipe_type/description", "/recipe_type/deprecated"}
    expected = {
        "recipe-types/old-orders/revisions/1/": old_orders,
        "recipe-types/tile-and-join/revisions/1/": {"/recipe_type/description"},
        "recipe-types/tile-and-join/revisions/2/": {"/recipe_type/description"},
    }
    assert found == {
        path: expected.get(path, set() if path.startswith("recipe") else {"/docker_image_digest"}) for path in paths
    }


def test_what_is_listed_and_cannot_be_read_there_is_shown_here_with_what_is_known(arrived: Recordings) -> None:
    for row in arrived.job_types:
        if "configuration" in row:
            continue
        here = Ours().get(f"job-types/{row['name']}/{quote(row['version'])}/") or {}
        listed = {name: value for name, value in here.items() if name in row and name != "id"}
        assert listed == {name: value for name, value in row.items() if name != "id"}
        assert [found["path"] for found in here["findings"]] != []
