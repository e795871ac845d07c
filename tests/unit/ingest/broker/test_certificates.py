import ipaddress
import stat
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ingest.broker.certificates import AUTHORITY_VALIDITY, VALIDITY, Authority, Pair, names_host
from ingest.fault import SettingError

NOW = datetime(2022, 3, 28, 6, tzinfo=UTC)
TRUCK = "晋BQ0384"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path, NOW)


def common_name(pair):
    return pair.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def extension(pair, kind):
    return pair.certificate.extensions.get_extension_for_class(kind).value


def revoked(authority):
    """Give serial numbers and instants of the list that brokers read."""
    listed = x509.load_pem_x509_crl(authority.revocations)
    assert listed.is_signature_valid(authority.pair.certificate.public_key())
    return {each.serial_number: each.revocation_date_utc for each in listed}


def test_what_is_saved_is_loaded_as_the_same_pair(tmp_path, authority):
    made = authority.sign_client(TRUCK)
    made.save(tmp_path / "trucks" / "晋B.1")
    authority.sign_client(TRUCK).save(tmp_path / "trucks" / "晋B.2")
    loaded = Pair.load(tmp_path / "trucks" / "晋B.1")
    assert loaded.pem == made.pem
    assert loaded.key.private_numbers() == made.key.private_numbers()


def test_a_key_is_for_its_owner_and_a_certificate_for_everyone(tmp_path, authority):
    authority.sign_client(TRUCK).save(tmp_path / "truck")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("truck.*")}
    assert modes == {"truck.key": 0o600, "truck.crt": 0o644}


@pytest.mark.parametrize("absent", [".crt", ".key"])
def test_half_a_pair_is_none(tmp_path, authority, absent):
    authority.sign_client(TRUCK).save(tmp_path / "truck")
    (tmp_path / f"truck{absent}").unlink()
    assert Pair.load(tmp_path / "truck") is None


@pytest.mark.parametrize("spoilt", [".crt", ".key"])
def test_a_pair_that_cannot_be_read_is_an_error_that_names_it(tmp_path, authority, spoilt):
    authority.sign_client(TRUCK).save(tmp_path / "truck")
    (tmp_path / f"truck{spoilt}").write_bytes(b"no")
    with pytest.raises(SettingError, match=r"truck: its \.crt and \.key cannot be read"):
        Pair.load(tmp_path / "truck")


def test_a_key_of_another_kind_is_an_error_that_says_how_to_mend_it(tmp_path, authority):
    authority.sign_client(TRUCK).save(tmp_path / "truck")
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "truck.key").write_bytes(other)
    with pytest.raises(SettingError, match=r"truck\.key: it is not an EC key; remove it"):
        Pair.load(tmp_path / "truck")


def test_a_certificate_is_renewed_in_its_last_thirty_days(authority):
    pair = authority.sign_client(TRUCK, until=NOW + timedelta(days=100))
    assert not pair.is_due(NOW + timedelta(days=70))
    assert pair.is_due(NOW + timedelta(days=70, seconds=1))


def test_an_authority_is_made_once_and_found_again(tmp_path):
    made, found = Authority(tmp_path, NOW), Authority(tmp_path, NOW + timedelta(days=900))
    assert (made.is_new, found.is_new) == (True, False)
    assert found.pair.pem == made.pair.pem
    assert made.pair.certificate.not_valid_after_utc == NOW + AUTHORITY_VALIDITY


def test_an_authority_signs_certificates_but_no_other_authority(authority):
    constraints = extension(authority.pair, x509.BasicConstraints)
    assert (constraints.ca, constraints.path_length) == (True, 0)
    usage = extension(authority.pair, x509.KeyUsage)
    assert (usage.key_cert_sign, usage.crl_sign) == (True, True)
    for pair in (authority.sign_client(TRUCK), authority.sign_server("fleet.example")):
        assert not extension(pair, x509.BasicConstraints).ca


@pytest.mark.parametrize(("absent", "kept"), [("ca.key", "ca.crt"), ("ca.crt", "ca.key")])
def test_an_authority_of_which_half_is_kept_elsewhere_is_not_replaced(tmp_path, absent, kept):
    Authority(tmp_path, NOW)
    (tmp_path / absent).unlink()
    before = (tmp_path / kept).read_bytes()
    with pytest.raises(SettingError, match=f"{absent} is absent: put it back .* remove .*{kept}"):
        Authority(tmp_path, NOW)
    assert not (tmp_path / absent).exists()
    assert (tmp_path / kept).read_bytes() == before


