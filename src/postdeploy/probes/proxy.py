"""The proxy that this machine reaches the world through, and its troubles, which are never the product's."""

from __future__ import annotations

import base64
import ipaddress
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from postdeploy.errors import ProbeError
from postdeploy.gateway import is_gateways
from postdeploy.probes.course import PROXY

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MEND = "Mend HTTP_PROXY, HTTPS_PROXY or NO_PROXY of this machine, or the proxy"
_LONGEST = 16384
_LOGIN = httpx.codes.PROXY_AUTHENTICATION_REQUIRED


class ProxyTrouble(ProbeError):
    """The proxy let nothing through, so that the host behind it could not be observed."""

    def __init__(self, proxy: str, what: str) -> None:
        super().__init__(f"the proxy {without_login(proxy)} {what}", mend=_MEND)


@dataclass(frozen=True)
class Proxies:
    """Scheme → address of the proxy for it ("all" for any other), and under "no" the hosts that need none."""

    by_scheme: Mapping[str, str] = field(default_factory=dict)

    def of(self, url: str) -> str:
        """The proxy for a URL, or ""; what runs on this machine itself is never asked through one."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        exempt = [word.strip() for word in self.by_scheme.get("no", "").split(",")]
        if host in _LOOPBACK or any(_covers(word, host, parts.port) for word in exempt if word):
            return ""
        found = self.by_scheme.get(parts.scheme) or self.by_scheme.get("all", "")
        return found if "://" in found or not found else f"http://{found}"

    def servers(self) -> Iterator[str]:
        """Each proxy once, in the order in which browsers are told."""
        yield from dict.fromkeys(
            self.by_scheme[scheme]
            for scheme in ("https", "http", "all")
            if scheme in self.by_scheme
        )

    def secrets(self) -> Iterator[str]:
        """The passwords in them."""
        for server in self.servers():
            if (password := urlsplit(server).password) is not None:
                yield from {password, unquote(password)}


def _covers(exempt: str, host: str, port: int | None) -> bool:
    """Whether a word of NO_PROXY means a host: a name and all below it, an address, a network, or all (*)."""
    word, _, wanted = exempt.partition(":") if exempt.count(":") == 1 else (exempt, "", "")
    if wanted and wanted != str(port):
        return False
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(word, strict=False)
    except ValueError:
        name = word.lstrip("*").lstrip(".").lower()
        return word == "*" or (bool(name) and (host == name or host.endswith(f".{name}")))


def without_login(url: str) -> str:
    """An address of a proxy as it may be shown."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class ProxiedTransport(httpx.AsyncBaseTransport):
    """Sends each request directly, or through the proxy for its host, and tells the proxy's troubles apart."""

    def __init__(self, proxies: Proxies, verify: ssl.SSLContext, limits: httpx.Limits) -> None:
        self._proxies = proxies
        self._verify = verify
        self._limits = limits
        self._direct = httpx.AsyncHTTPTransport(verify=verify, limits=limits)
        self._through: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Raises ProxyTrouble besides what httpx raises."""
        proxy = self._proxies.of(str(request.url))
        if not proxy:
            return await self._direct.handle_async_request(request)
        with_tunnel = _Tunnel(request)
        if request.url.scheme == "https":
            request.extensions[PROXY] = proxy
        try:
            response = await self._transport(proxy).handle_async_request(request)
        except httpx.PoolTimeout:
            raise
        except httpx.TransportError as error:
            if not with_tunnel.through(error):
                raise ProxyTrouble(proxy, _refusal(error, request.url.host)) from error
            raise
        if trouble := _answered(response, request):
            await response.aclose()
            raise ProxyTrouble(proxy, trouble)
        return response

    def _transport(self, proxy: str) -> httpx.AsyncHTTPTransport:
        if proxy not in self._through:
            self._through[proxy] = httpx.AsyncHTTPTransport(
                proxy=proxy, verify=self._verify, limits=self._limits
            )
        return self._through[proxy]

    async def aclose(self) -> None:
        """Close all connections."""
        for transport in (self._direct, *self._through.values()):
            await transport.aclose()


class _Tunnel:
    """Whether a request has come past the proxy: until then nothing speaks of the host behind it."""

    def __init__(self, request: httpx.Request) -> None:
        self._secure = request.url.scheme == "https"
        self._begun = False
        self._shaking = False
        self._inner = request.extensions.get("trace")
        request.extensions = {**request.extensions, "trace": self._trace}

    def through(self, error: httpx.TransportError) -> bool:
        """Whether `error` comes from behind the proxy."""
        if isinstance(error, httpx.ProxyError | httpx.ConnectError | httpx.ConnectTimeout):
            # A tunnel that stands, and a host at its end whose handshake fails.
            return self._shaking and not isinstance(error, httpx.ProxyError)
        return self._shaking or not self._begun or not self._secure

    async def _trace(self, name: str, info: Mapping[str, object]) -> None:
        self._begun |= name.endswith("connect_tcp.started")
        self._shaking |= self._begun and name.endswith("start_tls.started")
        if self._inner is not None:
            await self._inner(name, info)


def _refusal(error: httpx.TransportError, host: str) -> str:
    if isinstance(error, httpx.ProxyError) and str(error).startswith(str(int(_LOGIN))):
        return "wants a login (407)"
    if isinstance(error, httpx.ProxyError):
        return f"does not reach {host} ({error})"
    return f"cannot be reached, or does not answer ({type(error).__name__}: {error})"


def _answered(response: httpx.Response, request: httpx.Request) -> str:
    """What the proxy says in the place of the host; through a tunnel it cannot."""
    if request.url.scheme == "https":
        return ""
    if response.status_code == _LOGIN:
        return "wants a login (407)"
    if is_gateways(response.status_code, response.headers.get("content-type", "")):
        return f"does not reach {request.url.host} ({response.status_code})"
    return ""


def open_tunnel(proxy: str, host: str, port: int, seconds: float) -> socket.socket:
    """A connection to a host by way of a proxy, which may take `seconds` at each step. Raises ProxyTrouble."""
    parts = urlsplit(proxy)
    place = (str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80))
    try:
        connection = socket.create_connection(place, timeout=seconds)
        connection.sendall(_connect(f"{host}:{port}", parts))
        status = _status(connection)
    except OSError as error:
        what = f"cannot be reached, or does not answer ({error.strerror or error})"
        raise ProxyTrouble(proxy, what) from error
    if httpx.codes.is_success(status):
        return connection
    connection.close()
    told = "wants a login (407)" if status == _LOGIN else f"does not reach {host} ({status})"
    raise ProxyTrouble(proxy, told)


def _connect(place: str, proxy: SplitResult) -> bytes:
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.username is not None:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(login).decode()}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _status(connection: socket.socket) -> int:
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < _LONGEST:
        # One by one: what comes after the empty line is the host's.
        byte = connection.recv(1)
        if not byte:
            break
        answer += byte
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
