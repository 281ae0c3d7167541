"""What further runs do after everything has arrived, and that it is as it was there."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalogue.models import Revision
from core.encryption import decrypt
from takeover.comparing import Ours
from tests.takeover.acceptance.house import OF_THIS_SERVICE, bring, house, outcomes, rows
from tests.takeover.replay import Replay
from workspaces.models import WorkspaceSecret

_WRITE = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')


def test_all_revisions_arrive_with_their_times_and_images(moved: Replay) -> None:
    for row in moved.recordings.job_types:
        if row["name"] in OF_THIS_SERVICE or "revisions" not in row:
            continue
        here = Ours().rows(f"job-types/{row['name']}/{row['version']}/revisions/")
        shown = [(one["revision_num"], one["docker_image"], one["created"]) for one in here]
        theirs = [(one["revision_num"], one["docker_image"], one["created"]) for one in row["revisions"]]
        assert shown == theirs, row["name"]


def test_credentials_that_members_of_the_staff_see_are_stored_encrypted(moved: Replay) -> None:
    stored = {secret.name: decrypt(secret.token) for secret in WorkspaceSecret.objects.all()}
    assert stored == {
        "access_key_id": "AKIAEXAMPLEEXAMPLE00",
        "secret_access_key": "made-up-secret-made-up-secret",
    }


def test_a_second_run_writes_nothing_but_when_it_ran(moved: Replay) -> None:
    before, revision = house(), Revision.objects.get().number
    with CaptureQueriesContext(connection) as queries:
        report = bring(moved)
    written = {found[1] for query in queries for found in [_WRITE.match(query["sql"])] if found}
    assert written == {"takeover_takeover"}
    assert outcomes(report) == {"unchanged": 93}
    assert (house(), Revision.objects.get().number) == (before, revision)


def test_a_further_run_brings_what_changed_there_and_nothing_else(moved: Replay) -> None:
    before = rows()
    changed = next(row for row in moved.recordings.job_types if row["name"] == "mosaic")
    changed |= {"max_scheduled": 7, "last_modified": "2026-11-26T08:00:00Z"}
    report = bring(moved)
    assert outcomes(report)["updated"] == 1
    here = Ours().get("job-types/mosaic/3.0.0/") or {}
    assert (here["max_scheduled"], here["last_modified"]) == (7, "2026-11-26T08:00:00Z")
    assert {label: count for label, count in rows().items() if count != before[label]} == {
        "audit.Record": before["audit.Record"] + 1
    }
