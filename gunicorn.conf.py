"""How gunicorn serves: where, with how many processes, and with which log."""

import gc
import os

GARBAGE = 10_000  # objects, that were made since the last collection and are there yet

wsgi_app = "scale.wsgi"
bind = os.environ.get("BIND", "127.0.0.1:8000")
# A process for each core that this one may use, which in a container can be fewer than the machine has.
workers = int(os.environ.get("WEB_CONCURRENCY", len(os.sched_getaffinity(0))))
worker_class = "gthread"
# While one thread waits for the database another one works; more than a few only wait for the interpreter.
threads = int(os.environ.get("WEB_THREADS", "4"))
# Loaded once, and shared by the processes as long as nobody writes to it.
preload_app = True
timeout = 60
graceful_timeout = 30
# Longer than proxies and load balancers keep a connection, so that theirs is the end that closes it.
keepalive = 75
# A process is replaced after so many requests, in case something grows in it; never all of them at once. One that
# ends answers what was begun, and asks those who keep connections to open new ones.
max_requests = int(os.environ.get("WEB_MAX_REQUESTS", "100000"))
max_requests_jitter = max_requests // 5
# Nobody steers it at run time, and the image has no place for the socket.
control_socket_disable = True
# A query may repeat `id` and `keyword` often.
limit_request_line = 8190

# The service logs its requests itself, with their ids; gunicorn's own lines take the same form.
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(levelname)s %(name)s %(message)s",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": "time",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False}},
}


def when_ready(server: object) -> None:
    """Takes what was loaded out of the garbage collector's sight, once, before there are processes that share it.

    A collection would look at all of it again and again, and write to each page of it. Nor does one begin in the
    middle of an answer: it comes when the answer has left.
    """
    gc.collect()
    gc.freeze()
    gc.disable()


def post_request(worker: object, request: object, environ: object, response: object) -> None:
    """Collects what requests left behind, when that is worth the while."""
    if gc.get_count()[0] > GARBAGE:
        gc.collect()
