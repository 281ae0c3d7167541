"""Two web processes that read from a replica, and the requests of clients to them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from knox.models import AuthToken

from tests.factories import make_job_type, make_manifest
from tests.load.database import wait_for
from tests.load.replica import Replica
from tests.load.server import Client, Server

PATH = "/v6/job-types/test/1.0.0/"


@dataclass(frozen=True, slots=True)
class Place:
    """The replica, and the web processes that read from it."""

    replica: Replica
    servers: tuple[Server, ...]

    def clients(self, token: str = "") -> list[Client]:
        """Return a client of each web process."""
        return [Client(server.port, token) for server in self.servers]

    def log(self) -> str:
        return "".join(server.log.read_text(encoding="utf-8") for server in self.servers)


def serving(folder: Path, replica: Replica) -> Server:
    return Server(folder, DATABASE_REPLICA_URL=replica.url, WEB_CONCURRENCY="1")


def prepare(place: Place) -> None:
    """Register the job type that these tests read, and wait until all web processes read it from the replica."""
    make_job_type(job={"title": "Old"})
    place.replica.catch_up()
    for client in place.clients():
        wait_for(partial(is_read_from_replica, place, client))


def is_read_from_replica(place: Place, client: Client) -> bool:
    before = place.replica.reads()
    return get(client)["title"] == "Old" and place.replica.reads() > before


def new_token(username: str, *, is_staff: bool = True) -> str:
    account = get_user_model().objects.create_user(username, is_staff=is_staff)
    return AuthToken.objects.create(account)[1]


def get(client: Client, path: str = PATH) -> Any:
    status, answer = client.send("GET", path)
    assert status == 200, answer
    return answer


def titles(clients: list[Client]) -> set[str]:
    return {get(client)["title"] for client in clients}


def rename(client: Client, title: str) -> int:
    """Return the number of the revision with this title."""
    status, answer = client.send("PATCH", PATH, {"manifest": make_manifest(title=title)})
    assert status == 200, answer
    return int(answer["revision_num"])
