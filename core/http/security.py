"""The headers that forbid browsers what no page or answer of the service needs. Errors have them too."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from csp.constants import HEADER, NONE, SELF, UNSAFE_HASHES
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# The style attributes in the pages of Django REST framework. These values are allowed, and no others.
FRAMEWORK_STYLES = (
    "float: right; margin-right: 10px",
    "margin-top: 30px",
    "width: 320px; margin-left: auto; margin-right: auto",
    "margin: 0 0 20px;",
    "border: none",
)
_STYLE_HASHES = " ".join(
    f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in FRAMEWORK_STYLES
)


def policy_of(directives: dict[str, str]) -> str:
    """Return the text of a content security policy, with its directives in their order."""
    # The library shuffles those of ``config``, but keeps those of ``update`` in order.
    return str(build_policy(config={}, update=directives))


# Scripts and style sheets are files of the service.
PAGE_POLICY = policy_of(
    {
        "default-src": NONE,
        "script-src": SELF,
        "style-src": SELF,
        "style-src-attr": f"{UNSAFE_HASHES} {_STYLE_HASHES}",
        "img-src": f"{SELF} data:",
        "font-src": f"{SELF} data:",
        "connect-src": SELF,
        "form-action": SELF,
        "base-uri": NONE,
        "frame-ancestors": NONE,
    }
)
DATA_POLICY = policy_of({"default-src": NONE, "frame-ancestors": NONE})
PERMISSIONS = ", ".join(f"{feature}=()" for feature in ("camera", "geolocation", "microphone", "payment", "usb"))


class SecurityHeadersMiddleware:
    """Adds the content security policy, of pages or of data, and the permissions policy.

    A view can give its response another one, as ``content_policy``. Django's pages for faults in development, with
    scripts and styles of their own, have none.

    Django's own middleware adds the rest (nosniff, referrer, opener, frames, and HTTPS alone in production).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if not (settings.DEBUG and response.status_code in (404, 500)):
            response[HEADER] = getattr(response, "content_policy", PAGE_POLICY if is_page else DATA_POLICY)
        response["Permissions-Policy"] = PERMISSIONS
        return response
