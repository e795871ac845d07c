import base64
import csv
import hashlib
import stat
import tomllib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import bcrypt
import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.broker.certificates import Pair
from ingest.broker.credentials import Request, make_credentials
from ingest.broker.users import SERVICES, BrokerKind, mosquitto_rules, username_fault
from ingest.fault import SettingError

NOW = datetime(2022, 3, 28, 6, tzinfo=UTC)
TRUCKS = ("晋BQ0384", "晋BQ0385", "机扫四406")
NATIVE = "fleet/{vehicle_id}/ping"


def make(folder, vehicles=TRUCKS, now=NOW, **options):
    wanted = {"host": "fleet.example", "patterns": [NATIVE], **options}
    return make_credentials(folder, Request(vehicles, **wanted), now)


def passwords(folder):
    with (folder / "passwords.csv").open(encoding="utf-8", newline="") as file:
        return {row["username"]: row["password"] for row in csv.DictReader(file)}


def revoked(folder):
    listed = x509.load_pem_x509_crl((folder / "ca.crl").read_bytes())
    return {each.serial_number for each in listed}


def test_every_truck_and_service_gets_a_long_password_of_its_own(tmp_path):
    outcome = make(tmp_path)
    made = passwords(tmp_path)
    assert outcome.added == [*sorted(TRUCKS), *SERVICES]
    assert list(made) == [*sorted(TRUCKS), *SERVICES]
    assert len(set(made.values())) == 7
    assert all(len(password) == 24 for password in made.values())


def test_what_is_secret_is_for_its_owner_only(tmp_path):
    make(tmp_path, client_certificates=True)
    open_to_all = {
        path.name
        for path in tmp_path.rglob("*")
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) != 0o600
    }
    assert {name.rpartition(".")[2] for name in open_to_all} == {"crt", "crl"}


def test_mosquitto_can_check_the_passwords(tmp_path):
    make(tmp_path)
    made = passwords(tmp_path)
    for line in (tmp_path / "mosquitto" / "passwd").read_text(encoding="utf-8").splitlines():
        user, _, hashed = line.partition(":")
        _, kind, rounds, salt, digest = hashed.split("$")
        assert kind == "7"
        assert base64.b64decode(digest) == hashlib.pbkdf2_hmac(
            "sha512", made[user].encode(), base64.b64decode(salt), int(rounds)
        )


def test_nats_server_can_check_the_passwords(tmp_path):
    make(tmp_path)
    text = (tmp_path / "nats" / "users.conf").read_text(encoding="utf-8")
    for user, password in passwords(tmp_path).items():
        row = next(line for line in text.splitlines() if f'user: "{user}"' in line)
        assert bcrypt.checkpw(password.encode(), row.split('password: "')[1][:60].encode())


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sets(st.sampled_from(TRUCKS), min_size=1), min_size=2, max_size=4))
def test_who_stays_keeps_the_password_and_who_goes_loses_it(tmp_path_factory, plans):
    folder, known = tmp_path_factory.mktemp("secrets"), []
    for vehicles in plans:
        outcome = make(folder, vehicles)
        known.append(passwords(folder))
        assert set(known[-1]) == {*vehicles, *SERVICES}
        assert len(outcome.kept) + len(outcome.added) == len(known[-1])
    for before, after in pairwise(known):
        assert all(before[user] == after[user] for user in before.keys() & after.keys())


def test_a_rotation_renews_one_password_and_tells_whose(tmp_path):
    make(tmp_path)
    before = passwords(tmp_path)
    outcome = make(tmp_path, rotated=["晋BQ0384"])
    after = passwords(tmp_path)
    assert outcome.renewed == ["晋BQ0384"]
    assert {user for user in after if after[user] != before[user]} == {"晋BQ0384"}


def test_to_rotate_a_stranger_is_an_error_that_names_it(tmp_path):
    with pytest.raises(SettingError, match="晋B99999"):
        make(tmp_path, rotated=["晋B99999"])


@pytest.mark.parametrize(
    "vehicle", ["*", ">", "晋:B", "%u", 'a"b', "a\\b", "$SYS", "a,b", *SERVICES]
)
def test_a_vehicle_that_would_be_more_than_a_name_to_a_broker_is_refused(tmp_path, vehicle):
    assert username_fault(vehicle)
    with pytest.raises(SettingError, match="rename"):
        make(tmp_path, [vehicle])
    assert not (tmp_path / "passwords.csv").exists()


