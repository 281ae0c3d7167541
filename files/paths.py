"""What a path in a workspace may be."""

from unicodedata import category

LONGEST_PATH = 1_000
"""The bytes of a path in UTF-8 at most: a key in S3 has 1,024, and a value in an index of PostgreSQL some 2,700."""
LONGEST_NAME = 250
# Unicode Standard Annex 9, section 2: explicit directional embeddings, overrides and isolates.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def fault_of_path(path: str) -> str | None:
    """Return what is wrong with a path from the root of a workspace, after "must" or "has"; None if nothing is.

    A path is relative and has no part that leads elsewhere or nowhere, so that it names one place in every kind of
    workspace: a folder of a host as well as a bucket.
    """
    if _is_no_text(path):
        return "has control characters, or others that are no part of a text."
    if len(path.encode()) > LONGEST_PATH:
        return f"must have at most {LONGEST_PATH} bytes in UTF-8."
    if path.startswith("/"):
        return "must be relative to the root of the workspace: it begins with a slash."
    parts = path.split("/")
    if ".." in parts:
        return "must not lead upwards: it has a part '..'."
    if "." in parts or not all(part.strip() for part in parts):
        return "must name a file, such as in/scene.tif: it has a part that is empty, blank or '.'."
    return None


def fault_of_name(name: str) -> str | None:
    """Return what is wrong with the name of a file, after "must" or "has"; None if nothing is."""
    if _is_no_text(name):
        return "has control characters, or others that are no part of a text."
    if "/" in name or name in (".", "..") or not name.strip():
        return "must be the name of a file, without folders."
    return None if len(name) <= LONGEST_NAME else f"must have at most {LONGEST_NAME} characters."


def _is_no_text(text: str) -> bool:
    """Return whether a text has control characters, NUL among them, or half of a surrogate pair.

    Those that turn the direction of what follows count: a name is to be read as it is.
    """
    return any(category(one) in ("Cc", "Cs") or one in _TURNING for one in text)
