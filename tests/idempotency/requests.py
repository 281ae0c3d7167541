"""Requests with an ``Idempotency-Key``."""

from typing import Any

from rest_framework.test import APIClient

KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'
NEW = {"job_type_name": "test", "job_type_version": "1.0.0"}


def send(client: APIClient, body: Any = NEW, key: str = KEY, path: str = "jobs/") -> Any:
    """Return the answer to a POST of ``body`` with ``key``."""
    return client.post(f"/v6/{path}", body, format="json", headers={"Idempotency-Key": key})
