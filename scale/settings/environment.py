"""The settings that operators set, in the environment or in the file ``.env``: a table of what each may be.

It needs the standard library alone, so that ``make run`` reads it before anything is installed.
"""

import os
import re
import secrets
import sys
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar, get_type_hints

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# `sqlite:///file`, or where PostgreSQL is: `host` and `port`, several of them with commas between, or neither.
DATABASE = re.compile(
    r"sqlite:///.+|"
    r"(?:postgres|postgresql|pgsql|psql)://(?:.*@)?"
    r"(?P<host>\[[\w:.]+\]|[\w.%-]*)(?::(?P<port>\d{1,5}))?(?P<others>(?:,[\w.:%\[\]-]+)*)"
    r"/[^/?#]+(?:\?.*)?"
)
# A registry of images, and its options, as ``seed.registry.Registry`` reads them.
_REGISTRY = re.compile(
    r"(?:https?://)?(?:\[[\w:.]+\]|[\w.-]+)(?::(\d{1,5}))?"
    r"(?:\s+(?:internal|(?:internal|tokens|blobs|ca)=\S+))*"
)
_ADDRESS = re.compile(r"(?:\[[\w:.]+\]|[\w.-]+):(\d{1,5})")


class Kind(NamedTuple):
    """What a setting must be, in words, and what reads its text; that raises ValueError for anything else."""

    words: str
    read: Callable[[str], object]


def text(words: str, holds: Callable[[str], object]) -> Kind:
    """Return the kind of a text for which ``holds`` is true."""

    def read(value: str) -> str:
        if not holds(value):
            raise ValueError
        return value

    return Kind(words, read)


def several(words: str, holds: Callable[[str], object]) -> Kind:
    """Return the kind of texts with commas between, for each of which ``holds`` is true."""

    def read(value: str) -> tuple[str, ...]:
        values = tuple(filter(None, map(str.strip, value.split(","))))
        if not values or not all(map(holds, values)):
            raise ValueError
        return values

    return Kind(f"{words}, with commas between", read)


def whole(least: int, most: int) -> Kind:
    """Return the kind of a whole number from ``least`` to ``most``."""

    def read(value: str) -> int:
        number = int(value)
        if not least <= number <= most:
            raise ValueError
        return number

    return Kind(f"a whole number from {least} to {most}", read)


def is_port(value: str | None) -> bool:
    """Return whether ``value``, of digits, is the number of a port; without one, the default port is meant."""
    return value is None or 1 <= int(value) <= 65_535


def _switch(value: str) -> bool:
    if value.lower() in ("true", "yes", "on", "1"):
        return True
    if value.lower() in ("false", "no", "off", "0"):
        return False
    raise ValueError


def _off(value: str) -> bool:
    if _switch(value):
        raise ValueError
    return False


def _is_database(value: str) -> bool:
    match = DATABASE.fullmatch(value)
    return match is not None and is_port(match["port"])


def _is_postgresql(value: str) -> bool:
    return _is_database(value) and not value.startswith("sqlite:")


def _is_fernet_key(value: str) -> bool:
    return len(urlsafe_b64decode(value)) == 32


def _is_address(value: str) -> bool:
    match = _ADDRESS.fullmatch(value)
    return match is not None and is_port(match[1])


def _is_registry(value: str) -> bool:
    match = _REGISTRY.fullmatch(value)
    return match is not None and is_port(match[1])


def _is_readable(value: str) -> bool:
    with Path(value).open("rb") as file:
        return bool(file.read(1))


def _can_be_bound(value: str) -> bool:
    return value.startswith(("unix:", "fd://")) or _is_address(value)


def _is_module(value: str) -> bool:
    try:
        return find_spec(value) is not None
    except ImportError:
        return False


def _holds_a_client(value: str) -> bool:
    return (Path(value) / "index.html").is_file()