def test_the_settings_that_are_made_are_those_of_ingest_the_alerter_and_the_gateways(tmp_path):
    make(tmp_path, client_certificates=True)
    told = tomllib.loads((tmp_path / "pingcheng.toml").read_text(encoding="utf-8"))
    for table, user in (
        (told, "ingest"), (told["alerts"], "alerts"), (told["gateway"], "gateway"),
    ):  # fmt: skip
        assert table["broker_username"] == user
        password = Path(table["broker_password_file"]).read_text(encoding="utf-8").strip()
        assert password == passwords(tmp_path)[user]
        assert Path(table["broker_certificate"]).is_file()
        assert Path(table["broker_key"]).is_file()


def test_the_rules_are_those_of_the_topics_that_were_asked_for(tmp_path):
    patterns = [NATIVE, "owntracks/{vehicle_id}/+", "jt808/#"]
    make(tmp_path, patterns=patterns)
    assert (tmp_path / "mosquitto" / "acl").read_bytes() == mosquitto_rules(patterns)
    users = (tmp_path / "nats" / "users.conf").read_text(encoding="utf-8")
    assert "owntracks.晋BQ0384.*" in users
    assert "jt808.>" in users


def test_the_server_is_certified_for_its_host_and_for_this_machine(tmp_path):
    make(tmp_path)
    server = Pair.load(tmp_path / "mosquitto" / "server").certificate
    authority = Pair.load(tmp_path / "ca").certificate
    server.verify_directly_issued_by(authority)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["fleet.example", "localhost"]
    assert server.not_valid_after_utc - NOW == timedelta(days=825)


def test_certificates_are_kept_until_they_are_due_or_the_host_changes(tmp_path):
    def serials(now=NOW, **options):
        make(tmp_path, now=now, client_certificates=True, **options)
        stems = (tmp_path / "nats" / "server", tmp_path / "trucks" / TRUCKS[0], tmp_path / "ca")
        return [Pair.load(stem).certificate.serial_number for stem in stems]

    server, truck, authority = serials()
    assert serials(NOW + timedelta(days=700)) == [server, truck, authority]
    moved, *others = serials(host="10.0.0.7")
    assert moved != server
    assert others == [truck, authority]
    later = serials(NOW + timedelta(days=800), host="10.0.0.7")
    assert later[0] != moved
    assert later[1] != truck
    assert later[2] == authority


def test_certificates_of_trucks_that_went_or_were_rotated_are_revoked(tmp_path):
    make(tmp_path, client_certificates=True)
    serial = {
        truck: Pair.load(tmp_path / "trucks" / truck).certificate.serial_number for truck in TRUCKS
    }
    make(tmp_path, TRUCKS[1:], client_certificates=True, rotated=[TRUCKS[1]])
    assert revoked(tmp_path) == {serial[TRUCKS[0]], serial[TRUCKS[1]]}
    assert not (tmp_path / "trucks" / f"{TRUCKS[0]}.key").exists()
    make(tmp_path, TRUCKS[2:])
    assert revoked(tmp_path) >= {serial[TRUCKS[0]], serial[TRUCKS[1]]}
    assert (tmp_path / "mosquitto" / "ca.crl").read_bytes() == (tmp_path / "ca.crl").read_bytes()


@pytest.mark.parametrize("absent", ["ca.key", "ca.crt"])
def test_an_authority_of_which_half_is_kept_elsewhere_is_not_replaced(tmp_path, absent):
    make(tmp_path)
    (tmp_path / absent).unlink()
    kept = {path: path.read_bytes() for path in tmp_path.rglob("ca.*")}
    with pytest.raises(SettingError, match=f"{absent} is absent: put it back"):
        make(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("ca.*")} == kept


def test_a_name_too_long_for_a_certificate_is_an_error(tmp_path):
    with pytest.raises(SettingError, match="too long for a certificate"):
        make(tmp_path, ["长" * 65], client_certificates=True)


def test_only_the_files_of_the_broker_asked_for_are_made(tmp_path):
    make(tmp_path, kind=BrokerKind.NATS)
    assert (tmp_path / "nats").is_dir()
    assert not (tmp_path / "mosquitto").exists()


def test_the_session_of_ingest_keeps_its_name_that_nobody_can_guess(tmp_path):
    make(tmp_path)
    before = (tmp_path / "pingcheng.toml").read_text(encoding="utf-8")
    make(tmp_path, TRUCKS[1:])
    assert (tmp_path / "pingcheng.toml").read_text(encoding="utf-8") == before
    make(tmp_path / "other")
    assert before.splitlines()[1] not in (tmp_path / "other" / "pingcheng.toml").read_text("utf-8")


@pytest.mark.parametrize("name", ["passwords.csv", "pingcheng.toml", "ca.crt"])
def test_a_spoilt_file_is_an_error_that_names_it(tmp_path, name):
    make(tmp_path)
    (tmp_path / name).write_text("= no\n", encoding="utf-8")
    with pytest.raises(SettingError, match=name.partition(".")[0]):
        make(tmp_path)
