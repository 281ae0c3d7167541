"""Looks at a page as people have it: light and dark, narrow and wide, and with the rules of WCAG 2.2 AA."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

WIDTHS = (360, 1280, 2560)
_HEIGHT = 900
_AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """
    async (rules) => (await axe.run(document, {runOnly: rules, resultTypes: ["violations"]})).violations
        .map(({id, nodes}) => [id, nodes.map((node) => node.html.slice(0, 200))])
"""


def look_at(page: Page, path: str) -> None:
    """Assert that the page at ``path`` breaks no rule of WCAG, and is never wider than the window.

    The rules are checked in both looks, narrow and wide; wider still, it only has to fit.
    """
    faults: list[Any] = []
    for look in ("light", "dark"):
        page.emulate_media(color_scheme=look)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": _HEIGHT})
            if width == WIDTHS[0]:
                page.goto(path)
                page.evaluate(_AXE)
            if (beyond := page.evaluate("document.documentElement.scrollWidth - window.innerWidth")) > 0:
                faults.append((look, width, f"{beyond} pixels too wide"))
            if width != WIDTHS[-1]:
                faults += [(look, width, *violation) for violation in page.evaluate(_RUN, _RULES)]
    assert faults == []
