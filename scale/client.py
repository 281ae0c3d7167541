"""Scale's web client, a folder that was built elsewhere, under /ui/ where SCALE_UI_DIR names it."""

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import blake2b, sha256
from html import escape
from pathlib import Path
from typing import NamedTuple

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from whitenoise import WhiteNoise
from whitenoise.middleware import WhiteNoiseMiddleware

from core.http.security import policy_of

INDEX = "index.html"

# As in `main.0123456789abcdef.js`: another content has another name.
_NAMED_BY_CONTENT = r"[.-][0-9a-f]{16,}\.\w+$"
_BASE = re.compile(rb"<base\s[^>]*>", re.IGNORECASE)
_HEAD = re.compile(rb"<head(\s[^>]*)?>", re.IGNORECASE)
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc\s*=)[^>]*>(.*?)</script>", re.IGNORECASE | re.DOTALL)
# Angular writes the styles of components into the page.
_POLICY = {
    "default-src": NONE,
    "style-src": f"{SELF} {UNSAFE_INLINE}",
    "img-src": f"{SELF} data: blob:",
    "font-src": f"{SELF} data:",
    "connect-src": SELF,
    "worker-src": f"{SELF} blob:",
    "form-action": SELF,
    "base-uri": SELF,
    "frame-ancestors": NONE,
}


class _Client(NamedTuple):
    """The files of a client by URL, its page, and the content security policy of that."""

    files: WhiteNoise
    page: bytes
    tag: str
    policy: str


@require_safe
def client(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Return a file of the client, or its page for all that a browser opens: the client has URLs of its own.

    404 for all else, such as a script that is not there, and for everything without SCALE_UI_DIR.
    """
    if not settings.SCALE_UI_DIR:
        raise Http404
    built = _load(settings.SCALE_UI_DIR, reverse("client"))
    if file := built.files.files.get(f"/{path}"):
        response: HttpResponseBase = WhiteNoiseMiddleware.serve(file, request)
        return response
    if path and "text/html" not in request.headers.get("Accept", ""):
        raise Http404
    page = HttpResponse(built.page, headers={"ETag": built.tag, "Cache-Control": "no-cache"})
    answer = get_conditional_response(request, etag=built.tag, response=page) or page
    # A browser takes the headers of a 304 for the page that it has.
    answer.content_policy = built.policy  # type: ignore[attr-defined]  # for SecurityHeadersMiddleware
    return answer


@lru_cache(maxsize=1)
def _load(folder: str, mount: str) -> _Client:
    """Return the client in ``folder``, to be served under the URL ``mount``. Its files are listed once."""
    try:
        page = (Path(folder) / INDEX).read_bytes()
    except OSError:
        raise Http404 from None
    base = f'<base href="{escape(mount)}">'.encode()
    page, replaced = _BASE.subn(lambda _: base, page, count=1)
    if not replaced:
        page = _HEAD.sub(lambda head: head[0] + base, page, count=1)
    scripts = (b64encode(sha256(text).digest()).decode() for text in _INLINE_SCRIPT.findall(page))
    hashes = "".join(f" 'sha256-{digest}'" for digest in scripts)
    files = WhiteNoise(None, root=folder, immutable_file_test=_NAMED_BY_CONTENT)
    files.files.pop(f"/{INDEX}", None)
    tag = blake2b(page, digest_size=16).hexdigest()
    return _Client(files, page, f'"{tag}"', policy_of({**_POLICY, "script-src": f"{SELF}{hashes}"}))
