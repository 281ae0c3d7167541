"""The manifest label of an image, and the digest of what its reference names.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pull has the requests,
https://github.com/opencontainers/image-spec/blob/v1.1.0/ the documents.
"""

import hashlib
import platform
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from seed.images import ImageReference, ImageReferenceError
from seed.registry.errors import RegistryError
from seed.registry.registries import Registry
from seed.registry.session import LIMITS, Answer, Limits, Session, read_object
from seed.sources import LABEL
from seed.wording import shortened

_OCI_INDEX = "application/vnd.oci.image.index.v1+json"
_OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
_DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_INDEXES, _MANIFESTS = (_OCI_INDEX, _DOCKER_LIST), (_OCI_MANIFEST, _DOCKER_MANIFEST)
_ACCEPT = ", ".join((*_INDEXES, *_MANIFESTS))
_CONFIGS = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
_ALGORITHMS = ("sha256", "sha384", "sha512")
# What the kernel calls an architecture -> what images call it; others have one name.
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
_MOST_PLATFORMS = 10  # that an error lists


@dataclass(frozen=True, slots=True)
class Label:
    """What the label of an image holds, and the digest of the manifest or index that the reference names."""

    text: str
    digest: str
    reference: ImageReference


@dataclass(frozen=True, slots=True)
class _Manifest:
    """A manifest or an index as it was fetched."""

    media_type: str
    document: Mapping[str, Any]
    digest: str


def read_label(
    image: str, *, registries: Collection[Registry], architecture: str | None = None, limits: Limits = LIMITS
) -> Label:
    """Return the label with the manifest of an image, which one of ``registries`` has.

    ``image`` is a reference; without tag and digest, ``latest`` is meant, and without a registry Docker Hub. Of an
    index, the image for Linux on ``architecture`` (such as ``amd64``) is read, by default that of this machine. All
    that is read has the digest that it should have. Raises RegistryError.
    """
    reference, registry = _find(image, registries)
    architecture = architecture or _ARCHITECTURES.get(platform.machine(), platform.machine())
    with Session(registry, _repository(reference, registry), limits) as session:
        named = _fetch(session, reference.digest or reference.tag or "latest")
        manifest = named
        if named.media_type in _INDEXES:
            manifest = _fetch(session, _choose(named.document, architecture))
            if manifest.media_type in _INDEXES:
                raise RegistryError(
                    "UNSUPPORTED_IMAGE", "The image is an index in an index, which is not supported."
                )
        config = _fetch_config(session, manifest.document)
    return Label(_label(config), named.digest, reference)


def read_digest(image: str, *, registries: Collection[Registry], limits: Limits = LIMITS) -> str:
    """Return the digest of the manifest or index that a reference names now. Raises RegistryError."""
    reference, registry = _find(image, registries)
    with Session(registry, _repository(reference, registry), limits) as session:
        return _fetch(session, reference.digest or reference.tag or "latest").digest


def _find(image: str, registries: Collection[Registry]) -> tuple[ImageReference, Registry]:
    """Return the parts of a reference, and the registry that it names."""
    try:
        reference = ImageReference.parse(image)
    except ImageReferenceError as error:
        raise RegistryError("INVALID_DOCKER_IMAGE", f"This is no image reference, because {error}.") from None
    name = reference.registry or "docker.io"
    for registry in registries:
        if registry.is_called(name):
            return reference, registry
    meant = "" if reference.registry else ", which is meant as the reference names none,"
    allowed = ", ".join(sorted(registry.name for registry in registries)) or "none"
    raise RegistryError(
        "REGISTRY_NOT_ALLOWED",
        f"The registry {shortened(name)}{meant} is none of those that may be asked: {allowed}.",
    )


def _repository(reference: ImageReference, registry: Registry) -> str:
    official = registry.name == "docker.io" and "/" not in reference.path
    return f"library/{reference.path}" if official else reference.path