SWITCH = Kind("true or false", _switch)
SECONDS = whole(1, 3_600)
ORIGIN = re.compile(r"https?://[^\s/]+")
KEY = "random, 50 characters or more: set one, or remove .env, and `make run` writes it with fresh keys"
FERNET_KEYS = "Fernet keys as `manage.py write_env --print` makes them"
PRODUCTION = "scale.settings.production"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, kw_only=True, repr=False)
class Environment:
    """The settings of every installation: name, kind, default. An empty variable counts as none."""

    # Signs sessions. Where neither a file nor a variable can have it, sessions end with the process.
    SECRET_KEY: Annotated[str, text(KEY, bool)] = field(default_factory=lambda: secrets.token_urlsafe(48))
    # Fernet keys for the secrets of job configurations: the first one writes, all of them read.
    ENCRYPTION_KEYS: Annotated[tuple[str, ...], several(FERNET_KEYS, _is_fernet_key)] = ()

    # The module of the settings that Django reads.
    DJANGO_SETTINGS_MODULE: Annotated[str, text(f"scale.settings.embedded or {PRODUCTION}", _is_module)] = (
        "scale.settings.embedded"
    )

    DATABASE_URL: Annotated[
        str, text("sqlite:///path/to/file or postgres://user:password@host:5432/database", _is_database)
    ] = f"sqlite:///{BASE_DIR}/var/scale.sqlite3"
    # A streaming replica of that database, to read from.
    DATABASE_REPLICA_URL: Annotated[
        str, text("postgres://user:password@host:5432/database, a replica of DATABASE_URL", _is_postgresql)
    ] = ""
    CONN_MAX_AGE: Annotated[int, whole(0, 86_400)] = 60
    DATABASE_CONNECT_TIMEOUT: Annotated[int, SECONDS] = 5
    # How long what was sent may remain without an acknowledgment by the peer's kernel.
    DATABASE_TCP_TIMEOUT: Annotated[int, SECONDS] = 10
    DATABASE_KEEPALIVE: Annotated[int, SECONDS] = 10
    # In the processes that serve requests (core.deadlines), in seconds: how long a statement may take, how long it
    # may wait for the locks of others (0: for ever), and how long a request may wait for the database in all.
    DATABASE_STATEMENT_TIMEOUT: Annotated[int, whole(0, 3_600)] = 10
    DATABASE_LOCK_TIMEOUT: Annotated[int, whole(0, 3_600)] = 5
    DATABASE_REQUEST_TIMEOUT: Annotated[int, SECONDS] = 13

    ALLOWED_HOSTS: Annotated[
        tuple[str, ...], several("the host names that clients use", re.compile(r"[^\s/]+").fullmatch)
    ] = ("localhost", "127.0.0.1", "[::1]")
    CSRF_TRUSTED_ORIGINS: Annotated[
        tuple[str, ...], several("origins such as https://scale.example.com", ORIGIN.fullmatch)
    ] = ()
    # Whether reading needs no credentials.
    PUBLIC_READ_API: Annotated[bool, SWITCH] = True
    # Where the host mounts of configurations may lead; empty for anywhere.
    ALLOWED_HOST_MOUNTS: Annotated[
        tuple[str, ...], several("absolute paths such as /data", lambda path: path.startswith("/"))
    ] = ()
    # The registries that images may be imported from, with their options (docs/operations.md); empty for none.
    IMAGE_REGISTRIES: Annotated[
        tuple[str, ...],
        several("[http://]HOST[:PORT], and options such as ca=/etc/ssl/registry.pem behind it", _is_registry),
    ] = ()
    # The accounts there: a file as `docker login` writes it.
    IMAGE_REGISTRY_ACCOUNTS: Annotated[
        str, text("a file that can be read, as `docker login` writes it: ~/.docker/config.json", _is_readable)
    ] = ""
    # For how long a registry is asked, in seconds and in all.
    IMAGE_REGISTRY_TIMEOUT: Annotated[int, whole(1, 50)] = 10
    # After this many failed logins of an account or from an address, it is locked for this many minutes.
    LOGIN_FAILURES: Annotated[int, whole(1, 1_000)] = 5
    LOGIN_LOCK_MINUTES: Annotated[int, whole(1, 525_600)] = 15
    # How many proxies in front of the service add the address of the client to X-Forwarded-For.
    TRUSTED_PROXIES: Annotated[int, whole(0, 100)] = 0
    # Whether jobs may be claimed without TLS from other hosts, although the answer holds secrets.
    CLAIMS_OVER_HTTP: Annotated[bool, SWITCH] = False
    # The largest request body that is read.
    MAX_BODY_BYTES: Annotated[int, whole(1_024, 1 << 30)] = 2 << 20
    TOKEN_TTL_DAYS: Annotated[int, whole(1, 36_500)] = 365

    # How long a node may keep a job without a sign of life, in seconds; it sends one three times as often.
    LEASE_SECONDS: Annotated[int, whole(1, 86_400)] = 60
    # How long a job waits after its first try that failed, in seconds; twice as long after each further one.
    RETRY_SECONDS: Annotated[int, whole(0, 900)] = 10
    # The workspace in which nodes store the whole logs of tries; empty for none.
    LOG_WORKSPACE: Annotated[
        str, text("the name of a workspace: letters, digits, `_` and `-`", re.compile(r"[\w-]+", re.A).fullmatch)
    ] = ""
    # For how many days the samples of the load, one a minute, are kept.
    LOAD_DAYS: Annotated[int, whole(1, 3_650)] = 31
    # The Docker image that all system job types run.
    SYSTEM_DOCKER_IMAGE: Annotated[str, text("the name of an image", re.compile(r"\S+").fullmatch)] = "scale:6.0.0"
    # The folder of a built web client of Scale, to be served under /ui/; empty for none.
    SCALE_UI_DIR: Annotated[str, text("a folder that holds the index.html of a client", _holds_a_client)] = ""

    DEBUG: Annotated[bool, SWITCH] = False
    LOG_LEVEL: Annotated[str, text(f"one of {', '.join(LEVELS)}", LEVELS.__contains__)] = "INFO"
    # Requests, and statements of the database, that take so many milliseconds are logged once more; 0 for none.
    SLOW_REQUEST_MS: Annotated[int, whole(0, 3_600_000)] = 1000
    SLOW_STATEMENT_MS: Annotated[int, whole(0, 3_600_000)] = 500
    # What Prometheus sends as a bearer token to read /metrics; without a token there are no metrics.
    METRICS_TOKEN: Annotated[str, text("random, 32 characters or more", bool)] = ""
    # How many job types have series of their own there.
    METRICS_JOB_TYPES: Annotated[int, whole(0, 10_000)] = 100
    # Where the traces of requests are sent to, by OTLP over HTTP; without it there are none.
    TRACES_ENDPOINT: Annotated[
        str, text("a URL such as http://collector:4318/v1/traces", re.compile(r"https?://\S+").fullmatch)
    ] = ""

    # gunicorn: where it listens, where it answers the probes too, its processes, and the threads of each.
    BIND: Annotated[tuple[str, ...], several("HOST:PORT, a port from 1 to 65535, or unix:PATH", _can_be_bound)] = (
        "127.0.0.1:8000",
    )
    PROBE_BIND: Annotated[str, text("HOST:PORT, with a port from 1 to 65535", _is_address)] = ""
    # A process for each core that this one may use; in a container these can be fewer than those of the machine.
    WEB_CONCURRENCY: Annotated[int, whole(1, 1_000)] = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    WEB_THREADS: Annotated[int, whole(1, 1_000)] = 4
    # A process is replaced after this many requests, in case its memory grows; 0 for never.
    WEB_MAX_REQUESTS: Annotated[int, whole(0, 1_000_000_000)] = 100_000

    def __post_init__(self) -> None:
        if self.DATABASE_REPLICA_URL and not _is_postgresql(self.DATABASE_URL):
            raise ValueError("DATABASE_REPLICA_URL must be empty, as only PostgreSQL has replicas.")


