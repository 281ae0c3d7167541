"""How long pages take in chromium until they are loaded, and how many bytes go over the wire at the first visit."""

import statistics
from collections import defaultdict
from collections.abc import Mapping

from django.conf import settings
from playwright.sync_api import BrowserContext, Page, sync_playwright
from tqdm import tqdm

from tests.benchmarks.measure import Row

COLUMNS = ("cold ms", "warm ms", "first kB")
# When the load event was over, in milliseconds from the start of the navigation.
_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def loads(port: int, paths: Mapping[str, str], *, session: str, rounds: int) -> dict[str, Row]:
    """Return the COLUMNS of each path, by its title: medians of ``rounds`` visits, and kB with all that is loaded.

    A visitor with an empty cache comes to each page ("cold"); another one goes from page to page ("warm").
    """
    cold: dict[str, list[float]] = defaultdict(list)
    warm: dict[str, list[float]] = defaultdict(list)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])

        def visitor() -> BrowserContext:
            context = chromium.new_context(base_url=f"http://127.0.0.1:{port}")
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "domain": "127.0.0.1", "path": "/"}]
            )
            return context

        returning = visitor().new_page()
        returning.goto("/")
        for _ in tqdm(range(rounds), desc="Browser"):
            for title, path in paths.items():
                with visitor() as first:
                    cold[title].append(_visit(first.new_page(), path))
                warm[title].append(_visit(returning, path))
        sizes = {}
        for title, path in tqdm(paths.items(), desc="Bytes"):
            with visitor() as first:
                sizes[title] = _bytes(first, path)
        chromium.close()
    return {
        title: {
            "cold ms": round(statistics.median(cold[title])),
            "warm ms": round(statistics.median(warm[title])),
            "first kB": round(sizes[title] / 1000, 1),
        }
        for title in paths
    }


def _visit(page: Page, path: str) -> float:
    page.goto(path)
    loaded: float = page.evaluate(_LOADED)
    return loaded


def _bytes(visitor: BrowserContext, path: str) -> float:
    """Return the bytes of all responses that a page takes, with their headers."""
    page = visitor.new_page()
    lengths: list[float] = []
    network = visitor.new_cdp_session(page)
    network.on("Network.loadingFinished", lambda loaded: lengths.append(loaded["encodedDataLength"]))
    network.send("Network.enable")
    page.goto(path, wait_until="networkidle")
    return sum(lengths)
