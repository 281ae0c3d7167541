"""A container engine on a loopback address that knows some images by the API of Docker, and can do nothing else."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def engine_with(images: Mapping[str, Mapping[str, str] | None]) -> Iterator[str]:
    """Serve ``/version`` and ``/images/NAME/json`` for the labels of images by name; yield its DOCKER_HOST."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("/images/")[2].removesuffix("/json")
            if self.path == "/version":
                self.answer(200, {"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "20.10"})
            elif name in images:
                self.answer(200, {"Id": "sha256:1", "Config": {"Labels": images[name]}})
            else:
                self.answer(404, {"message": f"No such image: {name}"})

        def answer(self, status: int, document: object) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"tcp://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
