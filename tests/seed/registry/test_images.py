"""Labels and digests of images in a registry: manifests, indexes, references."""

import pytest

from seed import ImageReference
from seed.registry import Label, RegistryError, read_digest, read_label
from tests.seed.registry.server import (
    DOCKER_CONFIG,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    Server,
    digest_of,
)

TYPES = [(OCI_MANIFEST, OCI_CONFIG), (DOCKER_MANIFEST, DOCKER_CONFIG)]


def read(server: Server, reference: str = "team/image:1.0.0") -> Label:
    image = f"{server.name}/{reference}"
    return read_label(image, registries=[server.registry()], architecture="amd64")


def refusal(server: Server, reference: str = "team/image:1.0.0") -> tuple[str, str]:
    with pytest.raises(RegistryError) as raised:
        read(server, reference)
    return raised.value.name, str(raised.value)


@pytest.mark.parametrize("types", TYPES)
def test_the_label_of_an_image_is_read_with_the_digest_of_its_manifest(
    server: Server, types: tuple[str, str]
) -> None:
    digest = server.add_image("the label", types=types)
    reference = ImageReference(server.name, "team/image", "1.0.0", None)
    assert read(server) == Label("the label", digest, reference)
    assert read_digest(f"{server.name}/team/image:1.0.0", registries=[server.registry()]) == digest


def test_an_image_is_found_by_its_digest_and_without_a_tag_by_latest(server: Server) -> None:
    digest, latest = server.add_image("old"), server.add_image("new", "latest")
    assert read(server, f"team/image@{digest}").text == "old"
    assert read(server, f"team/image:latest@{digest}").digest == digest
    assert (read(server, "team/image").text, read(server, "team/image").digest) == ("new", latest)


@pytest.mark.parametrize("media_type", [OCI_INDEX, DOCKER_LIST])
def test_of_an_index_our_platform_is_read_and_the_digest_is_that_of_the_index(
    server: Server, media_type: str
) -> None:
    other, ours = server.add_image("arm", "arm"), server.add_image("amd", "amd")
    index = server.add_index({"unknown/unknown": other, "linux/arm64": other, "linux/amd64": ours}, media_type)
    label = read(server)
    assert (label.text, label.digest) == ("amd", index)


def test_an_index_without_our_platform_names_those_that_it_has(server: Server) -> None:
    other = server.add_image("arm")
    server.add_index({"unknown/unknown": other, "linux/arm64": other, "windows/amd64": other})
    assert refusal(server) == (
        "UNSUPPORTED_PLATFORM",
        "The image is not there for linux/amd64, but for: linux/arm64, windows/amd64.",
    )


def test_an_index_in_an_index_is_refused(server: Server) -> None:
    inner = server.add_index({}, tag="inner")
    server.add_index({"linux/amd64": inner})
    assert refusal(server)[0] == "UNSUPPORTED_IMAGE"


@pytest.mark.parametrize("label", [None, ""])
def test_an_image_without_the_label_is_no_seed_image(server: Server, label: str | None) -> None:
    server.add_image(label)
    if label is None:
        sentence = "The image has no label com.ngageoint.seed.manifest, so that it is not a Seed image."
        assert refusal(server) == ("MISSING_LABEL", sentence)
    else:
        assert read(server).text == ""


def test_an_image_that_is_not_there_is_named(server: Server) -> None:
    assert refusal(server) == ("UNKNOWN_IMAGE", f"{server.name} has no such image in team/image.")


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"schemaVersion": 1, "name": "team/image"}, "UNSUPPORTED_IMAGE"),
        ({"schemaVersion": 2, "mediaType": "application/vnd.example"}, "UNSUPPORTED_IMAGE"),
        ({"schemaVersion": 2}, "UNSUPPORTED_IMAGE"),
        ({"schemaVersion": 2, "mediaType": OCI_MANIFEST}, "INVALID_REGISTRY_ANSWER"),
        ({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": {"digest": "no"}}, "INVALID_REGISTRY_ANSWER"),
        ({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": {}, "manifests": []}, "INVALID_REGISTRY_ANSWER"),
        ({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": {}}, "UNSUPPORTED_PLATFORM"),
    ],
)
def test_what_is_no_image_is_refused(server: Server, document: dict[str, object], name: str) -> None:
    server.add_manifest(document)
    assert refusal(server)[0] == name


def test_an_artifact_that_cannot_run_is_refused(server: Server) -> None:
    server.add_image("label", types=(OCI_MANIFEST, "application/vnd.example.chart"))
    assert refusal(server) == (
        "UNSUPPORTED_IMAGE",
        "This is no image that can run; its configuration is application/vnd.example.chart.",
    )


@pytest.mark.parametrize("path", ["manifests", "blobs"])
def test_a_document_that_differs_from_its_digest_is_refused(server: Server, path: str) -> None:
    server.add_image("label")
    for place, (media_type, body) in server.documents.items():
        if f"/{path}/" in place:
            server.documents[place] = (media_type, body + b" ")
    digest = next(place.rpartition("/")[2] for place in server.documents if "/blobs/" in place)
    if path == "blobs":
        assert refusal(server)[0] == "DIGEST_MISMATCH"
    else:
        real = next(place.rpartition("/")[2] for place in server.documents if "/manifests/sha256" in place)
        assert refusal(server, f"team/image@{real}")[0] == "DIGEST_MISMATCH"
    assert digest.startswith("sha256:")


def test_a_manifest_that_differs_from_the_digest_that_is_sent_with_it_is_refused(server: Server) -> None:
    server.add_image("label")

    def lie(request: object) -> None:
        media_type, body = server.documents["team/image/manifests/1.0.0"]
        request.send(200, body, Content_Type=media_type, Docker_Content_Digest=digest_of(b"other"))  # type: ignore[attr-defined]

    server.handle = lie
    assert refusal(server)[0] == "DIGEST_MISMATCH"


@pytest.mark.parametrize(
    ("image", "name", "sentence"),
    [
        ("a b", "INVALID_DOCKER_IMAGE", "This is no image reference, because it has white space."),
        (
            "other.example.com/image",
            "REGISTRY_NOT_ALLOWED",
            "The registry other.example.com is none of those that may be asked: {}.",
        ),
        (
            "image:1.0.0",
            "REGISTRY_NOT_ALLOWED",
            "The registry docker.io, which is meant as the reference names none, is none of those that may be "
            "asked: {}.",
        ),
    ],
)
def test_a_reference_that_leads_elsewhere_is_refused(server: Server, image: str, name: str, sentence: str) -> None:
    with pytest.raises(RegistryError) as raised:
        read_label(image, registries=[server.registry()])
    assert (raised.value.name, str(raised.value)) == (name, sentence.format(server.name))
    assert server.seen == []
