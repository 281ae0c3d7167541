"""References to container images, as registries and their clients read them."""

import re
from dataclasses import dataclass
from typing import Self

from seed.wording import quoted

# https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests has the grammar of paths
# and tags, https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md#digests that of digests.
# https://pkg.go.dev/github.com/distribution/reference joins them to references, and has the length of a path.
_LONGEST_PATH = 255
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REGISTRY = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?")
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}")
_DIGEST = re.compile(r"\A(?P<algorithm>[a-z0-9]+(?:[+._-][a-z0-9]+)*):(?P<encoded>[a-zA-Z0-9=_-]{32,})\Z")
_HEX_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}


class ImageReferenceError(ValueError):
    """A text that is no image reference; the message is a clause that says why not, and never shows all of it."""


@dataclass(frozen=True, slots=True)
class ImageReference:
    """Where an image is: ``[registry/]path[:tag][@digest]``; the client chooses what is None."""

    registry: str | None
    path: str
    tag: str | None
    digest: str | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference. Raises ImageReferenceError for what no registry could have."""
        if "://" in text:
            scheme, separator, _ = text.partition("://")
            raise ImageReferenceError(f"it is a URL; leave out {quoted(scheme + separator)}")
        if re.search(r"\s", text):
            raise ImageReferenceError("it has white space")
        named, at, digest = text.partition("@")
        registry, path = _split(named)
        # Behind the registry, whose port it would be otherwise.
        path, colon, tag = path.partition(":")
        if registry is not None and not _REGISTRY.fullmatch(registry):
            raise ImageReferenceError(f"{quoted(registry)} is not the name of a registry, with or without a port")
        _require_path(path)
        if colon and not _TAG.fullmatch(tag):
            allowed = "a tag has 1 to 128 letters, digits, '_', '.' and '-', and begins with neither '.' nor '-'"
            raise ImageReferenceError(f"{quoted(tag)} is not a tag; {allowed}")
        if at:
            _require_digest(digest)
        return cls(registry, path, tag if colon else None, digest if at else None)


def pinned_image(image: str, digest: str | None) -> str:
    """Return the reference of an image with a digest for its tag, ``[registry/]path@digest``; as it is without one.

    A reference that names a digest itself stays as it is, too.
    """
    if digest is None or "@" in image:
        return image
    directory, slash, name = image.rpartition("/")
    return f"{directory}{slash}{name.partition(':')[0]}@{digest}"


def _split(named: str) -> tuple[str | None, str]:
    """Split the registry off: a first component with a dot or a colon, or ``localhost``, as in Docker."""
    first, slash, rest = named.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first):
        return first, rest
    return None, named


def _require_path(path: str) -> None:
    if len(path) > _LONGEST_PATH:
        raise ImageReferenceError(f"its path has {len(path)} characters; at most {_LONGEST_PATH} are allowed")
    for component in path.split("/"):
        if not component:
            raise ImageReferenceError("a component of its path is empty")
        if _COMPONENT.fullmatch(component):
            continue
        if _COMPONENT.fullmatch(component.lower()):
            sentence = "a path is in lower case, and the name of a registry has a dot or a port"
            raise ImageReferenceError(f"{quoted(component)} has upper-case letters; {sentence}")
        allowed = "a component of a path has a-z and 0-9, and between them '.', '_', '__' or '-'"
        raise ImageReferenceError(f"{quoted(component)} cannot be in a path; {allowed}")


def _require_digest(digest: str) -> None:
    match = _DIGEST.match(digest)
    if not match:
        right = "a digest is an algorithm, ':' and a value, such as sha256: and 64 hexadecimal digits"
        raise ImageReferenceError(f"{quoted(digest)} is not a digest; {right}")
    digits = _HEX_DIGITS.get(match["algorithm"])
    if digits and not re.fullmatch(rf"[0-9a-f]{{{digits}}}", match["encoded"]):
        sentence = f"a value of {match['algorithm']} has {digits} hexadecimal digits in lower case"
        raise ImageReferenceError(f"{quoted(digest)} is not a digest; {sentence}")
