"""Names that the service makes where a client sends a title alone."""

from collections.abc import Callable
from uuid import uuid4

from django.utils.text import slugify

_LONGEST_SLUG = 30
_LONGEST_SUFFIX = 19


def name_of_title(title: str, *, is_taken: Callable[[str], bool]) -> str:
    """Return a name of at most 50 characters that is made of ``title``, as Scale 7 makes it.

    ``Raw imagery`` gives ``raw-imagery``. Where that is taken, or where nothing but digits is left of the title,
    which URLs take for an id, random letters and digits follow.
    """
    slug = slugify(title).replace("_", "-")[:_LONGEST_SLUG]
    if slug and not slug.isdecimal() and not is_taken(slug):
        return slug
    return f"{slug}-{uuid4().hex[:_LONGEST_SUFFIX]}".lstrip("-")
