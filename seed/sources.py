"""What a file for the command ``seed`` may hold: a manifest, the body of a registration, or an inspected image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from seed.documents import DocumentError
from seed.findings import Report, json_pointer
from seed.labels import Decoded, decode_manifest

LABEL = "com.ngageoint.seed.manifest"
"""The label of a Seed image in which its manifest is."""


class Kind(StrEnum):
    """In what a manifest was found."""

    MANIFEST = "a manifest"
    REGISTRATION = "the body of a registration"
    IMAGE = f"an image, which has the manifest in its label {LABEL}"


@dataclass(frozen=True, slots=True)
class Source:
    """A manifest (any JSON value), what it was found in, the fields beside it, and the findings on its encoding.

    ``pointer`` is the JSON Pointer of the manifest in the document that holds it.
    """

    kind: Kind
    manifest: Any
    report: Report
    pointer: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


def read_source(text: bytes) -> Source:
    """Read a manifest from UTF-8 text: as it is, encoded as labels hold it, or inside of another document.

    That may be the body of a registration, or what ``docker inspect``, ``podman inspect``, ``skopeo inspect`` and
    ``skopeo inspect --config`` print of one image. Raises DocumentError.
    """
    outer = decode_manifest(text)
    document = outer.document
    if isinstance(document, dict) and "manifest" in document:
        return _source(Kind.REGISTRATION, document["manifest"], ("manifest",), document)
    if (found := _labels_of(document)) is not None:
        place, labels = found
        if LABEL not in labels:
            raise DocumentError(f"The image has no label {LABEL}, so that it is not a Seed image")
        return _source(Kind.IMAGE, labels[LABEL], (*place, LABEL), {})
    return Source(Kind.MANIFEST, document, outer.report)


def _source(kind: Kind, manifest: object, place: tuple[str | int, ...], fields: Mapping[str, Any]) -> Source:
    inner = decode_manifest(manifest) if isinstance(manifest, str) else Decoded(manifest)
    return Source(kind, inner.document, inner.report, json_pointer(place), fields)


def _labels_of(document: object) -> tuple[tuple[str | int, ...], dict[str, Any]] | None:
    """Return the place and the labels of an inspected image; None if ``document`` is something else."""
    image: Any = document
    place: tuple[str | int, ...] = ()
    if isinstance(document, list) and document and all(isinstance(each, dict) for each in document):
        if len(document) > 1:
            raise DocumentError(f"The document: {len(document)} images; inspect them one by one")
        [image], place = document, (0,)
    if not isinstance(image, dict) or "seedVersion" in image:
        return None
    for member in ("Config", "config"):
        if isinstance(image.get(member), dict):
            image, place = image[member], (*place, member)
            break
    else:
        if "Labels" not in image:
            return (place, image) if LABEL in image else None
    labels = image.get("Labels")
    return (*place, "Labels"), labels if isinstance(labels, dict) else {}
