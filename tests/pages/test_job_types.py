"""The lists of job types, a job type, its revisions."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from errors.models import Error
from job_types.models import JobType
from job_types.services import edit_job_type
from metrics.hours import fold, recount
from tests.factories import interface, make_body, make_job, make_job_type, make_manifest
from tests.pages.reading import read
from tests.recipes.factories import FIRST, chain, job_node, make_pair, make_recipe

pytestmark = pytest.mark.django_db

URL = "/job-types/test/1.0.0/"


def names(client: Client, url: str) -> list[str]:
    """The names on a page of the list, each with its versions."""
    rows = client.get(url).context["rows"]
    return [
        f"{row['latest']['name']} {' '.join(version['version'] for version in row['versions'])}" for row in rows
    ]


def numbers(work: dict[str, Any]) -> dict[str, int]:
    return {number["title"]: number["value"] for number in work["numbers"]}


def end_jobs(job_type: JobType) -> None:
    """Let three jobs of a job type end, one of which an hour earlier, and be counted."""
    recount()
    now = timezone.now()
    make_job(job_type, "COMPLETED", last_status_change=now)
    make_job(job_type, "COMPLETED", last_status_change=now - timedelta(hours=1))
    make_job(job_type, "FAILED", last_status_change=now)
    fold()


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_list_has_a_row_for_each_name_with_its_versions_newest_first(client: Client) -> None:
    for name, version in (("b", "1.0.0"), ("a", "1.9.0"), ("a", "1.10.0")):
        make_job_type(name, version)
    assert names(client, "/job-types/") == ["a 1.10.0 1.9.0", "b 1.0.0"]
    assert names(client, "/job-types/?order=-name") == ["b 1.0.0", "a 1.10.0 1.9.0"]


def test_a_name_shows_its_latest_versions_and_how_many_more_there_are(client: Client) -> None:
    for minor in range(6):
        make_job_type("test", f"1.{minor}.0")
    (row,) = client.get("/job-types/").context["rows"]
    assert [version["version"] for version in row["versions"]] == ["1.5.0", "1.4.0", "1.3.0", "1.2.0"]
    assert "2 more" in read(client, "/job-types/")


def test_the_list_is_filtered_by_the_url(client: Client) -> None:
    make_job_type("tiler", job={"tags": ["imagery"]})
    make_job_type("mask")
    make_job_type("old", is_active=False)
    assert names(client, "/job-types/?keyword=IMAGE") == ["tiler 1.0.0"]
    assert names(client, "/job-types/?is_active=false&keyword=") == ["old 1.0.0"]
    assert 'value="IMAGE"' in client.get("/job-types/?keyword=IMAGE").content.decode()
    assert "No job type matches" in read(client, "/job-types/?keyword=nothing")
    assert "the nearest known one is keyword" in read(client, "/job-types/?keywrd=a", 400)


def test_pages_of_the_list_keep_the_filters(client: Client) -> None:
    for number in range(26):
        make_job_type(f"test-{number}")
    page = client.get("/job-types/?keyword=test").content.decode()
    assert 'href="/job-types/?keyword=test&amp;page=2"' in page
    assert len(names(client, "/job-types/?keyword=test&page=2")) == 1


def test_a_row_shows_what_waits_runs_and_ended_of_all_versions(client: Client) -> None:
    one, other = make_job_type("test", "1.0.0"), make_job_type("test", "2.0.0")
    for job_type, status in ((one, "QUEUED"), (other, "QUEUED"), (other, "RUNNING")):
        make_job(job_type, status)
    end_jobs(other)
    (row,) = client.get("/job-types/").context["rows"]
    assert numbers(row["work"]) == {"Queued": 2, "Running": 1, "Completed": 2, "Failed": 1}
    assert row["work"]["line"].values[-2:] == [1, 2]
    latest, first = client.get("/job-types/test/").context["rows"]
    assert numbers(latest["work"]) == {"Queued": 1, "Running": 1, "Completed": 2, "Failed": 1}
    assert numbers(first["work"]) == {"Queued": 1, "Running": 0, "Completed": 0, "Failed": 0}


def test_an_empty_list_says_what_to_do_next(client: Client) -> None:
    assert "No job types yet" in read(client, "/job-types/")
    assert "There is no job type test." in read(client, "/job-types/test/", 404)


def test_lists_and_a_job_type_cost_as_few_queries_as_listed(client: Client) -> None:
    for number in range(1, 4):
        make_job_type("test", f"{number}.0.0")
        make_job_type(f"test-{number}")
    costs = {"/job-types/": 4, "/job-types/test/": 3, URL: 10, f"{URL}revisions/1/": 1}
    assert {url: queries(client, url) for url in costs} == costs
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    end_jobs(JobType.objects.get(name="test", version="1.0.0"))
    assert queries(client, URL) == 11  # and the recipe types


def test_a_job_type_shows_its_interface_resources_and_configuration(client: Client, workspaces: None) -> None:
    job = {
        "resources": {"scalar": [{"name": "cpus", "value": 2.0}, {"name": "mem", "value": 512.0}]},
        **interface(
            inputs={
                "files": [{"name": "IMAGE", "mediaTypes": ["image/tiff"], "multiple": True}],
                "json": [{"name": "LEVEL", "type": "integer", "required": False}],
            },
            outputs={"files": [{"name": "MASK", "pattern": "*.png"}]},
            mounts=[{"name": "DATA", "path": "/data", "mode": "rw"}, {"name": "TMP", "path": "/tmp"}],
            settings=[{"name": "HOST"}, {"name": "PASSWORD", "secret": True}, {"name": "KEY", "secret": True}],
        ),
    }
    configuration = {
        "mounts": {"DATA": {"type": "host", "host_path": "/srv/data"}},
        "output_workspaces": {"default": "workspace_1"},
        "settings": {"HOST": "example.com", "PASSWORD": "secret of the tests"},
    }
    make_job_type(job=job, configuration=configuration)
    page = read(client, URL)
    for shown in (
        "IMAGE files: image/tiff",
        "LEVEL integer: optional",
        "MASK file: *.png, application/octet-stream",
        "CPUs 2 Memory 512 MiB",
        "HOST example.com",
        "PASSWORD set",
        "KEY not set",
        "DATA /data (rw) host: /srv/data",
        "TMP /tmp (ro) not mounted",
        "MASK *.png to workspace workspace_1",
    ):
        assert shown in page
    assert "secret of the tests" not in client.get(URL).content.decode()


def test_a_job_type_shows_its_work_its_errors_and_its_recipes(client: Client) -> None:
    job_type = make_job_type(
        job={"errors": [{"code": 1, "name": "no-data", "title": "No data", "category": "data"}]}
    )
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    make_job(job_type, "RUNNING")
    end_jobs(job_type)
    make_job(job_type, "FAILED", error=Error.objects.get(name="no-data"))
    fold()
    content = client.get(URL).context
    figures = [
        (one["title"], one["value"], client.get(one["url"]).context["page"].paginator.count)
        for one in content["figures"]
    ]
    assert figures == [("Queued", 0, 0), ("Running", 1, 1), ("Completed", 2, 2), ("Failed", 2, 2)]
    assert [(row["error"]["name"], row["count"]) for row in content["errors"]] == [("no-data", 1), ("unknown", 1)]
    completed = next(one for one in content["charts"][0].series if one.title == "Completed")
    assert (len(completed.values), sum(filter(None, completed.values))) == (48, 2)
    assert [one["name"] for one in content["job_type"]["recipe_types"]] == ["recipe"]


def test_the_time_of_the_charts_is_in_the_url(client: Client) -> None:
    make_job_type()
    assert len(client.get(f"{URL}?started=P31D").context["charts"][0].starts) == 32
    assert "started" in read(client, f"{URL}?started=never", 400)
    assert "unknown query parameter" in read(client, f"{URL}?window=P1D", 400)


def test_a_job_type_or_revision_that_does_not_exist_is_a_404_in_words(client: Client) -> None:
    make_job_type()
    assert "There is no job type test in version 2.0.0" in read(client, "/job-types/test/2.0.0/", 404)
    for url in (f"{URL}revisions/2/", f"{URL}revisions/1/?against=2", f"{URL}revisions/1/?against={10**30}"):
        assert "There is no revision" in read(client, url, 404)
    assert "There is no revision x." in read(client, f"{URL}revisions/1/?against=x", 404)


def test_a_revision_is_shown_beside_the_one_before_or_any_other(client: Client) -> None:
    make_job_type()
    for title in ("Second", "Third"):
        manifest = make_manifest(title=title)
        edit_job_type(name="test", version="1.0.0", fields={"manifest": manifest, "docker_image": f"test:{title}"})
    page = read(client, f"{URL}revisions/3/")
    assert "Against revision 2" in page
    assert 'removed: − "title": "Second" 12 added: + "title": "Third"' in page
    assert "Image of revision 2 test:Second" in page
    assert 'removed: − "title": "Title of test"' in read(client, f"{URL}revisions/3/?against=1")
    first = client.get(f"{URL}revisions/1/")
    assert first.context["other"] is None


def test_a_revision_says_what_it_means_to_recipes(client: Client) -> None:
    make_pair()
    make_recipe("pair", definition=chain())
    inputs_alone = make_manifest("first", **interface(inputs=FIRST["interface"]["inputs"]))
    edit_job_type(name="first", version="1.0.0", fields={"manifest": inputs_alone})
    text = read(client, "/job-types/first/1.0.0/revisions/2/")
    assert "The output 'mask' is gone: recipes that use it cannot any more." in text
    assert "The recipe type pair breaks: node 'report': " in text
    back = read(client, "/job-types/first/1.0.0/revisions/1/?against=2")
    assert "The output 'mask' is new: no recipe uses it yet." in back
    assert "The recipe type pair goes on as it is." in back


def test_what_an_account_may_not_do_is_not_offered(client: Client, logged_in: Any) -> None:
    make_job_type()
    make_job_type("system")
    JobType.objects.filter(name="system").update(is_system=True)
    offered = {
        "anyone": client,
        "worker": logged_in("Workers", username="worker"),
        "publisher": logged_in("Publishers", username="publisher"),
        "operator": logged_in("Operators", username="operator"),
    }
    found = {
        who: [
            [
                word
                for word in ("pause/", "configuration/", "deprecate/")
                if f"{url}{word}" in browser.get(url).content.decode()
            ]
            for url in (URL, "/job-types/system/1.0.0/")
        ]
        for who, browser in offered.items()
    }
    everything = ["pause/", "configuration/", "deprecate/"]
    assert found == {
        "anyone": [[], []],
        "worker": [[], []],
        "publisher": [everything, []],
        "operator": [everything, ["pause/"]],
    }


def test_readers_see_job_types_only_while_reading_is_public(client: Client, logged_in: Any, settings: Any) -> None:
    make_job_type()
    settings.PUBLIC_READ_API = False
    for url in ("/job-types/", "/job-types/test/", URL, f"{URL}revisions/1/", "/job-types/validation/"):
        assert client.get(url)["Location"] == f"/accounts/login/?next={url}"
        assert logged_in(username=url).get(url).status_code == 200


def test_markup_in_a_manifest_is_shown_as_text(client: Client) -> None:
    text = "<script>alert(1)</script>"
    job = interface(settings=[{"name": "A"}]) | {"title": text, "description": text, "tags": [text]}
    make_job_type(job=job, configuration={"settings": {"A": text}})
    for url in ("/job-types/", "/job-types/test/", URL, f"{URL}revisions/1/"):
        assert "<script>alert" not in client.get(url).content.decode()


def test_documents_of_other_days_are_shown(client: Client) -> None:
    job_type = make_job_type()
    manifest = make_body()["manifest"] | {"job": {"interface": {"inputs": [], "mounts": [{}]}, "errors": 5}}
    JobType.objects.filter(pk=job_type.pk).update(manifest=manifest, configuration={"mounts": {"": {}}})
    assert client.get(URL).status_code == 200
