"""The headers that forbid browsers what no page or answer of the service needs. Errors have them too."""

from base64 import b64encode
from hashlib import sha256

from csp.constants import NONE, SELF, UNSAFE_HASHES
from csp.middleware import CSPMiddleware, PolicyParts
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
# Scripts and style sheets are files of the service.
PAGE_POLICY = {
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
DATA_POLICY = {"default-src": NONE, "frame-ancestors": NONE}
PERMISSIONS = ", ".join(f"{feature}=()" for feature in ("camera", "geolocation", "microphone", "payment", "usb"))


class SecurityHeadersMiddleware(CSPMiddleware):
    """Adds the content security policy, of pages or of data, and the permissions policy.

    A view can give its response another one, as ``content_policy``.

    Django's own middleware adds the rest (nosniff, referrer, opener, frames, and HTTPS alone in production).
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        if report_only:
            return PolicyParts()
        is_page = response.get("Content-Type", "").startswith("text/html")
        policy = getattr(response, "content_policy", PAGE_POLICY if is_page else DATA_POLICY)
        # The library shuffles the directives of ``config``, but keeps those of ``update`` in order.
        return PolicyParts(config={}, update=policy)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        response["Permissions-Policy"] = PERMISSIONS
        return response
