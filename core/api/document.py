"""Serves the API document, which is the same for everyone and made once by each process."""

from threading import Lock

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

# The library loads parts of itself when it first makes a document, and fails when two do at once.
_making = Lock()
_made: dict[str, bytes] = {}  # media type -> the document as that


class DocumentView(SpectacularAPIView):
    """The OpenAPI document of this service, as YAML or JSON."""

    def _get_schema_response(self, request: Request) -> HttpResponse:
        renderer = request.accepted_renderer
        with _making:
            if renderer.media_type not in _made:
                document = SchemaGenerator().get_schema(request=None, public=True)
                _made[renderer.media_type] = renderer.render(document, renderer.media_type, {})
        name = self._get_filename(request, version=None)
        disposition = f'inline; filename="{name}"'
        return HttpResponse(
            _made[renderer.media_type], renderer.media_type, headers={"Content-Disposition": disposition}
        )
