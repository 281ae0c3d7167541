"""The media types of files, by the extensions of their names."""

from mimetypes import MimeTypes

# Those that Python knows by itself, whatever the host it runs on lists; and after them, what jobs often work on.
_KNOWN = MimeTypes()
for _extension, _media_type in {
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".gz": "application/gzip",
    ".jp2": "image/jp2",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".kmz": "application/vnd.google-earth.kmz",
    ".nitf": "application/vnd.nitf",
    ".ntf": "application/vnd.nitf",
    ".xml": "application/xml",
}.items():
    _KNOWN.add_type(_media_type, _extension)
del _KNOWN.encodings_map[".gz"]


def media_type_of(name: str) -> str:
    """Return the media type of a file of this name; empty where its extension tells none."""
    media_type, compression = _KNOWN.guess_type(f"/{name}")
    return "" if media_type is None or compression else media_type
