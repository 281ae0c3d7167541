"""All URLs of the service."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.templatetags.static import static
from django.urls import Resolver404, URLPattern, URLResolver, include, path, re_path, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView

import core.api.converters  # noqa: F401  (registers the converters that the patterns of the apps use)
from audit import urls as audit
from core.api.document import DocumentView
from core.api.index import IndexRouter
from errors import urls as errors
from files import urls as files
from job_types import urls as job_types
from jobs import urls as jobs
from metrics import urls as metrics
from metrics.labels import UNKNOWN
from recipes import urls as recipes
from scale import api, views
from scale.client import client
from workspaces import urls as workspaces


@csrf_exempt
def unknown_resource(request: HttpRequest) -> HttpResponse:
    """Redirect to the URL with a slash at its end if there is one, else return 404.

    For all URLs under /v6/ that no other pattern matches.
    """
    try:
        known = resolve(f"{request.path_info}/").func is not unknown_resource
    except Resolver404:
        known = False
    if known:
        # 308, unlike 301, lets a client send its method and body again.
        location = request.get_full_path(force_append_slash=True)
        return HttpResponsePermanentRedirect(location, preserve_request=True)
    return JsonResponse({"detail": "There is no such resource; /v6/docs/ lists what there is."}, status=404)


class Icon(RedirectView):
    """Redirects to the icon, which browsers request by themselves."""

    def get_redirect_url(self, *args: object, **kwargs: object) -> str:
        return static("scale/icon.svg")


router = IndexRouter(use_regex_path=False)
# Jobs and metrics before job types, since a name there would match the fixed words of their URLs.
for app in (audit, errors, workspaces, files, jobs, metrics, job_types, recipes):
    router.registry += app.router.registry
router.register("ingests/status", api.IngestStatusViewSet, basename="ingest-status")

v6_urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    *jobs.urlpatterns,
    path("version/", api.VersionViewSet.as_view({"get": "retrieve"}), name="version"),
    path("accounts/profile/", api.ProfileViewSet.as_view({"get": "retrieve"}), name="profile"),
    path("accounts/login/", api.LoginViewSet.as_view({"get": "retrieve", "post": "create"}), name="login"),
    path("schema/", DocumentView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    re_path("", unknown_resource, name=UNKNOWN),
]

urlpatterns = [
    path("v6/", include(v6_urlpatterns)),
    path("admin/", admin.site.urls),
    path("accounts/", include("rest_framework.urls")),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/revoke/", views.revoke, name="revoke-token"),
    # Where earlier releases have them.
    path("accounts/tokens/", views.tokens),
    path("accounts/tokens/revoke/", views.revoke),
    path("ui/", client, name="client"),
    path("ui/<path:path>", client),
    path("favicon.ico", Icon.as_view()),
    path("", include("pages.urls")),
]

handler400 = "core.api.errors.bad_request"
handler500 = "core.api.errors.server_error"
