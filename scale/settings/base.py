"""The settings that all installations share; what operators set is in ``environment``."""

import logging
import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from environ import Env

from core.models.plans import KEEPING_PLANS
from pages.links import PAGES_OF_ROWS
from scale.settings.environment import BASE_DIR, Environment, read
from seed.registry import Registry, read_docker_config

env = read(Environment)

# The one version number; the `v6` of the URLs is the name of the API.
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

SECRET_KEY = env.SECRET_KEY
DEBUG = env.DEBUG
ALLOWED_HOSTS = list(env.ALLOWED_HOSTS)
CSRF_TRUSTED_ORIGINS = list(env.CSRF_TRUSTED_ORIGINS)

ENCRYPTION_KEYS = list(env.ENCRYPTION_KEYS)
SCALE_UI_DIR = env.SCALE_UI_DIR
SYSTEM_DOCKER_IMAGE = env.SYSTEM_DOCKER_IMAGE
PUBLIC_READ_API = env.PUBLIC_READ_API
ALLOWED_HOST_MOUNTS = list(env.ALLOWED_HOST_MOUNTS)
try:
    accounts = read_docker_config(Path(env.IMAGE_REGISTRY_ACCOUNTS)) if env.IMAGE_REGISTRY_ACCOUNTS else {}
except (OSError, ValueError) as fault:
    sys.exit(f"IMAGE_REGISTRY_ACCOUNTS must be a file as `docker login` writes it: {fault}.")
try:
    IMAGE_REGISTRIES = [Registry.parse(entry, accounts) for entry in env.IMAGE_REGISTRIES]
except ValueError as fault:
    sys.exit(f"IMAGE_REGISTRIES holds an entry that is no registry: {fault}.")
del accounts
IMAGE_REGISTRY_TIMEOUT = env.IMAGE_REGISTRY_TIMEOUT
# A thread waits for a registry; the others of its process go on serving.
IMAGE_READS_AT_ONCE = max(1, env.WEB_THREADS // 2)
DATA_UPLOAD_MAX_MEMORY_SIZE = env.MAX_BODY_BYTES
# More than fit into the query of a request (scale.worker), where they would be a 500 beside a charset.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1 << 15
# No form takes a file. Those of a multipart body are skipped, and never written to a disk.
FILE_UPLOAD_HANDLERS: list[str] = []

INSTALLED_APPS = [
    "scale",
    "pages",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "axes",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "audit",
    "catalogue",
    "idempotency",
    "errors",
    "workspaces",
    "files",
    "job_types",
    "jobs",
    "recipes",
    "metrics",
    "takeover",
]

MIDDLEWARE = [
    "core.http.logs.RequestLogMiddleware",
    "core.actors.ActorMiddleware",
    # The next three come before all that answer requests themselves, so that those answers have their headers.
    "core.http.security.SecurityHeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "scale.repeats.RepeatsMiddleware",
    "core.http.bodies.BodyMiddleware",
    "scale.health.ProbesMiddleware",
    "core.http.compression.CompressionMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.http.references.ReferencesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "scale.urls"
WSGI_APPLICATION = "scale.wsgi.application"

# The pages are above the apps, so that no model names its page itself.
ABSOLUTE_URL_OVERRIDES = PAGES_OF_ROWS

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": Env.db_url_config(env.DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A transaction takes the write lock when it begins. One that takes it later fails at once, whatever the
        # timeout, if another transaction wrote in between.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    OPTIONS: dict[str, Any] = {
        "connect_timeout": env.DATABASE_CONNECT_TIMEOUT,
        # In milliseconds: how long what was sent may remain without an acknowledgment by the peer's kernel.
        "tcp_user_timeout": 1000 * env.DATABASE_TCP_TIMEOUT,
        "keepalives_idle": env.DATABASE_KEEPALIVE,
        "keepalives_interval": 5,
        "keepalives_count": 2,
    }
    if env.CONN_MAX_AGE:
        # A connection for each request, as behind a pooler that shares them by transaction, has no use for plans.
        OPTIONS |= KEEPING_PLANS
    DATABASES["default"] |= {
        "CONN_MAX_AGE": env.CONN_MAX_AGE,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": OPTIONS | DATABASES["default"].get("OPTIONS", {}),
    }
DATABASE_STATEMENT_TIMEOUT = env.DATABASE_STATEMENT_TIMEOUT
DATABASE_LOCK_TIMEOUT = env.DATABASE_LOCK_TIMEOUT
DATABASE_REQUEST_TIMEOUT = env.DATABASE_REQUEST_TIMEOUT

LEASE_SECONDS = env.LEASE_SECONDS
LOG_WORKSPACE = env.LOG_WORKSPACE
RETRY_SECONDS = env.RETRY_SECONDS
LOAD_DAYS = env.LOAD_DAYS

if env.DATABASE_REPLICA_URL:
    replica = Env.db_url_config(env.DATABASE_REPLICA_URL)
    DATABASES["replica"] = {
        **replica,
        "CONN_MAX_AGE": DATABASES["default"]["CONN_MAX_AGE"],
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": OPTIONS | replica.get("OPTIONS", {}),
    }
    DATABASE_ROUTERS = ["scale.replica.ReplicaRouter"]
    # Inside the log, and outside of everything that reads or writes.
    MIDDLEWARE.insert(1, "scale.replica.ReplicaMiddleware")

METRICS_TOKEN = env.METRICS_TOKEN
METRICS_JOB_TYPES = env.METRICS_JOB_TYPES
if METRICS_TOKEN:
    # Inside the log, and outside of everything that reads or writes.
    MIDDLEWARE.insert(1, "metrics.requests.RequestMetricsMiddleware")
    MIDDLEWARE.insert(MIDDLEWARE.index("scale.health.ProbesMiddleware"), "metrics.scraping.MetricsMiddleware")

TRACES_ENDPOINT = env.TRACES_ENDPOINT
if TRACES_ENDPOINT:
    MIDDLEWARE.insert(1, "scale.tracing.TracingMiddleware")

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": validator}
    for validator in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "django.contrib.auth.password_validation.MinimumLengthValidator",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
        "scale.accounts.TokensEndWithThePassword",
    )
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    # Before the groups, which it need not read for staff.
    "scale.accounts.StaffAreOperators",
    "scale.accounts.RightsInOneQuery",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_FAILURES = env.LOGIN_FAILURES
