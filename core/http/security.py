"""The headers that tell a browser what no page or answer here ever needs; of everything, errors included."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from django.http import HttpRequest, HttpResponse

# The style attributes that pages of Django REST framework have. These values are allowed, and no others.
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
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        f"style-src-attr 'unsafe-hashes' {_STYLE_HASHES}",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
PERMISSIONS = ", ".join(f"{feature}=()" for feature in ("camera", "geolocation", "microphone", "payment", "usb"))


class SecurityHeadersMiddleware:
    """Adds the content security policy, of pages or of data, and the permissions policy.

    Django's own middleware adds the rest (nosniff, referrer, opener, frames, and HTTPS alone in production).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        response["Content-Security-Policy"] = PAGE_POLICY if is_page else DATA_POLICY
        response["Permissions-Policy"] = PERMISSIONS
        return response
