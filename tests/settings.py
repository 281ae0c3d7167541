"""The settings of the tests: those of an embedded installation, untouched by the environment's own files."""

import os
import tempfile

os.environ["ENV_FILE"] = ""

from scale.settings.embedded import *  # noqa: F403
from scale.settings.embedded import DATABASES

SECRET_KEY = "the-key-of-the-tests"
ENCRYPTION_KEYS = ["dGVzdHMtb25seS1rZXktb2YtMzItYnl0ZXMtMTIzNDU="]
CLAIMS_OVER_HTTP = True
# A client of each test loads the middleware, which would look at all static files each time.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in service: threads of a test that share a database in memory would share its one lock.
    DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/scale-tests-{os.getpid()}.sqlite3"}
