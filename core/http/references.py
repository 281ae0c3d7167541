"""What refers to itself once a request is answered, which Python would free by collecting garbage alone."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class ReferencesMiddleware:
    """Cuts the references by which the parts of an answered request of the API hold each other.

    Django REST framework ties view, request and response together, and Django a request and its messages (which are
    left where a page may show them). All of it would be garbage, and a process answers nobody while that is
    collected (``gunicorn.conf.py``).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith("/v6/"):
            for name in ("auser", "_messages"):
                vars(request).pop(name, None)
        if context := getattr(response, "renderer_context", None):
            vars(context["view"]).clear()
            context["request"].parser_context.clear()
            context.clear()
        return response
