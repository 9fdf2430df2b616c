"""Secrets Manager's secrets, of which a check may look at everything but the value."""

from datetime import timedelta

from moto.core.utils import unix_time, utcnow
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend, secretsmanager_backends

from sandbox.aws.description import ACCOUNT
from sandbox.aws.present import present


def _backend() -> SecretsManagerBackend:
    return secretsmanager_backends[ACCOUNT][present().region]


def create(name: str) -> None:
    """Let there be a secret of that name."""
    _backend().create_secret(
        name=name,
        secret_string='{"url": "sandbox-only"}',
        secret_binary=None,
        description="Configuration of the product",
        tags=[],
        kms_key_id=None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )


def remove(name: str) -> None:
    """Let there be no such secret; KeyError when there is none already."""
    _backend().secrets.pop(name)


def schedule_deletion(name: str, days: int) -> None:
    """Let the secret be marked for deletion in so many days."""
    secret = _backend().secrets[name]
    assert isinstance(secret, FakeSecret)
    secret.delete(unix_time(utcnow() + timedelta(days=days)))
