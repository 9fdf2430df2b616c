"""Observes a host's certificate by a handshake: whether it is trusted, for that host, and for how long."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

from postdeploy.errors import Unreachable
from postdeploy.probes.endpoint import address
from postdeploy.probes.http import NoAnswer
from postdeploy.probes.proxy import open_tunnel

_DAY = 86_400


@dataclass(frozen=True)
class Handshake:
    """How a handshake ended; `refused` says why the certificate is not to be trusted, "" if it is."""

    host: str
    refused: str = ""
    expires: datetime | None = None
    protocol: str = ""

    def days_left(self, now: datetime) -> float | None:
        """For how many days the certificate is still valid; None where none was shown."""
        return None if self.expires is None else (self.expires - now).total_seconds() / _DAY


def observe_handshake(
    url: str, context: ssl.SSLContext, seconds: float, proxy: str = ""
) -> Handshake:
    """Shake hands with the host of `url`, which blocks for at most `seconds` at each step.

    Raises Unreachable without a connection, NoAnswer when the host takes it and then says nothing,
    ProxyTrouble where the `proxy` (if any) does not let it through.
    """
    host, port = address(url)
    try:
        with _connected(host, port, seconds, proxy) as connection:
            return _shaken(connection, host, context)
    except TimeoutError as error:
        raise Unreachable(url, f"no connection within {seconds:g} s") from error
    except OSError as error:
        raise Unreachable(url, error.strerror or str(error)) from error


def _connected(host: str, port: int, seconds: float, proxy: str) -> socket.socket:
    if proxy:
        return open_tunnel(proxy, host, port, seconds)
    return socket.create_connection((host, port), timeout=seconds)


def _shaken(connection: socket.socket, host: str, context: ssl.SSLContext) -> Handshake:
    try:
        with context.wrap_socket(connection, server_hostname=host) as secure:
            return Handshake(host, expires=_expiry(secure), protocol=secure.version() or "")
    except ssl.SSLCertVerificationError as error:
        return Handshake(host, refused=error.verify_message or str(error))
    except ssl.SSLEOFError as error:
        raise Unreachable(f"https://{host}", "it hung up in the handshake") from error
    except ssl.SSLError as error:
        return Handshake(host, refused=f"no TLS: {error.reason or error}")
    except TimeoutError:
        raise NoAnswer(f"{host} took the connection and did not shake hands") from None


def _expiry(secure: ssl.SSLSocket) -> datetime | None:
    told = (secure.getpeercert() or {}).get("notAfter")
    if not isinstance(told, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(told), UTC)
