"""One Docker Engine, one Podman and one registry for all tests of images."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.images.engines import Engine, docker_engine, docker_registry, podman_engine
from tests.images.installed import install
from tests.images.running import Desk


@pytest.fixture(scope="session")
def docker_daemon() -> Iterator[Engine]:
    """A Docker Engine, without any image."""
    with docker_engine() as engine:
        yield engine


@pytest.fixture(scope="session")
def podman_daemon() -> Iterator[Engine]:
    """The service of a Podman, without any image."""
    with podman_engine() as engine:
        yield engine


@pytest.fixture(scope="session", params=["docker_daemon", "podman_daemon"], ids=["docker", "podman"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each of the engines in turn."""
    engine: Engine = request.getfixturevalue(request.param)
    return engine


@pytest.fixture(scope="session")
def registry() -> Iterator[str]:
    """The ``127.0.0.1:port`` of a registry that anyone may push to."""
    with docker_registry() as address:
        yield address


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    """Where a developer runs images, with each engine in turn."""
    return Desk(engine, tmp_path)


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder with the commands of an environment in which only the wheel and what it needs are installed."""
    folder = tmp_path_factory.mktemp("installation")
    yield install(folder)
    shutil.rmtree(folder)
