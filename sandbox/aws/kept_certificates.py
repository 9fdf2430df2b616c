"""ACM's certificates; they are real ones, for ACM reads what it tells from them."""

from moto.acm.models import AWSCertificateManagerBackend, CertBundle, acm_backends

from sandbox.aws.description import ACCOUNT, CertificateDescription
from sandbox.aws.present import present
from sandbox.certificates import Authority


def _backend() -> AWSCertificateManagerBackend:
    return acm_backends[ACCOUNT][present().region]


def arn_of(described: CertificateDescription) -> str:
    """The certificate's ARN."""
    return f"arn:aws:acm:{present().region}:{ACCOUNT}:certificate/{described.id}"


def keep(described: CertificateDescription) -> None:
    """Let the certificate be valid for so many days more; for fewer than none it has expired."""
    days = described.days
    hosts = (described.domain, f"*.{described.domain}")
    leaf = Authority("Amazon RSA 2048 M03").issue(hosts, days)
    arn = arn_of(described)
    # Checked by moto as valid today when it is made; what it tells is read from `_cert`.
    valid = leaf if days > 0 else Authority("Amazon RSA 2048 M03").issue(hosts, 1)
    bundle = CertBundle(
        ACCOUNT,
        valid.certificate,
        valid.key,
        region=present().region,
        arn=arn,
        cert_type="AMAZON_ISSUED",
    )
    bundle._cert = leaf.parsed
    bundle.in_use_by = [f"{present().system}-load-balancer"]
    _backend()._certificates[arn] = bundle


def remove(described: CertificateDescription) -> None:
    """Let ACM have no such certificate."""
    del _backend()._certificates[arn_of(described)]
