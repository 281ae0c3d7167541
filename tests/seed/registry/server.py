"""An HTTP or HTTPS server on 127.0.0.1 that plays a registry, honest or not."""

import hashlib
import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from seed.registry import Registry
from seed.sources import LABEL

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"

Handle = Callable[["Request"], None]


def digest_of(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


class Request(BaseHTTPRequestHandler):
    """A request; whoever handles it answers with ``send``, or writes what it likes."""

    server: "Server"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        try:
            self.server.handle(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client has had enough

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer; underscores in the names of headers are hyphens."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A registry with the documents in ``documents``: a path below ``/v2/`` -> media type and body."""

    daemon_threads = True
    block_on_close = False
    scheme = "http"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.documents: dict[str, tuple[str, bytes]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.handle: Handle = self.serve

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that leave: they are what the tests are about."""

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.name}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.seen]

    def registry(self, options: str = "", **accounts: Any) -> Registry:
        entry = self.name if self.scheme == "https" else self.url
        return Registry.parse(f"{entry} {options}", **accounts)

    def serve(self, request: Request) -> None:
        """Answer as a registry does."""
        path = request.path.removeprefix("/v2/")
        if path not in self.documents:
            request.send(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')
            return
        media_type, body = self.documents[path]
        request.send(200, body, Content_Type=media_type, Docker_Content_Digest=digest_of(body))

    def add_blob(self, body: bytes, repository: str = "team/image") -> str:
        digest = digest_of(body)
        self.documents[f"{repository}/blobs/{digest}"] = ("application/octet-stream", body)
        return digest

    def add_manifest(self, document: Any, tag: str = "1.0.0", repository: str = "team/image") -> str:
        body = json.dumps(document).encode()
        digest = digest_of(body)
        for name in (tag, digest):
            self.documents[f"{repository}/manifests/{name}"] = (document.get("mediaType", ""), body)
        return digest

    def add_image(
        self,
        label: str | None,
        tag: str = "1.0.0",
        types: tuple[str, str] = (OCI_MANIFEST, OCI_CONFIG),
        repository: str = "team/image",
    ) -> str:
        """Add an image with a label, None for none. Return the digest of its manifest."""
        labels = {} if label is None else {LABEL: label}
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": labels}}).encode()
        descriptor = {"mediaType": types[1], "digest": self.add_blob(config, repository), "size": len(config)}
        manifest = {"schemaVersion": 2, "mediaType": types[0], "config": descriptor, "layers": []}
        return self.add_manifest(manifest, tag, repository)

    def add_index(self, members: dict[str, str], media_type: str = OCI_INDEX, tag: str = "1.0.0") -> str:
        """Add an index of platforms (os/architecture) and digests."""
        manifests = [
            {"digest": digest, "platform": dict(zip(("os", "architecture"), platform.split("/"), strict=True))}
            for platform, digest in members.items()
        ]
        return self.add_manifest({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}, tag)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def certify(folder: Path, name: str) -> Path:
    """Make a key and a certificate of itself for ``name``, a SAN such as ``IP:127.0.0.1``; both in one file."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command: list[str | Path] = [
        *(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ),
        *("-keyout", key, "-out", certificate, "-subj", "/CN=registry", "-addext", f"subjectAltName={name}"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text(certificate.read_text() + key.read_text())
    return both


def secured(server: Server, pem: Path) -> Server:
    """Let a server speak TLS with the key and the certificate in ``pem``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    # The handshake is left to the thread of the connection.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.scheme = "https"
    return server
