"""A certificate authority of one's own, and what it signs: the broker's and the trucks' keys.

All keys are EC P-256. The authority is good for ten years, what it signs for 825 days, which is the
longest that common TLS clients accept; less than 30 days before that it is renewed.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ingest.broker.private_file import write_private, write_public
from ingest.fault import SettingError

AUTHORITY_VALIDITY = timedelta(days=3650)
VALIDITY = timedelta(days=825)
_RENEWAL = timedelta(days=30)
_CLOCKS_APART = timedelta(hours=1)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST_HOST = 253
_LONGEST_COMMON_NAME = 64
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def load(cls, stem: Path) -> "Pair | None":
        """Read STEM.crt and STEM.key; None if either is absent.

        Raises
        ------
        SettingError
            If they are no such thing.
        """
        try:
            certificate = x509.load_pem_x509_certificate(_beside(stem, ".crt").read_bytes())
            key = serialization.load_pem_private_key(_beside(stem, ".key").read_bytes(), None)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise SettingError(f"{stem}: its .crt and .key cannot be read ({error})") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SettingError(f"{stem}.key: it is not an EC key; remove it to have one made")
        return cls(certificate, key)

    def save(self, stem: Path) -> None:
        """Write STEM.crt, and STEM.key for its owner only."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(_beside(stem, ".key"), key)
        write_public(_beside(stem, ".crt"), self.pem)

    @property
    def pem(self) -> bytes:
        """The certificate as it is written."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be renewed."""
        return self.certificate.not_valid_after_utc - now < _RENEWAL


class Authority:
    """Signs certificates and revokes them; kept in a folder as ca.crt, ca.key and ca.crl."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self._now, self._revocations = now, folder / "ca.crl"
        found = Pair.load(folder / "ca")
        self.is_new = found is None
        if found is None:
            _refuse_half(folder)
            found = _self_signed(now)
            found.save(folder / "ca")
        self.pair = found
        self._revoked: dict[int, datetime] = {}
        if self._revocations.exists():
            listed = x509.load_pem_x509_crl(self._revocations.read_bytes())
            self._revoked = {each.serial_number: each.revocation_date_utc for each in listed}
        if self.is_new or not self._revocations.exists():
            self.revoke([])

    @property
    def revocations(self) -> bytes:
        """The list of revoked certificates."""
        return self._revocations.read_bytes()

    def revoke(self, certificates: Iterable[x509.Certificate]) -> None:
        """Let brokers refuse these from now on."""
        self._revoked.update((each.serial_number, self._now) for each in certificates)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.pair.certificate.subject)
            .last_update(self._now - _CLOCKS_APART)
            # brokers refuse everyone once the list has expired
            .next_update(self.pair.certificate.not_valid_after_utc)
        )
        for serial, instant in sorted(self._revoked.items()):
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(instant)
                .build()
            )
        signed = builder.sign(self.pair.key, hashes.SHA256())
        write_public(self._revocations, signed.public_bytes(serialization.Encoding.PEM))

    def sign_server(self, host: str) -> Pair:
        """Make the certificate of a broker at `host`, good on its own machine too."""
        names = [_general_name(name) for name in dict.fromkeys((host, *_THIS_MACHINE))]
        return self._sign(host, ExtendedKeyUsageOID.SERVER_AUTH, names, self._now + VALIDITY)

    def sign_client(self, vehicle_id: str, *, until: datetime | None = None) -> Pair:
        """Make the certificate of a truck.

        Raises
        ------
        SettingError
            If its name is too long for one.
        """
        until = until or self._now + VALIDITY
        return self._sign(vehicle_id, ExtendedKeyUsageOID.CLIENT_AUTH, [], until)

    def _sign(
        self,
        common_name: str,
        usage: x509.ObjectIdentifier,
        names: list[x509.GeneralName],
        until: datetime,
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _builder(common_name, key, min(self._now, until) - _CLOCKS_APART, until)
            .issuer_name(self.pair.certificate.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.pair.key.public_key()),
                critical=False,
            )
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return Pair(builder.sign(self.pair.key, hashes.SHA256()), key)


def _refuse_half(folder: Path) -> None:
    """Make no new authority in the place of one whose key or certificate is kept elsewhere."""
    there = [name for name in ("ca.crt", "ca.key") if (folder / name).exists()]
    if len(there) == 1:
        absent = "ca.key" if there == ["ca.crt"] else "ca.crt"
        raise SettingError(
            f"{folder / absent} is absent: put it back for this run, or remove {folder / there[0]} "
            "as well to have a new authority, which no truck trusts until it has the new ca.crt"
        )


def names_host(pair: Pair, host: str) -> bool:
    """Tell whether a broker's certificate is good for `host`."""
    names = pair.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return _general_name(host) in list(names.value)


def _self_signed(now: datetime) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    until = now + AUTHORITY_VALIDITY
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        _builder("pingcheng", key, now - _CLOCKS_APART, until)
        .issuer_name(_name("pingcheng"))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def _builder(
    common_name: str, key: ec.EllipticCurvePrivateKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since.astimezone(UTC))
        .not_valid_after(until.astimezone(UTC))
    )


def _name(common_name: str) -> x509.Name:
    if len(common_name.encode()) > _LONGEST_COMMON_NAME:
        raise SettingError(
            f"{common_name!r} is too long for a certificate, which names no one with more than "
            f"{_LONGEST_COMMON_NAME} bytes of UTF-8, three a Chinese character"
        )
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    if len(host) > _LONGEST_HOST or not _HOST.fullmatch(host):
        raise SettingError(
            f"{host!r} is no host name and no address; write one such as fleet.example, in ASCII "
            "(xn--...), or 10.0.0.7"
        )
    return x509.DNSName(host)


def _beside(stem: Path, suffix: str) -> Path:
    return stem.with_name(stem.name + suffix)
