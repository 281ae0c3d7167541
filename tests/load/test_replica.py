"""Two web processes that read from a replica: writers see their writes at once, through each of them."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client as Browser
from knox.models import AuthToken

from job_types.models import JobType
from scale.models import LastWrite
from tests.factories import make_body
from tests.load.database import wait_for
from tests.load.place import PATH, Place, get, new_token, prepare, rename, serving, titles
from tests.load.replica import Replica
from tests.load.server import Client

WRITERS, SECONDS = 6, 4.0
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_writer_sees_its_write_at_once_and_others_see_it_when_the_replica_does(place: Place) -> None:
    prepare(place)
    writer, other = place.clients(new_token("writer")), place.clients(new_token("other"))
    readers = (
        place.clients() + place.clients(new_token("reader")) + place.clients(new_token("user", is_staff=False))
    )
    with place.replica.paused():
        assert rename(other[0], "New") == 2
        assert titles(readers + writer) == {"Old"}
        assert titles(other) == {"New"}
        status, answer = writer[1].send("POST", "/v6/job-types/", make_body("added"))
        assert (status, answer["revision_num"]) == (201, 1)
        assert titles(writer) == {"New"}
        for client in writer:
            assert get(client, "/v6/job-types/added/1.0.0/")["name"] == "added"
            assert get(client, "/v6/job-types/?keyword=added")["count"] == 1
            assert get(client, "/v6/job-types/added/1.0.0/revisions/")["count"] == 1
        for client in readers:
            assert client.send("GET", "/v6/job-types/added/1.0.0/")[0] == 404
            assert get(client, "/v6/job-types/?keyword=added")["count"] == 0
    place.replica.catch_up()
    for client in [*readers, *writer, *other]:
        assert get(client)["title"] == "New"
        assert get(client, "/v6/job-types/added/1.0.0/revisions/")["count"] == 1
    with place.replica.paused():
        rename(other[1], "Newest")
        assert titles(writer + readers) == {"New"}
        assert titles(other) == {"Newest"}


def test_the_tag_of_a_write_is_the_current_one_although_the_replica_is_behind(place: Place) -> None:
    prepare(place)
    writer = place.clients(new_token("writer"))
    readers = place.clients()
    get(readers[0])
    old = readers[0].answered["ETag"]
    with place.replica.paused():
        rename(writer[0], "New")
        new = writer[0].answered["ETag"]
        for mine, theirs in zip(writer, readers, strict=True):
            assert mine.send("GET", PATH, **{"If-None-Match": new})[0] == 304
            assert mine.send("GET", PATH, **{"If-None-Match": old})[0] == 200
            assert theirs.send("GET", PATH, **{"If-None-Match": old})[0] == 304
        # An editor who is refused, because somebody else was faster, sees that change.
        late = place.clients(new_token("late"))
        assert titles(late) == {"Old"}
        assert late[0].send("PATCH", PATH, {"is_paused": True}, **{"If-Match": old})[0] == 412
        assert titles(late) == {"New"}


def test_an_operator_sees_through_the_api_what_the_admin_changed(place: Place) -> None:
    prepare(place)
    browser = Browser()
    browser.force_login(get_user_model().objects.create_superuser("operator"))
    secret = "c" * 32
    headers = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}; csrftoken={secret}"}
    form = urlencode({"name": "raw", "is_active": "on", "csrfmiddlewaretoken": secret})
    with place.replica.paused():
        client = Client(place.servers[0].port)
        sent = headers | {"Content-Type": "application/x-www-form-urlencoded"}
        client.connection.request("POST", "/admin/workspaces/workspace/add/", form, sent)
        answer = client.connection.getresponse()
        assert (answer.status, answer.read()) == (302, b"")
        for client in place.clients():
            assert client.send("GET", "/v6/workspaces/raw/", **headers)[0] == 200
            assert client.send("GET", "/v6/workspaces/raw/")[0] == 404


def test_accounts_and_tokens_are_read_from_the_primary(place: Place) -> None:
    prepare(place)
    account = get_user_model().objects.create_user("leaver", is_staff=True)
    tokens = [AuthToken.objects.create(account)[1] for _ in range(2)]
    clients = place.clients(tokens[0])
    titles(clients)
    with place.replica.paused():
        AuthToken.objects.filter(token_key=tokens[0][:15]).delete()
        assert [client.send("GET", PATH)[0] for client in clients] == [401, 401]
        titles(place.clients(tokens[1]))
        titles(place.clients(new_token("new")))


def test_with_asynchronous_commit_a_writer_sees_its_writes_too(place: Place, tmp_path: Path) -> None:
    prepare(place)
    token = new_token("writer")
    with setting(place.replica.name, "synchronous_commit = off"), serving(tmp_path, place.replica) as server:
        writer = Client(server.port, token)
        get(writer)
        with place.replica.paused():
            for number in range(20):
                rename(writer, f"New {number}")
                assert get(writer)["title"] == f"New {number}"


@contextmanager
def setting(database: str, value: str) -> Iterator[None]:
    """Change a setting of the connections to the primary that begin meanwhile."""
    name = value.partition(" ")[0]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{database}" SET {value}')
        try:
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{database}" RESET {name}')


class Writer(threading.Thread):
    """An account that edits a job type of its own, and reads it through all web processes in turn."""

    def __init__(self, number: int, place: Place, token: str, end: float) -> None:
        super().__init__()
        self.name = f"own-{number}"
        self.path = f"/v6/job-types/{self.name}/1.0.0/"
        self.clients, self.end = place.clients(token), end
        self.answers: Counter[int] = Counter()
        self.reads = 0  # from the table of job types, once each
        self.stale: list[tuple[str, int, int]] = []

    def run(self) -> None:
        self._send(self.clients[0], "POST", "/v6/job-types/", make_body(self.name))
        number = 1
        while time.monotonic() < self.end:
            edit = {"docker_image": f"image:{number + 1}"}
            answer = self._send(self.clients[number % 2], "PATCH", self.path, edit)
            number = answer["revision_num"]
            for client in (self.clients[(number + 1) % 2], self.clients[number % 2]) * 2:
                self._check("details", number, self._read(client, self.path)["revision_num"])
                revisions = self._read(client, f"{self.path}revisions/")["results"]
                self._check("revisions", number, revisions[0]["revision_num"])
                self._check("image", number, int(revisions[0]["docker_image"].partition(":")[2]))

    def _read(self, client: Client, path: str) -> Any:
        self.reads += 1
        return self._send(client, "GET", path)

    def _send(self, client: Client, method: str, path: str, body: Any = None) -> Any:
        status, answer = client.send(method, path, body)
        self.answers[status] += 1
        return answer

    def _check(self, kind: str, written: int, read: int) -> None:
        if read != written:
            self.stale.append((kind, written, read))


@contextmanager
def stuttering(replica: Replica, is_on: bool) -> Iterator[None]:
    """Pause the replay of the replica for a third of the time."""
    over = threading.Event()

    def stutter() -> None:
        while not over.wait(0.2):
            replica.ask("SELECT pg_wal_replay_pause()")
            time.sleep(0.1)
            replica.ask("SELECT pg_wal_replay_resume()")

    thread = threading.Thread(target=stutter)
    if is_on:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if is_on:
            thread.join()


@pytest.mark.parametrize("stutters", [False, True], ids=["streaming", "stuttering"])
def test_many_writers_read_their_own_writes_through_all_web_processes(place: Place, stutters: bool) -> None:
    prepare(place)
    tokens = [new_token(f"writer-{number}") for number in range(WRITERS)]
    before = place.replica.reads()
    end = time.monotonic() + SECONDS
    writers = [Writer(number, place, token, end) for number, token in enumerate(tokens)]
    with stuttering(place.replica, stutters):
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    answers = sum((writer.answers for writer in writers), Counter())
    reads, by_replica = sum(writer.reads for writer in writers), place.replica.reads() - before
    print(f"\n{WRITERS} writers: {dict(answers)}; of {reads} reads {by_replica} by the replica")
    assert [writer.stale for writer in writers if writer.stale] == []
    assert set(answers) == {200, 201}
    assert 0 < by_replica <= reads
    if stutters:
        assert by_replica < reads
    assert JobType.objects.count() == WRITERS + 1


def test_a_writer_who_was_held_up_does_not_move_the_position_of_its_account_back(place: Place) -> None:
    prepare(place)
    clients = place.clients(new_token("fleet"))
    rename(clients[0], "New")
    late = threading.Thread(target=rename, args=(clients[1], "Newer"))
    with transaction.atomic(), connection.cursor() as cursor:
        LastWrite.objects.select_for_update().get()
        late.start()
        wait_for(partial(is_somebody_waiting, cursor))
        cursor.execute(
            "UPDATE scale_lastwrite SET position = pg_current_wal_insert_lsn() - '0/0' RETURNING position"
        )
        position = cursor.fetchone()[0]
    late.join()
    assert LastWrite.objects.get().position > position


def is_somebody_waiting(cursor: Any) -> bool:
    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
    return bool(cursor.fetchone()[0])