@dataclass(frozen=True, kw_only=True, repr=False)
class Production(Environment):
    """The settings of a real installation: HTTPS alone, and no start with settings that are not safe."""

    SECRET_KEY: Annotated[str, text(KEY, lambda key: len(key) >= 50)] = field()
    ENCRYPTION_KEYS: Annotated[tuple[str, ...], several(FERNET_KEYS, _is_fernet_key)] = field()
    ALLOWED_HOSTS: Annotated[
        tuple[str, ...], several("the host names that clients use, and not *", re.compile(r"[^\s/*]+").fullmatch)
    ] = ("localhost", "127.0.0.1", "[::1]")
    PUBLIC_READ_API: Annotated[bool, SWITCH] = False
    DEBUG: Annotated[bool, Kind("false: it shows settings and code to anyone", _off)] = False
    METRICS_TOKEN: Annotated[
        str, text("random, 32 characters or more, or empty for no metrics", lambda token: len(token) >= 32)
    ] = ""
    SECURE_SSL_REDIRECT: Annotated[bool, SWITCH] = True
    SECURE_COOKIES: Annotated[bool, SWITCH] = True
    SECURE_HSTS_SECONDS: Annotated[int, whole(0, 315_360_000)] = 31_536_000


Table = TypeVar("Table", bound=Environment)


