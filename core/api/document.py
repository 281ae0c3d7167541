"""The view of the API document, which is the same for all users: each process generates it once."""

from threading import Lock

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

# drf-spectacular loads parts of itself when it first generates a document; two threads at once make it fail.
_generating = Lock()
_documents: dict[str, bytes] = {}  # by media type


class DocumentView(SpectacularAPIView):
    """The OpenAPI document of this service, as YAML or JSON."""

    def _get_schema_response(self, request: Request) -> HttpResponse:
        renderer = request.accepted_renderer
        with _generating:
            if renderer.media_type not in _documents:
                document = SchemaGenerator().get_schema(request=None, public=True)
                _documents[renderer.media_type] = renderer.render(document, renderer.media_type, {})
        name = self._get_filename(request, version=None)
        headers = {"Content-Disposition": f'inline; filename="{name}"'}
        return HttpResponse(_documents[renderer.media_type], renderer.media_type, headers=headers)
