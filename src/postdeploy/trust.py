"""Whose certificates are trusted: the usual authorities, and those that an environment names besides."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx

from postdeploy.errors import ConfigError, Problem


def trusting(ca_file: str, root: Path) -> ssl.SSLContext:
    """A context that trusts the usual authorities, and those in the PEM file `ca_file` ("" = none).

    A relative path counts from `root`. Raises ConfigError when the file cannot be read.
    """
    # httpx's, for it brings the authorities along where the machine has none that Python finds.
    context = httpx.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(root / ca_file)
        except OSError as error:
            mend = "Name a PEM file of certificates"
            what = f"cannot be read: {error.strerror or error}"
            raise ConfigError([Problem(f"ca_file {ca_file}", what, mend)]) from None
    return context