def set_up() -> Environment:
    """Return the settings, after Django was given the module that they name. Ends the process as ``read`` does."""
    load()
    is_production = os.environ.get("DJANGO_SETTINGS_MODULE") == PRODUCTION
    settings = read(Production if is_production else Environment)
    os.environ["DJANGO_SETTINGS_MODULE"] = settings.DJANGO_SETTINGS_MODULE
    return settings


def read(table: type[Table]) -> Table:
    """Return the settings of the environment and ``.env``.

    Ends the process, with a line for each fault, if any setting is not what ``table`` says; no line shows a value.
    """
    faults = load()
    settings: dict[str, object] = {}
    hints = get_type_hints(table, include_extras=True)
    for row in fields(table):
        kind: Kind = hints[row.name].__metadata__[0]
        try:
            if value := os.environ.get(row.name):
                settings[row.name] = kind.read(value)
            elif row.default is row.default_factory is MISSING or (row.name == "SECRET_KEY" and _file()):
                raise ValueError
        except (ValueError, OSError):
            faults.append(f"{row.name} must be {kind.words}.")
    if not faults:
        try:
            return table(**settings)  # type: ignore[arg-type]  # each kind reads what its row is annotated with
        except ValueError as fault:
            faults.append(str(fault))
    sys.exit("\n".join(faults))


def load() -> list[str]:
    """Set the variables of ``.env``, or of ENV_FILE, that are not set yet. Return a line for each fault of it."""
    file = _file()
    if not file:
        return []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "it is no text")
        return [f"{file} cannot be read ({reason}): mend it, or remove it, and `make run` writes one."]
    junk = []
    for number, line in enumerate(lines, 1):
        if match := re.fullmatch(r"\s*(?:export\s+)?(\w+)=(?:'(.*)'|\"(.*)\"|(.*?))\s*", line):
            name, *values = match.groups()
            os.environ.setdefault(name, next(value for value in values if value is not None))
        elif line.strip() and not line.lstrip().startswith("#"):
            junk.append(str(number))
    if not junk:
        return []
    where = f"line {junk[0]}" if len(junk) == 1 else f"line {junk[0]} and {len(junk) - 1} more"
    return [f"{file} must have NAME=value on each line, and has not on {where}: mend it, or remove it."]


def _file() -> Path | None:
    """Return the file that settings are read from, if there is one. An empty ENV_FILE means none at all."""
    named = os.environ.get("ENV_FILE")
    if named is not None:
        return Path(named) if named else None
    file = BASE_DIR / ".env"
    return file if file.exists() else None
