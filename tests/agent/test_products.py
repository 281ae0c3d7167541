"""The products of a try: what of them is refused before anything is stored, and what a store that fails leaves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.failures import TryFailed
from agent.products import Products
from agent.settings import Settings
from agent.state import read_json
from agent.storage.brokers import Storages

PATH = "test/1.0.0/7/1"
ROOM = 1_500_000
CONFIGURATION = {"output_workspaces": {"default": "products", "outputs": {}}}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "products"
    root.mkdir()
    return root


@pytest.fixture
def products(tmp_path: Path, root: Path) -> Products:
    """The products of a try that left ``a.txt`` and ``b.txt``."""
    (tmp_path / "try" / "outputs").mkdir(parents=True)
    for name in ("a.txt", "b.txt"):
        (tmp_path / "try" / "outputs" / name).write_text(name)
    settings = Settings(url="u", token="t", node="n", state_dir=tmp_path, host_roots=(tmp_path,))
    broker = {"broker": {"type": "host", "host_path": str(root)}}
    return Products(PATH, Storages(settings, {"products": broker}), tmp_path / "try")


def left(*paths: str, meta_data: Any = None) -> dict[str, Sequence[dict[str, Any]]]:
    return {
        "OUT": [{"path": path, "size": 5, "media_type": "text/plain", "meta_data": meta_data} for path in paths]
    }


def go_on() -> None:
    return


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (left("x" * 251), "the name of a file is too long"),
        (left(*(["y" * 200] * 6), "/".join(["z" * 200] * 6)), "the name of a file is too long"),
        (left(*(f"{number}.txt" for number in range(4001))), "it has 4001 products, and may have 4000"),
        (left("a.txt", meta_data={"text": "x" * 2_000_000}), "the paths and meta data of its products have 2000"),
    ],
)
def test_what_no_report_could_say_is_an_invalid_output(
    products: Products, root: Path, files: dict[str, Any], says: str
) -> None:
    with pytest.raises(TryFailed, match=says) as raised:
        products.store(files, CONFIGURATION, ROOM, go_on)
    assert raised.value.error == "invalid-output"
    assert files_of(root) == []


def test_what_was_stored_before_it_failed_is_deleted(products: Products, root: Path, tmp_path: Path) -> None:
    (tmp_path / "try" / "outputs" / "b.txt").unlink()
    with pytest.raises(TryFailed, match="the output OUT in the workspace products: there is no file"):
        products.store(left("a.txt", "b.txt"), CONFIGURATION, ROOM, go_on)
    assert files_of(root) == [f"{PATH}/OUT/a.txt"]
    products.delete()
    assert list(root.rglob("*")) == [root / "test", root / "test/1.0.0"]


def test_a_store_that_was_stopped_is_done_again_from_its_beginning(products: Products, root: Path) -> None:
    calls = []

    def stop() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        products.store(left("a.txt", "b.txt"), CONFIGURATION, ROOM, stop)
    assert products.are_there
    rows = products.store(left("a.txt", "b.txt"), CONFIGURATION, ROOM, go_on)
    assert files_of(root) == [f"{PATH}/OUT/a.txt", f"{PATH}/OUT/b.txt"]
    assert [(row["file_path"], row["file_size"]) for row in rows] == [
        (f"{PATH}/OUT/a.txt", 5),
        (f"{PATH}/OUT/b.txt", 5),
    ]


def test_what_was_stored_is_not_stored_again(products: Products, tmp_path: Path) -> None:
    rows = products.store(left("a.txt"), CONFIGURATION, ROOM, go_on)
    (tmp_path / "try" / "outputs" / "a.txt").unlink()
    assert products.store(left("a.txt"), CONFIGURATION, ROOM, go_on) == rows
    assert read_json(tmp_path / "try" / "products.json") == {"is_stored": True, "rows": rows}


def test_a_link_within_the_outputs_is_stored_as_the_file_that_it_leads_to(
    products: Products, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "try" / "outputs" / "latest.txt").symlink_to("a.txt")
    products.store(left("latest.txt"), CONFIGURATION, ROOM, go_on)
    stored = root / PATH / "OUT" / "latest.txt"
    assert (stored.is_symlink(), stored.read_text()) == (False, "a.txt")


def test_a_link_out_of_the_outputs_is_not_followed(products: Products, root: Path, tmp_path: Path) -> None:
    (tmp_path / "try" / "outputs" / "shadow.txt").symlink_to("/etc/shadow")
    with pytest.raises(TryFailed, match="leads out"):
        products.store(left("shadow.txt"), CONFIGURATION, ROOM, go_on)
    assert files_of(root) == []


@pytest.mark.parametrize(
    ("properties", "times"),
    [
        ({"dataStarted": "2026-01-01T00:00:00Z"}, {"data_started": "2026-01-01T00:00:00+00:00"}),
        ({"dataStarted": "yesterday", "dataEnded": 7}, {}),
        ({"dataStarted": "2026-01-01T00:00:00"}, {}),
        ({"dataStarted": "2026-01-02T00:00:00Z", "dataEnded": "2026-01-01T00:00:00Z"}, {}),
    ],
)
def test_times_that_are_none_are_left_out(
    products: Products, properties: dict[str, Any], times: dict[str, str]
) -> None:
    (row,) = products.store(left("a.txt", meta_data={"properties": properties}), CONFIGURATION, ROOM, go_on)
    assert {name: row[name] for name in ("data_started", "data_ended") if name in row} == times