def _fetch(session: Session, wanted: str) -> _Manifest:
    """Fetch a manifest or an index by its tag or digest."""
    answer = session.get(f"manifests/{wanted}", accept=_ACCEPT)
    sent_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent_type.startswith("application/vnd.docker.distribution.manifest.v1"):
        raise _schema_1()
    digest = _digest(answer, wanted)
    document = read_object(answer.body, "The manifest of the image")
    if document.get("schemaVersion") == 1:
        raise _schema_1()
    media_type = document.get("mediaType", sent_type)
    if media_type not in (*_INDEXES, *_MANIFESTS):
        what = shortened(media_type) if isinstance(media_type, str) and media_type else "no media type"
        raise RegistryError("UNSUPPORTED_IMAGE", f"The registry has {what} there, which is no image.")
    # One document could be read as two (CVE-2021-41190).
    if sent_type in (*_INDEXES, *_MANIFESTS) and sent_type != media_type:
        raise RegistryError("INVALID_REGISTRY_ANSWER", "The manifest of the image is sent as another media type.")
    if "manifests" in document and ("config" in document or "layers" in document):
        raise RegistryError("INVALID_REGISTRY_ANSWER", "The manifest of the image is an index as well.")
    return _Manifest(media_type, document, digest)


def _schema_1() -> RegistryError:
    return RegistryError(
        "UNSUPPORTED_IMAGE",
        "The image has a manifest of Docker's schema 1, which nobody can verify; push it with a current client.",
    )


def _digest(answer: Answer, wanted: str) -> str:
    """Return the digest of what was asked for as ``wanted``: that, or the one that the registry says."""
    named = answer.headers.get("docker-content-digest", "").strip()
    if ":" in wanted:
        require_digest(answer.body, wanted)
        return wanted
    if named.partition(":")[0] in _ALGORITHMS:
        require_digest(answer.body, named)
        return named
    return f"sha256:{hashlib.sha256(answer.body).hexdigest()}"


def require_digest(body: bytes, digest: str) -> None:
    """Raise RegistryError unless ``body`` has this digest."""
    algorithm, _, value = digest.partition(":")
    if algorithm not in _ALGORITHMS:
        raise RegistryError(
            "UNSUPPORTED_IMAGE",
            f"A digest is of the kind {shortened(algorithm)}; {', '.join(_ALGORITHMS)} are known.",
        )
    if hashlib.new(algorithm, body).hexdigest() != value:
        raise RegistryError(
            "DIGEST_MISMATCH",
            f"What the registry sent does not have the digest {algorithm}:{shortened(value)[:12]}….",
        )


def _choose(index: Mapping[str, Any], architecture: str) -> str:
    """Return the digest of the image for Linux on ``architecture``."""
    members = index.get("manifests")
    there = []
    for member in members if isinstance(members, list) else []:
        runs_on = member.get("platform") if isinstance(member, dict) else None
        if not isinstance(runs_on, dict):
            continue
        parts = [part for name in ("os", "architecture", "variant") if isinstance(part := runs_on.get(name), str)]
        if parts[:2] == ["linux", architecture]:
            return _descriptor(member)
        if parts[:1] != ["unknown"]:  # where builders keep their attestations
            there.append(shortened("/".join(parts)))
    listed = ", ".join(dict.fromkeys(there[:_MOST_PLATFORMS])) or "none"
    more = f" and {len(there) - _MOST_PLATFORMS} more" if len(there) > _MOST_PLATFORMS else ""
    raise RegistryError(
        "UNSUPPORTED_PLATFORM", f"The image is not there for linux/{architecture}, but for: {listed}{more}."
    )


def _fetch_config(session: Session, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Fetch the configuration of an image."""
    descriptor = manifest.get("config")
    digest = _descriptor(descriptor)
    media_type = descriptor.get("mediaType") if isinstance(descriptor, dict) else None
    if media_type not in _CONFIGS:
        what = shortened(media_type) if isinstance(media_type, str) else "none"
        raise RegistryError("UNSUPPORTED_IMAGE", f"This is no image that can run; its configuration is {what}.")
    answer = session.get(f"blobs/{digest}", accept="*/*")
    require_digest(answer.body, digest)
    return read_object(answer.body, "The configuration of the image")


def _descriptor(descriptor: object) -> str:
    """Return the digest in a descriptor."""
    digest = descriptor.get("digest") if isinstance(descriptor, dict) else None
    try:
        parsed = ImageReference.parse(f"image@{digest}").digest
    except ImageReferenceError:
        parsed = None
    if not isinstance(digest, str) or parsed is None:
        raise RegistryError(
            "INVALID_REGISTRY_ANSWER", "The manifest of the image refers to something by no digest."
        )
    return parsed


def _label(config: Mapping[str, Any]) -> str:
    """Return the text of the label in a configuration of an image."""
    inner = config.get("config")
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    text = labels.get(LABEL) if isinstance(labels, dict) else None
    if not isinstance(text, str):
        raise RegistryError("MISSING_LABEL", f"The image has no label {LABEL}, so that it is not a Seed image.")
    return text
