"""A proxy that lets nothing through is this machine's trouble; one that does is invisible."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator

import httpx
import pytest

from postdeploy import settings
from postdeploy.errors import Unreachable
from postdeploy.probes.connection import connect
from postdeploy.probes.http import Exchange, NoAnswer, ObservingTransport, online
from postdeploy.probes.proxy import ProxiedTransport, Proxies, ProxyTrouble
from postdeploy.probes.tls import observe_handshake
from selftests.unit.hostile import Hostile, hostile
from selftests.unit.proxying import LOGIN, proxy

_SECONDS = 0.5
PLAIN, SECURE = "http://product.test/packed", "https://product.test/packed"


@pytest.fixture(scope="module")
def server() -> Iterator[Hostile]:
    with hostile() as made:
        yield made


def through(address: str, url: str) -> httpx.Response:
    """What a client as checks have it gets from `url` where that proxy is named."""

    async def scene() -> httpx.Response:
        proxies = Proxies({"http": address, "https": address})
        inner = ProxiedTransport(proxies, httpx.create_ssl_context(), httpx.Limits())
        transport = ObservingTransport(inner, _ignore)
        async with httpx.AsyncClient(transport=transport, timeout=_SECONDS) as client:
            return await client.get(url)

    return asyncio.run(scene())


def _ignore(_: Exchange) -> None:
    pass


def dead() -> str:
    with proxy("passes", "http://127.0.0.1:9") as made:
        return made.url


def test_what_a_proxy_passes_on_is_the_hosts(server: Hostile) -> None:
    with proxy("passes", server.url) as made:
        assert through(made.url, PLAIN).text == "all is well"
        assert made.asked == [f"GET {PLAIN} HTTP/1.1"]


def test_a_login_in_its_address_is_used_and_never_shown(server: Hostile) -> None:
    with proxy("login", server.url) as made:
        assert through(made.url_with_login, PLAIN).text == "all is well"
        made.mood = "silent"
        with pytest.raises(ProxyTrouble) as told:
            through(made.url_with_login, SECURE)
    assert not any(part in str(told.value) for part in (LOGIN[1], "p%40ss-word"))


@pytest.mark.parametrize("url", [PLAIN, SECURE], ids=["http", "https"])
@pytest.mark.parametrize(
    ("mood", "told"),
    [("login", "wants a login (407)"), ("refuses", "does not reach product.test (502")],
)
def test_what_the_proxy_itself_answers_is_its_own(
    server: Hostile, mood: str, told: str, url: str
) -> None:
    with proxy(mood, server.url) as made, pytest.raises(ProxyTrouble) as raised:
        through(made.url, url)
    assert str(raised.value).startswith(f"the proxy {made.url} {told}")
    assert "Mend HTTP_PROXY" in str(raised.value)


@pytest.mark.parametrize("url", [PLAIN, SECURE], ids=["http", "https"])
def test_a_dead_proxy_is_told(url: str) -> None:
    with pytest.raises(ProxyTrouble, match="cannot be reached, or does not answer"):
        through(dead(), url)


def test_a_silent_proxy_is_told_before_the_tunnel_stands(server: Hostile) -> None:
    with proxy("silent", server.url) as made, pytest.raises(ProxyTrouble, match="does not answer"):
        through(made.url, SECURE)


def test_a_host_that_is_silent_behind_the_tunnel_is_the_hosts_doing(server: Hostile) -> None:
    with proxy("passes", server.url) as made, pytest.raises(NoAnswer, match="TLS handshake"):
        through(made.url, "https://product.test/")


def test_a_control_address_behind_a_dead_proxy_does_not_answer() -> None:
    async def scene() -> bool | None:
        proxies = Proxies({"http": dead()})
        inner = ProxiedTransport(proxies, httpx.create_ssl_context(), httpx.Limits())
        async with httpx.AsyncClient(transport=ObservingTransport(inner, _ignore)) as client:
            return await online(client, ["http://control.test/"])

    assert asyncio.run(scene()) is False


def test_connections_are_looked_at_through_the_proxy(server: Hostile) -> None:
    with proxy("login", server.url) as made:
        assert asyncio.run(connect(SECURE, _SECONDS, made.url_with_login)).open
        assert made.asked == ["CONNECT product.test:443 HTTP/1.1"]
        with pytest.raises(ProxyTrouble, match="wants a login"):
            asyncio.run(connect(SECURE, _SECONDS, made.url))
        with pytest.raises(ProxyTrouble, match="wants a login"):
            observe_handshake(SECURE, ssl.create_default_context(), _SECONDS, made.url)
    with pytest.raises(ProxyTrouble, match="cannot be reached"):
        asyncio.run(connect(SECURE, _SECONDS, made.url))


def test_without_a_proxy_a_closed_port_is_the_hosts() -> None:
    with pytest.raises(Unreachable):
        through("", dead())


@pytest.mark.parametrize(
    ("no_proxy", "place", "proxied"),
    [
        ("", "product.test", True),
        ("", "127.0.0.1:8000", False),
        ("", "localhost", False),
        ("product.test", "product.test", False),
        ("product.test", "api.product.test", False),
        (".product.test", "api.product.test", False),
        ("*.product.test", "api.product.test", False),
        ("product.test", "otherproduct.test", True),
        ("product.test:8443", "product.test", True),
        ("product.test:8443", "product.test:8443", False),
        ("10.0.0.0/8", "10.1.2.3", False),
        ("10.0.0.0/8", "11.1.2.3", True),
        ("a.test, *", "product.test", False),
    ],
)
def test_what_needs_no_proxy_is_asked_directly(no_proxy: str, place: str, proxied: bool) -> None:
    found = Proxies({"https": "proxy.test:3128", "http": "proxy.test:3128", "no": no_proxy}).of(
        f"https://{place}/"
    )
    assert found == ("http://proxy.test:3128" if proxied else "")


def test_the_settings_read_the_machines_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://runner:p%40ss@proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", "inside.test")
    found = settings.proxies()
    assert found.of("https://product.test/").endswith("@proxy.test:3128")
    assert found.of("https://inside.test/") == ""
    assert set(found.secrets()) == {"p%40ss", "p@ss"}
