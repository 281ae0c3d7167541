"""Session cookies that no service has made."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "status"), [("/v6/job-types/", 200), ("/v6/audit/", 401), ("/admin/", 302), ("/tokens/", 302)]
)
@pytest.mark.parametrize("key", [r'"\000abcdefghijk"', r'"abcdefgh\000"', '""', "x", "x" * 4000, "\u00fc" * 32])
def test_a_key_of_no_session_counts_as_none(path: str, status: int, key: str) -> None:
    client = Client(raise_request_exception=False)
    assert client.get(path, headers={"Cookie": f"sessionid={key}"}).status_code == status
