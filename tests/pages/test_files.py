"""The pages of files: the list, one file, and what operators do with them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Record
from files.filters import FileFilterSet
from files.models import File
from tests.factories import make_job, make_job_type
from tests.files.factories import make_file
from tests.pages.reading import html_of, read, shown, words
from workspaces.models import Workspace
from workspaces.services import create_workspace, edit_workspace

pytestmark = pytest.mark.django_db

URL = "/files/"
# What no file has yet, so that no field of the page asks for it.
NOTHING_YET = {
    *("data_type", "batch_id", "recipe_id", "recipe_node", "recipe_type_id", "countries"),
    *("source_started", "source_ended", "source_sensor_class", "source_sensor", "source_collection", "source_task"),
}
BY_TIME_FIELD = {f"{kind}_{end}" for kind in ("created", "modified", "data") for end in ("started", "ended")}
REGISTER = "/files/register/"


@pytest.fixture
def raw(db: None) -> Workspace:
    fields: Any = {"title": "Raw", "base_url": "https://files.example.com/raw"}
    workspace, _ = create_workspace(name="raw", fields=fields)
    return workspace


@pytest.fixture
def product(raw: Workspace) -> File:
    """A file that the second try of a job left behind."""
    job = make_job(make_job_type("tiler"), "COMPLETED", num_exes=2)
    return make_file(
        "tile 1.png",
        file_path=f"tiler/1.0.0/{job.pk}/2/tile 1.png",
        job=job,
        job_output="TILES",
        media_type="image/png",
        file_size=1536,
        sha256="ab" * 32,
        data_started=datetime(2026, 1, 31, 12, tzinfo=UTC),
        meta_data={"properties": {"clouds": 0.25, "sensor": "<b>OLI</b>"}, "type": "Feature", "geometry": None},
    )


def names(client: Client, query: str = "") -> list[str]:
    return [file["file_name"] for file in client.get(f"{URL}?{query}").context["rows"]]


def test_the_list_shows_files_with_what_made_them(client: Client, product: File, raw: Workspace) -> None:
    gone = make_file("scene.tif", is_deleted=True)
    page = shown(client, URL)
    for part in (
        f'<a href="/files/{product.pk}/">tile 1.png</a>',
        f'<span class="faint">tiler/1.0.0/{product.job_id}/2/</span>',
        '<a href="/workspaces/raw/">raw</a>',
        "image/png",
        "1.5 KiB",
        "Title of tiler",
        f'<a href="/jobs/{product.job_id}/">Job {product.job_id}</a>, TILES</span>',
        f'<a href="/files/{gone.pk}/">scene.tif</a> <span class="state bad">',
        "registered</span>",
        "1–2 of 2",
    ):
        assert part in page, part


def test_a_list_of_no_files_says_what_to_do_next(client: Client, operator: Client) -> None:
    assert "No files yet" in read(client, URL)
    assert REGISTER not in shown(client, URL)
    assert shown(operator, URL).count(f'href="{REGISTER}"') == 2
    assert "No file matches" in read(client, f"{URL}?begins=x")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["c.tif", "tile 1.png", "b.tif", "a.tif"]),
        ("workspace=other", ["c.tif"]),
        ("file_type=PRODUCT", ["tile 1.png"]),
        ("file_type=SOURCE&is_deleted=false", ["c.tif", "a.tif"]),
        ("is_deleted=true", ["b.tif"]),
        ("job_output=TILES", ["tile 1.png"]),
        ("job_type_name=tiler", ["tile 1.png"]),
        ("media_type=image/png", ["tile 1.png"]),
        ("file_name=a.tif&file_name=c.tif", ["c.tif", "a.tif"]),
        ("time_field=data&started=2026-01-01T00:00:00Z", ["tile 1.png"]),
        ("order=file_name&page_size=2", ["a.tif", "b.tif"]),
        ("order=-file_size&page_size=1", ["tile 1.png"]),
    ],
)
def test_the_filters_of_the_api_are_in_the_url(
    client: Client, raw: Workspace, product: File, query: str, wanted: list[str]
) -> None:
    fields: Any = {"title": "Other"}
    other, _ = create_workspace(name="other", fields=fields)
    make_file("a.tif", last_modified=datetime(2026, 1, 1, tzinfo=UTC))
    make_file(
        "b.tif",
        is_deleted=True,
        last_modified=datetime(2026, 1, 2, tzinfo=UTC),
    )
    make_file("c.tif", workspace=other)
    assert names(client, query) == wanted
    assert names(client, query) == [row["file_name"] for row in client.get(f"/v6/files/?{query}").json()["results"]]


def test_the_files_of_a_job_are_found_by_its_id(client: Client, raw: Workspace, product: File) -> None:
    make_file()
    assert names(client, f"job_id={product.job_id}") == ["tile 1.png"]


@pytest.mark.parametrize(
    ("text", "wanted"), [("scene-1", ["scene-1.tif", "scene-10.tif"]), ("scene%2510", []), ("10", []), ("", None)]
)
def test_a_search_finds_the_beginnings_of_names(
    client: Client, raw: Workspace, text: str, wanted: list[str] | None
) -> None:
    everything = ["scene-1.tif", "scene-10.tif", "scene-2.tif"]
    for name in everything:
        make_file(f"{name}")
    found = everything if wanted is None else wanted
    assert names(client, f"begins={text}&order=file_name") == found


def test_what_a_search_finds_is_in_the_order_of_names_unless_another_is_chosen(
    client: Client, raw: Workspace
) -> None:
    for name in ("tile-b", "tile-C", "scene", "tile-a"):
        make_file(name)
    assert names(client, "begins=tile") == ["tile-C", "tile-a", "tile-b"]
    assert names(client, "begins=tile&order=-file_name") == ["tile-b", "tile-a", "tile-C"]


def test_each_filter_of_the_api_has_a_field_that_keeps_its_value(client: Client, raw: Workspace) -> None:
    page = shown(client, URL)
    for name in FileFilterSet.base_filters.keys() - {"order", "job_type_id"} - NOTHING_YET - BY_TIME_FIELD:
        assert f'name="{name}"' in page, name
    page = shown(client, f"{URL}?job_output=TILES&order=file_size&begins=x")
    for part in (
        'name="job_output" value="TILES"',
        '<input type="hidden" name="order" value="file_size">',
        'name="begins" id="id_begins_0" value="x"',
        '<details class="more" open>',
    ):
        assert part in page, part


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("name=a", 400, "name: unknown query parameter"),
        ("is_deleted=maybe", 400, "is_deleted: must be true or false."),
        ("begins=%00", 400, "begins: must not contain a NUL character."),
        ("page=2", 404, "Page 2 is past the end of the results."),
    ],
)
def test_what_the_list_does_not_take_is_refused_in_words(
    client: Client, query: str, status: int, said: str
) -> None:
    assert said in read(client, f"{URL}?{query}", status)


def test_a_long_list_is_not_counted_to_its_end(
    client: Client, raw: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.reads.pages.MOST_COUNTED", 2)
    for number in range(4):
        make_file(f"{number}")
    page = shown(client, f"{URL}?page_size=1")
    assert "1–1 of more than 2" in page
    # Only what has an index is offered as an order.
    assert ("order=file_name" in page, "order=file_size" in page) == (True, False)


def test_the_list_costs_the_same_with_any_number_of_files(client: Client, raw: Workspace, product: File) -> None:
    costs = []
    for number in range(3):
        make_file(f"{number}")
        with CaptureQueriesContext(connection) as captured:
            shown(client, URL)
        costs.append(len(captured))
    assert costs == [2, 2, 2]


def test_a_file_shows_where_it_lies_and_what_made_it(client: Client, product: File) -> None:
    page = shown(client, f"{URL}{product.pk}/")
    for part in (
        "<h1>tile 1.png</h1>",
        "a product",
        "1.5 KiB",
        "1,536 bytes",
        "image/png",
        f'<code id="digest">{"ab" * 32}</code>',
        str(product.uuid),
        "2026-01-31 12:00:00 UTC",
        f'href="https://files.example.com/raw/tiler/1.0.0/{product.job_id}/2/tile%201.png"',
        f'<a href="/jobs/{product.job_id}/">Job {product.job_id}</a>',
        f'href="/jobs/{product.job_id}/?try=2">try 2</a>',
        f'href="/files/?job_id={product.job_id}"',
        '<th scope="row">clouds</th><td class="text">0.25</td>',
        '<th scope="row">sensor</th><td class="text">&lt;b&gt;OLI&lt;/b&gt;</td>',
        '<th scope="row">type</th><td class="text">Feature</td>',
    ):
        assert part in page, part
    assert f"/files/{product.pk}/edit/" not in page


def test_what_is_not_known_of_a_file_is_said(client: Client, raw: Workspace) -> None:
    fields: Any = {"base_url": ""}
    edit_workspace(name="raw", fields=fields)
    file = make_file(is_deleted=True)
    page = read(client, f"{URL}{file.pk}/")
    for part in (
        "It has been gone from its workspace since",
        "a source",
        "Media type not known",
        "SHA-256 not known",
        "none: its workspace has no base URL",
        "No job: somebody registered it.",
        "Nothing more is known of what it holds.",
    ):
        assert part in page, part
    assert "No file has the id or the UUID '999'" in read(client, f"{URL}999/", 404)


def test_only_a_url_that_a_browser_can_follow_safely_is_a_link(client: Client, raw: Workspace) -> None:
    fields: Any = {"base_url": "javascript:alert(1)//"}
    edit_workspace(name="raw", fields=fields)
    file = make_file()
    page = shown(client, f"{URL}{file.pk}/")
    assert ("javascript:alert" in page, 'href="javascript' in page) == (True, False)
    fields = {"base_url": "http://[is no address"}
    edit_workspace(name="raw", fields=fields)
    assert "http://[is no address" in shown(client, f"{URL}{file.pk}/")


def test_large_meta_data_are_cut(client: Client, raw: Workspace) -> None:
    meta_data = {"a" * 50: "b" * 10_000, **{f"name-{number}": number for number in range(5_000)}}
    page = shown(client, f"{URL}{make_file(meta_data=meta_data).pk}/")
    assert ("name-98<" in page, "name-99<" in page, "There are more" in page) == (True, False, True)
    assert len(page) < 80_000


@pytest.mark.parametrize("page", ["{pk}/", "{pk}/edit/", "{pk}/delete/", "register/"])
def test_what_the_pages_cost(operator: Client, product: File, page: str, django_assert_num_queries: Any) -> None:
    # Those of the session, the account and its rights, whether there are takeovers (once a minute), and one.
    with django_assert_num_queries(5):
        operator.get(URL + page.format(pk=product.pk))


def test_an_operator_edits_what_is_known_of_a_file(operator: Client, product: File) -> None:
    url = f"{URL}{product.pk}/"
    assert f'href="{url}edit/"' in html_of(operator, url)
    assert f'href="/audit/?kind=file&amp;name={product.pk}"' in html_of(operator, url)
    form = operator.get(f"{url}edit/").context["form"]
    held = {name: form[name].value() or "" for name in form.fields}
    assert held["media_type"] == "image/png"
    answer = operator.post(f"{url}edit/", held | {"media_type": "image/webp", "data_ended": "2026-02-01T00:00:00Z"})
    assert (answer.status_code, answer["Location"]) == (303, url)
    assert "The file tile 1.png was saved." in read(operator, url)
    product.refresh_from_db()
    assert (product.media_type, product.data_ended) == ("image/webp", datetime(2026, 2, 1, tzinfo=UTC))
    assert product.data_started == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert Record.objects.get(kind="file").changes.keys() == {"media_type", "data_ended"}
    assert f'href="{url}"' in html_of(operator, "/audit/?kind=file")


def test_what_is_wrong_is_said_beside_its_field(operator: Client, product: File) -> None:
    url = f"{URL}{product.pk}/edit/"
    for field, value in (
        ("media_type", "x" * 251),
        ("data_started", "yesterday"),
        ("data_ended", "2020-01-01T00:00Z"),
    ):
        held = {"media_type": "image/png", "data_started": "2026-01-31T12:00:00Z", field: value}
        answer = operator.post(url, held)
        assert (answer.status_code, [*answer.context["form"].errors]) == (400, [field])
        assert "Nothing was changed" in words(answer.content.decode())
    assert Record.objects.filter(kind="file").count() == 0


def test_an_edit_of_what_somebody_else_changed_is_refused(operator: Client, product: File) -> None:
    for page in ("edit/", "delete/"):
        answer = operator.post(f"{URL}{product.pk}/{page}", {"media_type": "a/b", "tag": "another"})
        assert answer.status_code == 412
        assert "Somebody else has changed this" in words(answer.content.decode())
    product.refresh_from_db()
    assert (product.media_type, product.is_deleted) == ("image/png", False)


def test_an_operator_marks_a_file_as_deleted_and_as_there_again(operator: Client, product: File) -> None:
    url = f"{URL}{product.pk}/"
    assert (f"{url}delete/" in html_of(operator, url), f"{url}restore/" in html_of(operator, url)) == (True, False)
    assert "Nothing is deleted by this" in read(operator, f"{url}delete/")
    assert operator.post(f"{url}delete/").status_code == 303
    assert "is marked as deleted." in read(operator, url)
    product.refresh_from_db()
    assert (product.is_deleted, product.deleted is None) == (True, False)
    assert (f"{url}delete/" in html_of(operator, url), f"{url}restore/" in html_of(operator, url)) == (False, True)
    another = make_file(file_path=product.file_path)
    answer = operator.post(f"{url}restore/")
    assert answer.status_code == 400
    assert "there is another file at" in words(answer.content.decode())
    another.delete()
    assert operator.post(f"{url}restore/").status_code == 303
    product.refresh_from_db()
    assert product.is_deleted is False


def test_an_operator_registers_a_file(operator: Client, raw: Workspace) -> None:
    assert '<option value="raw">' in html_of(operator, REGISTER)
    body = {"workspace": "raw", "file_path": "in/scene 1.tif", "file_size": "2048", "sha256": "AB" * 32}
    answer = operator.post(REGISTER, body)
    file = File.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{URL}{file.pk}/")
    assert "The file scene 1.tif is registered." in read(operator, answer["Location"])
    assert (file.file_name, file.media_type, file.file_size, file.sha256) == (
        "scene 1.tif",
        "image/tiff",
        2048,
        "ab" * 32,
    )
    assert operator.post(REGISTER, body)["Location"] == f"{URL}{file.pk}/"
    assert "was registered before." in read(operator, f"{URL}{file.pk}/")
    assert Record.objects.filter(kind="file").count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"workspace": "none"}, "workspace", "there is none called 'none'"),
        ({"workspace": ""}, "workspace", "required"),
        ({"file_path": "../scene.tif"}, "file_path", "'..'"),
        ({"file_path": "/scene.tif"}, "file_path", "begins with a slash"),
        ({"file_path": "taken.tif"}, "file_path", "there is another file at 'taken.tif'"),
        ({"file_size": "-1"}, "file_size", "greater than or equal to 0"),
        ({"file_size": str(2**63)}, "file_size", "must be at most"),
        ({"sha256": "abc"}, "sha256", "must have 64 hexadecimal digits."),
    ],
)
def test_what_is_wrong_with_a_registration_is_said_beside_its_field(
    operator: Client, raw: Workspace, changes: dict[str, str], field: str, said: str
) -> None:
    make_file(file_path="taken.tif")
    body = {"workspace": "raw", "file_path": "scene.tif", "file_size": "1", **changes}
    answer = operator.post(REGISTER, body)
    assert answer.status_code == 400
    assert any(said in sentence for sentence in answer.context["form"].errors[field]), answer.context["form"].errors
    assert File.objects.count() == 1


def test_a_registration_in_a_deprecated_workspace_is_warned_of(operator: Client, raw: Workspace) -> None:
    fields: Any = {"is_active": False}
    edit_workspace(name="raw", fields=fields)
    answer = operator.post(REGISTER, {"workspace": "raw", "file_path": "scene.tif", "file_size": "1"})
    assert "raw is deprecated, so that no more files should be put there." in read(operator, answer["Location"])


@pytest.mark.parametrize("page", ["register/", "{pk}/edit/", "{pk}/delete/", "{pk}/restore/"])
def test_others_are_refused(client: Client, logged_in: Callable[..., Client], product: File, page: str) -> None:
    url = URL + page.format(pk=product.pk)
    for browser, status in ((client, 302), (logged_in("Publishers"), 403)):
        assert browser.get(url).status_code == status
        assert browser.post(url, {"media_type": "a/b"}).status_code == status
    product.refresh_from_db()
    assert (File.objects.count(), product.media_type, product.is_deleted) == (1, "image/png", False)


@pytest.mark.parametrize("page", ["", "{pk}/"])
def test_reading_is_public_or_for_accounts(
    client: Client, logged_in: Callable[..., Client], settings: Any, product: File, page: str
) -> None:
    url = URL + page.format(pk=product.pk)
    shown(client, url)
    settings.PUBLIC_READ_API = False
    assert client.get(url)["Location"] == f"/accounts/login/?next={url}"
    shown(logged_in(), url)
