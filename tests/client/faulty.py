"""A server on the loopback interface that answers what a test has written down, whatever it is asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Scripted:
    """An answer; with ``drop`` the connection is closed instead."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


@dataclass
class Faulty:
    """The server: where it is, what it will answer (the last answer again and again), and what it was asked."""

    url: str
    answers: list[Scripted]
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def next_answer(self) -> Scripted:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def faulty_server(*answers: Scripted) -> Iterator[Faulty]:
    """Run a server on a free port until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            state.asked.append((self.command, self.path, dict(self.headers), body))
            scripted = state.next_answer()
            if scripted.drop:
                self.close_connection = True
                return
            self.send_response(scripted.status)
            for name, value in scripted.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(scripted.body)))
            self.end_headers()
            self.wfile.write(scripted.body)

        do_GET = do_POST = do_PATCH = answer  # noqa: N815  (so http.server names them)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Faulty(f"http://127.0.0.1:{server.server_port}", list(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
