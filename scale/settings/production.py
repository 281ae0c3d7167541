"""The settings of a real installation: HTTPS alone, and no start with settings that are not safe."""

from scale.settings.base import *  # noqa: F403
from scale.settings.environment import BASE_DIR, Production, read

env = read(Production)

PUBLIC_READ_API = env.PUBLIC_READ_API

SECURE_SSL_REDIRECT = env.SECURE_SSL_REDIRECT
# Probes and Prometheus reach the process directly, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.SECURE_HSTS_SECONDS
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = env.SECURE_COOKIES
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE

STATIC_ROOT = BASE_DIR / "var" / "static"
WHITENOISE_USE_FINDERS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
