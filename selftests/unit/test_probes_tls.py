"""A certificate is judged by a real handshake: its authority, its host, its end, and its absence."""

from __future__ import annotations

import re
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from postdeploy.errors import ConfigError, ProbeError, Unreachable
from postdeploy.probes.http import NoAnswer
from postdeploy.probes.tls import Handshake, observe_handshake
from postdeploy.trust import trusting
from selftests.unit.certificates import Authority, shaking_hands
from selftests.unit.talking import serving


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make()


@pytest.fixture
def trusted(authority: Authority, tmp_path: Path) -> str:
    return str(authority.write(tmp_path))


def seen(
    authority: Authority, tmp_path: Path, ca_file: str, *, host: str = "127.0.0.1", days: float = 60
) -> Handshake:
    with shaking_hands(authority.server_context(tmp_path, host=host, days=days)) as url:
        return observe_handshake(url, trusting(ca_file, tmp_path), 5)


def test_a_right_certificate_tells_its_days(
    authority: Authority, tmp_path: Path, trusted: str
) -> None:
    found = seen(authority, tmp_path, trusted, days=60)
    assert (found.host, found.refused) == ("127.0.0.1", "")
    left = found.days_left(datetime.now(UTC))
    assert left is not None
    assert 59.9 < left <= 60
    assert found.protocol.startswith("TLS")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"days": -1}, "expired"),
        ({"host": "other.example"}, "(?i)ip address mismatch|doesn't match|not valid for"),
        ({"host": "127.0.0.2"}, "(?i)ip address mismatch|doesn't match|not valid for"),
    ],
    ids=str,
)
def test_a_wrong_certificate_is_told_with_the_reason(
    authority: Authority, tmp_path: Path, trusted: str, more: dict[str, str], why: str
) -> None:
    found = seen(authority, tmp_path, trusted, **more)  # type: ignore[arg-type]
    assert re.search(why, found.refused), found.refused
    assert found.days_left(datetime.now(UTC)) is None


def test_an_authority_that_nobody_named_is_not_trusted(
    authority: Authority, tmp_path: Path
) -> None:
    assert "certificate" in seen(authority, tmp_path, "").refused
    other = Authority.make("Another")
    folder = tmp_path / "other"
    folder.mkdir()
    assert seen(authority, tmp_path, str(other.write(folder))).refused


def test_a_server_without_tls_is_seen_and_wrong() -> None:
    server = serving(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    url = next(server).replace("http://", "https://")
    assert observe_handshake(url, trusting("", Path()), 5).refused.startswith("no TLS: ")
    next(server, None)


def test_a_server_that_says_nothing_gave_no_answer() -> None:
    with shaking_hands(None) as url, pytest.raises(NoAnswer, match="did not shake hands"):
        observe_handshake(url, trusting("", Path()), 0.3)


def test_no_connection_is_for_the_control_address_to_tell() -> None:
    with pytest.raises(Unreachable) as told:
        observe_handshake("https://127.0.0.1:9", trusting("", Path()), 5)
    assert isinstance(told.value, ProbeError)


def test_a_host_that_hangs_up_is_not_reached() -> None:
    def hang_up(connection: socket.socket) -> None:
        connection.recv(4096)

    server = serving(hang_up)
    url = next(server).replace("http://", "https://")
    with pytest.raises(Unreachable):
        observe_handshake(url, trusting("", Path()), 5)
    next(server, None)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_holds_no_certificates_is_told_before_anything_runs(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    with pytest.raises(ConfigError, match=r"ca_file ca.pem: cannot be read"):
        trusting("ca.pem", tmp_path)
