"""A real browser that records its requests."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

# Playwright's synchronous interface runs an event loop in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def is_status(message: ConsoleMessage) -> bool:
    """Return whether a message says no more than that the page itself is a 4xx, as a form with a fault in it is."""
    is_page = message.page is not None and message.location["url"] == message.page.url
    return is_page and message.text.startswith("Failed to load resource: the server responded with a status of 4")


@pytest.fixture
def page(live_server: LiveServer) -> Iterator[Page]:
    """A page of a fresh browser.

    At the end, all its requests must have gone to the service, no script may have failed, and its console must be
    empty: a browser reports there what the content security policy forbids.
    """
    asked: list[str] = []
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        opened = browser.new_page(base_url=live_server.url)
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("console", lambda message: None if is_status(message) else faults.append(message.text))
        opened.on("pageerror", lambda error: faults.append(str(error)))
        yield opened
        browser.close()
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
    assert faults == []
