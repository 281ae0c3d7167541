"""Headers by which a proxy would set variables of the environment: from a client they change nothing."""

from tests.load.server import Client, Server

PATH = "/v6/job-types/"
MADE_UP = {
    "SCRIPT_NAME": "/x",
    "Script-Name": "/x",
    "PATH_INFO": "/admin/",
    "Path-Info": "/admin/",
    "REMOTE_USER": "operator",
    "Remote-User": "operator",
    "REMOTE_ADDR": "192.0.2.1",
    "QUERY_STRING": "page=x",
    "REQUEST_METHOD": "DELETE",
    "wsgi.url_scheme": "https",
    "X_Forwarded_For": "192.0.2.1",
    "X-Forwarded-Prefix": "/x",
    "X-Forwarded-Protocol": "ssl",
    "X-Forwarded-Ssl": "on",
    "X-Http-Method-Override": "DELETE",
    "X-Original-Url": "/admin/",
    "X-Rewrite-Url": "/admin/",
    "Proxy": "http://192.0.2.1/",
}


def test_headers_that_a_client_makes_up_change_nothing(server: Server) -> None:
    client = Client(server.port)
    expected = client.send("GET", PATH)
    assert expected[0] == 200
    for name, value in MADE_UP.items():
        assert client.send("GET", PATH, **{name: value}) == expected, name
    assert client.send("GET", PATH, **MADE_UP) == expected
    assert "Traceback" not in server.log.read_text()
