"""What pages say, as tests read them."""

import re
from html import unescape

from django.test import Client


def words(text: str) -> str:
    """The text of a page without tags and icons, its white space as single blanks."""
    body = text.partition('<main id="main"')[2].partition("<dialog")[0] or text
    return " ".join(unescape(re.sub(r"<[^>]*>|[\ue000-\uf8ff]", " ", body)).split())


def read(client: Client, url: str, status: int = 200) -> str:
    """The words of the page at ``url``."""
    return words(html_of(client, url, status))


def html_of(client: Client, url: str, status: int = 200) -> str:
    """The content of the page at ``url``."""
    answer = client.get(url)
    assert answer.status_code == status, (answer.status_code, answer.content.decode())
    return answer.content.decode()


def shown(client: Client, url: str, status: int = 200) -> str:
    """The content of the page at ``url``, its white space as single blanks."""
    return " ".join(html_of(client, url, status).split())
