"""The headers that tell a browser what no page or answer here ever needs; of everything, errors included."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Scripts and style sheets are files of the service. Only style attributes are let be: the pages of the frameworks
# have some, and they can load nothing, since images and fonts come from here alone.
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
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
