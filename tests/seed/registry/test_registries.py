"""The registries of the settings: how they are written, and where they may lead."""

import pytest

from seed.registry import Origin, Registry
from seed.registry.registries import is_public

DOCKER_HUB = Registry.parse("docker.io blobs=*.example.com")


def test_an_entry_is_a_registry_with_options() -> None:
    entry = (
        "Registry.example.com:5000 tokens=auth.example.com blobs=a.example.com blobs=http://b:8080 "
        "internal internal=b ca=/etc/ca.pem"
    )
    assert Registry.parse(entry) == Registry(
        name="registry.example.com:5000",
        origin=Origin("https", "registry.example.com", 5000),
        tokens=Origin("https", "auth.example.com", 443),
        blobs=(Origin("https", "a.example.com", 443), Origin("http", "b", 8080)),
        internal=frozenset({"registry.example.com", "b"}),
        ca_file="/etc/ca.pem",
    )


@pytest.mark.parametrize(
    "entry", ["", "ftp://a", "a/b:x", "a:0", "a:99999", "a internal=", "a tokens=", "a b", "a ca=", "a_b", "[::1"]
)
def test_another_entry_is_refused(entry: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        Registry.parse(entry)


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ("registry.example.com", ["registry.example.com", "Registry.Example.com:443"]),
        ("http://127.0.0.1:5000", ["127.0.0.1:5000"]),
        ("https://[::1]:5000", ["[::1]:5000"]),
        ("docker.io", ["docker.io"]),
    ],
)
def test_a_registry_is_called_as_references_call_it(entry: str, names: list[str]) -> None:
    registry = Registry.parse(entry)
    assert all(map(registry.is_called, names))
    assert not any(map(registry.is_called, ["registry.example.com:5000", "example.com", "127.0.0.1", "a:b"]))


def test_docker_hub_is_where_it_is() -> None:
    assert (str(DOCKER_HUB.origin), str(DOCKER_HUB.tokens)) == ("registry-1.docker.io", "auth.docker.io")


def test_a_domain_covers_the_hosts_in_it_and_no_other() -> None:
    assert DOCKER_HUB.has_blobs_at(Origin.parse("a.b.example.com"))
    for other in (
        "example.com",
        "aexample.com",
        "a.example.com:444",
        "http://a.example.com",
        "a.example.com.evil.org",
    ):
        assert not DOCKER_HUB.has_blobs_at(Origin.parse(other))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1"),
        *("64:ff9b::a9fe:a9fe", "2002:7f00:1::", "ff02::1"),
    ],
)
def test_an_address_that_is_not_of_the_internet_is_internal(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)
    assert Registry.parse("registry.example.com").may_be_at("registry.example.com", address)


def test_a_registry_that_leads_anywhere_does_so_by_tls_alone() -> None:
    registry = Registry(name="a.example.com", origin=Origin.parse("a.example.com"), leads_anywhere=True)
    assert registry.has_blobs_at(Origin.parse("b.example.com"))
    assert registry.hands_out_tokens_at(Origin.parse("b.example.com"))
    assert not registry.has_blobs_at(Origin.parse("http://b.example.com"))
    assert not registry.hands_out_tokens_at(Origin.parse("http://b.example.com"))
