"""What the tests under load share: a staff token."""

import pytest
from django.contrib.auth import get_user_model
from knox.models import AuthToken


@pytest.fixture
def token(transactional_db: None) -> str:
    """The API token of a staff account."""
    user = get_user_model().objects.create_user("scheduler", is_staff=True)
    return AuthToken.objects.create(user)[1]
