"""The pages as a person sees them."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect
from rest_framework.test import APIClient

from job_types.models import JobType
from jobs.models import Node
from tests.factories import example, make_body, make_job, make_job_type
from tests.recipes.factories import job_node, make_recipe
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(db: None) -> None:
    get_user_model().objects.create_superuser("operator", password="a password of the tests")


def log_in(page: Page, url: str, button: str) -> None:
    page.goto(url)
    page.fill("input[name=username]", "operator")
    page.fill("input[name=password]", "a password of the tests")
    page.click(button)


def test_the_api_document_renders_every_operation(page: Page) -> None:
    page.goto("/v6/docs/")
    expect(page.locator(".opblock")).to_have_count(65)
    page.click("#operations-workspaces-workspaces_list .opblock-summary-control")
    page.click("#operations-workspaces-workspaces_list .try-out__btn")
    page.click("#operations-workspaces-workspaces_list .execute")
    expect(page.locator("#operations-workspaces-workspaces_list .live-responses-table .response")).to_contain_text(
        '"count": 0'
    )


def test_the_browsable_api_shows_a_list_and_takes_a_log_in_and_out(page: Page, operator: None) -> None:
    make_job_type("shown")
    log_in(page, "/accounts/login/?next=/v6/job-types/", "button")
    expect(page.locator(".response-info")).to_contain_text("shown")
    expect(page.locator("textarea[name=_content]")).to_be_visible()
    page.click("#log-out")
    expect(page.locator(".navbar")).to_contain_text("Log in")
    expect(page.locator(".response-info")).to_contain_text("shown")
    expect(page.locator("textarea[name=_content]")).to_have_count(0)


def test_an_operator_finds_pauses_and_reads_a_job_type(
    page: Page, operator: None, staff: APIClient, workspaces: None
) -> None:
    staff.post("/v6/job-types/", example("add-seed-image"), format="json")
    log_in(page, "/admin/login/?next=/admin/job_types/jobtype/?q=sample", "input[type=submit]")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.check("#result_list tbody input[type=checkbox]")
    page.select_option("select[name=action]", "pause")
    page.click("button[name=index]")
    expect(page.locator("#content")).to_contain_text("Pause 1 job type?")
    page.click("input[value='Pause 1 job type']")
    expect(page.locator(".messagelist")).to_be_visible()
    assert JobType.objects.get().is_paused
    page.click("#result_list tbody th a")
    expect(page.locator("#content")).to_contain_text("som.host.name")
    expect(page.locator("#content")).to_contain_text("/the/container/path")
    assert "secret_password" not in page.content()


def test_an_operator_on_an_outdated_page_reverts_nothing_and_learns_who_was_faster(
    page: Page, operator: None, staff: APIClient
) -> None:
    job_type = make_job_type()
    url = f"/admin/job_types/jobtype/{job_type.pk}/change/"
    log_in(page, f"/admin/login/?next={url}", "input[type=submit]")
    edit = {"is_paused": True, "max_scheduled": 7}
    assert staff.patch("/v6/job-types/test/1.0.0/", edit, format="json").status_code == 200
    page.fill("input[name=icon_code]", "f013")
    page.click("input[name=_continue]")
    faster = "staff (api) set max_scheduled to “7” and is_paused to yes"
    expect(page.locator(".messagelist")).to_contain_text(faster)
    expect(page.locator("input[name=max_scheduled]")).to_have_value("7")
    job_type.refresh_from_db()
    assert (job_type.icon_code, job_type.is_paused, job_type.max_scheduled) == ("f013", True, 7)


def test_an_account_that_is_no_staff_makes_a_token_uses_it_and_revokes_it(page: Page) -> None:
    account = get_user_model().objects.create_user("operator", password="a password of the tests")
    account.groups.set(Group.objects.filter(name="Publishers"))
    log_in(page, "/accounts/login/?next=/v6/job-types/", "button")
    page.click("text=API tokens")
    expect(page.locator("#tokens")).to_contain_text("No tokens yet")
    page.fill("#id_name", "laptop")
    page.click("text=Make a token")
    token = page.locator("#new-token pre").inner_text()
    program = APIClient(headers={"Authorization": f"Bearer {token}"})
    assert program.post("/v6/job-types/", make_body("mine"), format="json").status_code == 201
    assert program.post("/v6/workspaces/", {"name": "raw"}, format="json").status_code == 403
    page.goto("/tokens/")
    expect(page.locator("#tokens tbody tr")).to_contain_text(["laptop"])
    expect(page.locator("#tokens tbody tr")).not_to_contain_text(["never"])
    assert token not in page.content()
    page.click("text=Revoke")
    expect(page.locator(".message")).to_contain_text("The token was revoked")
    assert program.get("/v6/job-types/").status_code == 401
    page.click(".menu summary:has(.name)")
    page.click("#log-out")
    page.goto("/tokens/")
    expect(page.locator("input[name=password]")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/admin/", "Audit"),
        ("/admin/audit/record/", "recipe"),
        ("/admin/job_types/jobtype/{job_type}/change/", "seedVersion"),
        ("/admin/job_types/jobtyperevision/", "test"),
        ("/admin/recipes/recipetype/{recipe_type}/change/", "test 1.0.0"),
        ("/admin/workspaces/workspace/add/", "Base url"),
        ("/admin/knox/authtoken/add/", "Expiry"),
        ("/admin/jobs/job/", "Select job"),
        ("/v6/job-types/test/1.0.0/", "seedVersion"),
        ("/v6/recipe-types/?keyword=recipe", "recipe"),
        ("/v6/audit/", "recipe_type"),
    ],
)
def test_no_page_makes_the_browser_report_a_problem(page: Page, operator: None, path: str, shown: str) -> None:
    job_type = make_job_type()
    recipe_type = make_recipe(definition={"nodes": {"a": job_node("test")}})
    log_in(page, "/admin/login/?next=/admin/", "input[type=submit]")
    page.goto(path.format(job_type=job_type.pk, recipe_type=recipe_type.pk))
    expect(page.locator("body")).to_contain_text(shown)


def test_the_lists_of_the_admin_fit_a_window_of_1400_pixels(page: Page, operator: None) -> None:
    long = "-".join(["a-rather-long-name"] * 2)
    job_type = make_job_type(long, "1.0.0-rc.1")
    make_recipe(long, definition={"nodes": {"a": job_node(long, "1.0.0-rc.1")}})
    create_workspace(name=long, fields={})
    Node.objects.create(hostname=f"{long}.example.com")
    make_job(job_type, "FAILED", node=f"{long}.example.com", num_exes=1)
    page.set_viewport_size({"width": 1400, "height": 900})
    log_in(page, "/admin/login/?next=/admin/", "input[type=submit]")
    lists = "job_types/jobtype jobs/job jobs/jobexecution jobs/node errors/error workspaces/workspace audit/record"
    for name in (*lists.split(), "recipes/recipetype", "auth/user"):
        page.goto(f"/admin/{name}/")
        hidden = page.locator(".results").evaluate("element => element.scrollWidth - element.clientWidth")
        assert (name, hidden) == (name, 0)


def test_an_operator_requeues_a_failed_job_from_its_page_and_is_asked_first(page: Page, operator: None) -> None:
    job = make_job(make_job_type(), "FAILED", num_exes=1)
    log_in(page, f"/admin/login/?next=/admin/jobs/job/{job.pk}/change/", "input[type=submit]")
    page.click("text=Requeue…")
    expect(page.locator("h1")).to_contain_text("Requeue 1 job?")
    page.click("input[value='Requeue 1 job']")
    expect(page.locator(".messagelist")).to_contain_text("1 job requeued.")
    job.refresh_from_db()
    assert job.status == "QUEUED"


def test_the_widgets_of_the_admin_work(page: Page, operator: None) -> None:
    make_job_type("shown")
    log_in(page, "/admin/login/?next=/admin/knox/authtoken/add/", "input[type=submit]")
    page.fill("#id_expiry_0", "")
    page.click(".datetimeshortcuts a >> nth=0")
    expect(page.locator("#id_expiry_0")).not_to_have_value("")
    page.goto("/admin/job_types/jobtype/")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.click("#changelist-filter a >> text=No >> nth=0")
    expect(page.locator("#result_list")).to_have_count(0)


def test_the_graph_of_a_recipe_is_drawn_and_documents_scroll(page: Page, operator: None) -> None:
    make_job_type()
    recipe_type = make_recipe(definition={"nodes": {"a": job_node("test")}})
    log_in(page, f"/admin/login/?next=/admin/recipes/recipetype/{recipe_type.pk}/change/", "input[type=submit]")
    box = page.locator(".scale-drawing svg rect").bounding_box()
    assert box
    assert box["width"] > 200
    style = "element => getComputedStyle(element).whiteSpace"
    assert page.locator(".scale-document").first.evaluate(style) == "pre-wrap"


def test_the_browsable_api_takes_a_change_and_its_dialogs_open(page: Page, operator: None) -> None:
    create_workspace(name="raw", fields={})
    log_in(page, "/accounts/login/?next=/v6/workspaces/raw/", "button")
    page.fill("textarea[name=_content]", '{"title": "Changed in a browser"}')
    page.click("button[data-method=PATCH]")
    expect(page.locator(".response-info")).to_contain_text("Changed in a browser")
    page.goto("/v6/workspaces/")
    page.click("button[data-target='#filtersModal']")
    expect(page.locator("#filtersModal")).to_be_visible()
    page.fill("#filtersModal input[name=name]", "other")
    page.click("#filtersModal button[type=submit]")
    expect(page.locator(".response-info")).to_contain_text('"count": 0')