def test_a_truck_is_certified_by_its_plate_to_be_a_client(authority):
    pair = authority.sign_client(TRUCK)
    pair.certificate.verify_directly_issued_by(authority.pair.certificate)
    assert common_name(pair) == TRUCK
    assert list(extension(pair, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert pair.certificate.public_key() == pair.key.public_key()


def test_a_certificate_holds_from_an_hour_ago_as_clocks_differ(authority):
    for pair in (authority.pair, authority.sign_client(TRUCK), authority.sign_server("::1")):
        assert pair.certificate.not_valid_before_utc == NOW - timedelta(hours=1)


def test_a_certificate_holds_as_long_as_tls_clients_accept_or_until_it_is_told(authority):
    assert authority.sign_client(TRUCK).certificate.not_valid_after_utc == NOW + VALIDITY
    assert authority.sign_server("fleet.example").certificate.not_valid_after_utc == NOW + VALIDITY
    expired = authority.sign_client(TRUCK, until=NOW - timedelta(days=1)).certificate
    assert expired.not_valid_after_utc == NOW - timedelta(days=1)


def test_an_instant_of_any_zone_is_the_same_instant(tmp_path):
    shanghai = Authority(tmp_path, NOW.astimezone(ZoneInfo("Asia/Shanghai")))
    pair = shanghai.sign_client(TRUCK)
    assert pair.certificate.not_valid_after_utc == NOW + VALIDITY
    shanghai.revoke([pair.certificate])
    assert revoked(shanghai) == {pair.certificate.serial_number: NOW}


def test_every_certificate_has_a_key_and_a_number_of_its_own(authority):
    pairs = [authority.sign_client(TRUCK), authority.sign_client(TRUCK), authority.pair]
    assert len({pair.certificate.serial_number for pair in pairs}) == 3
    assert len({pair.key.private_numbers().private_value for pair in pairs}) == 3


@pytest.mark.parametrize("name", ["x" * 64, "长" * 21])
def test_a_name_may_be_as_long_as_certificates_hold(authority, name):
    assert common_name(authority.sign_client(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        "x" * 65,
        "长" * 22,
        "长" * 65,
    ],
)
def test_a_longer_name_is_an_error_that_shows_it(authority, name):
    with pytest.raises(SettingError, match=f"'{name}' is too long for a certificate"):
        authority.sign_client(name)


@pytest.mark.parametrize(
    ("host", "names", "addresses"),
    [
        ("fleet.example", ["fleet.example", "localhost"], ["127.0.0.1", "::1"]),
        ("10.0.0.7", ["localhost"], ["10.0.0.7", "127.0.0.1", "::1"]),
        ("2001:db8::7", ["localhost"], ["2001:db8::7", "127.0.0.1", "::1"]),
        ("localhost", ["localhost"], ["127.0.0.1", "::1"]),
    ],
)
def test_a_broker_is_certified_for_its_host_and_for_its_own_machine(
    authority, host, names, addresses
):
    pair = authority.sign_server(host)
    pair.certificate.verify_directly_issued_by(authority.pair.certificate)
    certified = extension(pair, x509.SubjectAlternativeName)
    assert certified.get_values_for_type(x509.DNSName) == names
    assert certified.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address(address) for address in addresses
    ]
    assert list(extension(pair, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_a_broker_s_certificate_is_good_for_the_hosts_it_names_and_no_other(authority):
    pair = authority.sign_server("fleet.example")
    assert names_host(pair, "fleet.example")
    assert names_host(pair, "::1")
    assert names_host(pair, "0:0::1")
    for other in ("example", "other.fleet.example", "10.0.0.7"):
        assert not names_host(pair, other)


@pytest.mark.parametrize(
    "host",
    ["", ".", "a..b", "bad host", "*.example", "-a.example", "a-.example", "a_b", "车队", "a\n",
     "fleet.example:8883", "[::1]", "a" * 64, ".".join(["a" * 49] * 6)],
)  # fmt: skip
def test_what_is_no_host_is_an_error_that_says_how_one_looks(authority, host):
    with pytest.raises(SettingError) as caught:
        names_host(authority.sign_server("fleet.example"), host)
    assert str(caught.value).startswith(f"{host!r} is no host name and no address; write one such")


def test_a_new_authority_has_revoked_nothing(authority):
    assert revoked(authority) == {}


def test_what_was_revoked_stays_so_in_later_runs_from_the_day_it_was(tmp_path, authority):
    one, other, kept = (authority.sign_client(name).certificate for name in ("a", "b", "c"))
    authority.revoke([one])
    later = Authority(tmp_path, NOW + timedelta(days=7))
    later.revoke([other])
    again = Authority(tmp_path, NOW + timedelta(days=8))
    assert revoked(again) == {
        one.serial_number: NOW, other.serial_number: NOW + timedelta(days=7),
    }  # fmt: skip
    assert kept.serial_number not in revoked(again)


def test_brokers_may_read_the_list_as_long_as_they_trust_the_authority(authority):
    authority.revoke([authority.sign_client(TRUCK).certificate])
    listed = x509.load_pem_x509_crl(authority.revocations)
    assert listed.next_update_utc == authority.pair.certificate.not_valid_after_utc
    assert listed.last_update_utc == NOW - timedelta(hours=1)


def test_a_list_that_was_lost_is_made_again_and_empty(tmp_path, authority):
    authority.revoke([authority.sign_client(TRUCK).certificate])
    (tmp_path / "ca.crl").unlink()
    assert revoked(Authority(tmp_path, NOW)) == {}
