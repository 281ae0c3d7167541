"""For the tools that test a service outside of pytest: its settings, and an operator."""

import os

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "scale.settings.embedded",
    "ENV_FILE": "",
    "SECRET_KEY": "the-key-of-the-tests-which-is-long-enough-to-be-used-as-one",
    "ENCRYPTION_KEYS": "dGVzdHMtb25seS1rZXktb2YtMzItYnl0ZXMtMTIzNDU=",
    "LOG_LEVEL": "WARNING",
}


def set_up(**variables: str) -> str:
    """Prepare Django and the database of DATABASE_URL, which is empty, and return the token of an operator."""
    os.environ |= ENVIRONMENT | variables
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from knox.models import AuthToken

    call_command("bootstrap", "--workspace", "workspace_1", "--workspace", "workspace_2")
    operator = get_user_model().objects.create_superuser("operator")
    return AuthToken.objects.create(operator)[1]
