"""The hands of a person at a page, which count what they do."""

from typing import Literal

from playwright.sync_api import Locator, Page


class Hands:
    """Clicks on what a page shows by its name, and types into its fields.

    ``clicks`` is how many clicks it took so far, and ``fields`` how many fields were typed into.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0
        self.fields = 0

    def card(self, title: str) -> Locator:
        """Return the card with this heading."""
        return self.page.locator(".card").filter(has=self.page.get_by_role("heading", name=title, exact=True))

    def row(self, text: str, *, of: str) -> Locator:
        """Return the row with this text in the table of the card with the heading ``of``."""
        return self.card(of).get_by_role("row").filter(has_text=text)

    def click(self, name: str, *, role: Literal["link", "button"] = "link", inside: Locator | None = None) -> None:
        """Click on the one link or button of this name, on the page or ``inside`` of a part of it."""
        (inside or self.page).get_by_role(role, name=name, exact=True).click()
        self.clicks += 1

    def type(self, field: str, text: str) -> None:
        """Type ``text`` into the field with this label, over what it holds."""
        self.page.get_by_label(field, exact=True).fill(text)
        self.fields += 1

    def search(self, text: str) -> None:
        """Type ``text`` into the search of the page, to which a key leads, and press Enter."""
        self.page.keyboard.press("/")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")
        self.fields += 1
