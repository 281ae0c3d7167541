"""Looks at a page as people have it: light and dark, narrow and wide, and with the rules of WCAG 2.2 AA."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

# `WALK=all`: every page as every kind of account, in every view by all rules.
IS_WHOLE = os.environ.get("WALK") == "all"
_ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# The rules of each view, which is a look and a width; where there are none, the page only has to fit.
Views = Mapping[tuple[str, int], Mapping[str, Any] | None]
EACH: Views = {(look, width): _ALL for look in ("light", "dark") for width in (360, 1280, 2560)}
# Two looks differ in their colours; the widest window shows what a narrower one does.
MOST: Views = {**dict.fromkeys(EACH), ("light", 360): _ALL, ("light", 1280): _ALL, ("dark", 1280): _OF_COLOURS}
# Of a page that was looked at before, with other words in it.
FEW: Views = {("light", 360): None, ("light", 1280): _ALL}
_HEIGHT = 900
_AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
_RUN = """
    async (rules) => (await axe.run(document, {runOnly: rules, resultTypes: ["violations"]})).violations
        .map(({id, nodes}) => [id, nodes.map((node) => node.html.slice(0, 200))])
"""


def look_at(page: Page, views: Views = MOST) -> list[tuple[Any, ...]]:
    """Return what is wrong with the page that is open: what breaks a rule, and whether it is wider than the window.

    Each fault begins with the look and the width.
    """
    faults: list[tuple[Any, ...]] = []
    page.evaluate(_AXE)
    for (look, width), rules in (EACH if IS_WHOLE else views).items():
        page.emulate_media(color_scheme=look)  # type: ignore[arg-type]  # a str
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        if (beyond := page.evaluate("document.documentElement.scrollWidth - window.innerWidth")) > 0:
            faults.append((look, width, f"{beyond} pixels too wide"))
        if rules is not None:
            faults += [(look, width, *violation) for violation in page.evaluate(_RUN, rules)]
    return faults
