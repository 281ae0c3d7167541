"""The settings of a real installation: HTTPS alone, and no start with settings that are not safe."""

from django.core.exceptions import ImproperlyConfigured

from scale.settings.base import *  # noqa: F403
from scale.settings.base import (
    ALLOWED_HOSTS,
    BASE_DIR,
    DEBUG,
    ENCRYPTION_KEYS,
    INSECURE_SECRET_KEY,
    METRICS_TOKEN,
    SECRET_KEY,
    env,
)

PUBLIC_READ_API = env.bool("PUBLIC_READ_API", default=False)

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
# Probes and Prometheus reach the process directly, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=True)
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE

STATIC_ROOT = BASE_DIR / "var" / "static"
WHITENOISE_USE_FINDERS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}


def _refusals() -> list[str]:
    """Return the reasons why these settings are not safe, a sentence for each."""
    refusals = []
    if SECRET_KEY == INSECURE_SECRET_KEY or len(SECRET_KEY) < 50:
        refusals.append("SECRET_KEY is the default or shorter than 50 characters; set a random one.")
    if DEBUG:
        refusals.append("DEBUG is on; it shows settings and code to anyone.")
    if not ENCRYPTION_KEYS:
        refusals.append("ENCRYPTION_KEYS is empty; make one with `manage.py write_env --print`.")
    if METRICS_TOKEN and len(METRICS_TOKEN) < 32:
        refusals.append("METRICS_TOKEN is shorter than 32 characters; set a random one, or none for no metrics.")
    if "*" in ALLOWED_HOSTS:
        refusals.append("ALLOWED_HOSTS allows any host; name the hosts that clients use.")
    return refusals


if reasons := _refusals():
    raise ImproperlyConfigured("The production settings refuse to start: " + " ".join(reasons))