LOGIN_LOCK_MINUTES = env.LOGIN_LOCK_MINUTES
TRUSTED_PROXIES = env.TRUSTED_PROXIES
CLAIMS_OVER_HTTP = env.CLAIMS_OVER_HTTP
AXES_FAILURE_LIMIT = LOGIN_FAILURES
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_LOCK_MINUTES)
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_LOCKOUT_CALLABLE = "scale.accounts.locked_out"
AXES_CLIENT_IP_CALLABLE = "scale.accounts.login_address"
AXES_CLIENT_STR_CALLABLE = "scale.accounts.who_logs_in"
AXES_HANDLER = "scale.accounts.LoginHandler"
AXES_RESET_ON_SUCCESS = True
# Further attempts during a lock do not make it longer, nor its record larger.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # scale.admin has a page of its own.
# The log shows who was locked out, and from where. Passwords are masked whatever is named here.
AXES_SENSITIVE_PARAMETERS: list[str] = []
AXES_DISABLE_ACCESS_LOG = True
SESSION_ENGINE = "scale.sessions"
LOGIN_URL = "rest_framework:login"
LOGIN_REDIRECT_URL = "/"

TIME_ZONE = "UTC"
USE_I18N = False
FORMAT_MODULE_PATH = "scale.formats"

STATIC_URL = "/static/"
# Static files are served from the packages, so that an embedded server needs no `collectstatic`.
WHITENOISE_USE_FINDERS = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # The first class decides what the `WWW-Authenticate` of a 401 is.
        "scale.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["core.api.permissions.RightsDecide"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.api.negotiation.JSONUnlessSaidOtherwise",
    "DEFAULT_RENDERER_CLASSES": ["core.reads.renderers.FastJSONRenderer", "core.api.renderers.PageRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["core.api.filters.QueryFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.Pagination",
    "DEFAULT_METADATA_CLASS": "core.api.metadata.BodyMetadata",
    "DEFAULT_SCHEMA_CLASS": "core.api.openapi.ApiSchema",
    "VIEW_DESCRIPTION_FUNCTION": "core.api.renderers.describe_view",
    "EXCEPTION_HANDLER": "core.api.errors.exception_handler",
    # `?format=` would be a 404 for unknown formats.
    "URL_FORMAT_OVERRIDE": None,
}

REST_KNOX = {"TOKEN_TTL": timedelta(days=env.TOKEN_TTL_DAYS)}

SPECTACULAR_SETTINGS = {
    "TITLE": "Scale job type service",
    "VERSION": VERSION,
    "DESCRIPTION": (
        "The v6 API of Scale for job types, which are versioned registrations of Seed images, and for the recipe "
        "types, jobs, errors and workspaces around them.\n\n"
        "Every JSON answer with a status of 400 or above has `detail`, a sentence that says what is wrong. "
        "A report lists at most 100 errors and 100 warnings, and MORE_FINDINGS says how many more there are. "
        "A body has at most 50,000 commas and opening brackets outside of its strings; an array or a map of "
        "a manifest, a configuration or a definition has at most 1,000 members (media types: 100), a text at most "
        "10,000 characters. "
        "Lists are divided into pages with `count`, `next`, `previous` and `results`. A query value that is empty, "
        "`null` or `undefined` counts as absent. A query parameter that is not described is a 400 that lists those "
        "that are, except for `_` and `format=json`."
    ),
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["core.api.permissions.ReadersRead"],
    "SCHEMA_PATH_PREFIX": "/v6",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "ChangeKind": "seed.manifest_diff.KINDS",
        "ErrorCategory": "errors.models.Category",
        "JobStatus": "jobs.states.Status",
        "NewJobStatus": "jobs.states.STATUSES_OF_A_NEW_JOB",
        "TryStatus": "jobs.states.STATUSES_OF_A_TRY",
    },
}

SLOW_REQUEST_MS = env.SLOW_REQUEST_MS
SLOW_STATEMENT_MS = env.SLOW_STATEMENT_MS

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "core.http.logs.RequestContextFilter"}},
    "formatters": {
        "json": {
            "()": "core.http.logs.PrivateFormatter",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "fmt": "%(levelname)s %(name)s %(message)s %(request_id)s",
            "timestamp": "time",
        },
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request"]},
    },
    "root": {"handlers": ["stderr"], "level": env.LOG_LEVEL},
    "loggers": {
        # Failures and locks are warnings; the other messages are details of the library.
        "axes": {"level": "WARNING"},
        # The request log has a line for each 4xx already, and these lines repeat headers and queries.
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "CRITICAL"},
        "django.server": {"level": "CRITICAL"},
        # Statements hold the values of rows.
        "django.db.backends": {"level": "INFO"},
        # A takeover sends thousands of requests.
        "httpx": {"level": "WARNING"},
    },
}
# Warnings of Python become lines of the log, too.
logging.captureWarnings(True)
