"""Certificates made for a test, and servers on this machine that show them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Authority:
    """An authority that nobody trusts but who is told to."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, name: str = "Selftest Authority") -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, name, key.public_key(), _now() + timedelta(days=365))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        return cls(key, builder.sign(key, hashes.SHA256()))

    def write(self, folder: Path) -> Path:
        """The certificate as a PEM file."""
        path = folder / "authority.pem"
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def server_context(self, folder: Path, *, host: str = HOST, days: float = 60) -> ssl.SSLContext:
        """What a server for `host` needs, with a certificate that is valid for `days` from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        until = _now() + timedelta(days=days)
        builder = _builder("server", str(issuer), key.public_key(), until)
        names = x509.SubjectAlternativeName([_name(host)])
        signed = builder.add_extension(names, False).sign(self.key, hashes.SHA256())
        path = folder / f"server-{host}-{days:g}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + signed.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _now() -> datetime:
    return datetime.now(UTC)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePublicKey, until: datetime
) -> x509.CertificateBuilder:
    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    return (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(until, _now()) - timedelta(days=30))
        .not_valid_after(until)
    )


@contextmanager
def shaking_hands(context: ssl.SSLContext | None) -> Iterator[str]:
    """The address of a server that shakes hands with all who come; None: it hears them and says nothing."""
    over = threading.Event()
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(0.1)
        thread = threading.Thread(target=_serve, args=(server, context, over))
        thread.start()
        try:
            yield f"https://{HOST}:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def _serve(server: socket.socket, context: ssl.SSLContext | None, over: threading.Event) -> None:
    while not over.is_set():
        try:
            connection, _ = server.accept()
        except TimeoutError:
            continue
        with connection:
            if context is None:
                over.wait(10)
                continue
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:  # who does not trust the certificate hangs up
                continue
