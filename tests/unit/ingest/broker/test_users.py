import base64
import hashlib
import re

import bcrypt
import pytest

from ingest.broker.users import (
    ADMIN,
    ALERTS,
    ALERTS_READER,
    GATEWAY,
    INGEST,
    SERVICES,
    BrokerKind,
    mosquitto_passwords,
    mosquitto_rules,
    nats_admin_user,
    nats_users,
    new_password,
    username_fault,
)

NATIVE = "fleet/{vehicle_id}/ping"
TRUCK = "晋BQ0384"


def rules_of(user, patterns):
    """Give what nats-server lets one user do."""
    [row] = [
        line for line in nats_users({user: "x"}, patterns).decode().splitlines() if "user:" in line
    ]
    return re.search(r"permissions: \{(.*)\}\}$", row)[1]


def test_a_password_is_long_new_each_time_and_safe_in_any_file():
    drawn = {new_password() for _ in range(50)}
    assert len(drawn) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{24}", password) for password in drawn)


@pytest.mark.parametrize("vehicle", [TRUCK, "机扫1-113", "a.b", "867060033461332", "Ingest"])
def test_plates_and_serial_numbers_can_be_users(vehicle):
    assert username_fault(vehicle) == ""


@pytest.mark.parametrize("character", list('*>:%"\\$,'))
def test_a_name_with_a_character_that_brokers_read_otherwise_is_told_with_it(character):
    assert username_fault(f"晋{character}B").startswith(f"it contains {character}, ")


@pytest.mark.parametrize("service", SERVICES)
def test_a_vehicle_cannot_take_the_place_of_a_service(service):
    assert username_fault(service) == f"that is the name of {service}"


def test_the_files_of_both_brokers_go_into_a_folder_each():
    both = {folder for kind in (BrokerKind.MOSQUITTO, BrokerKind.NATS) for folder in kind.folders}
    assert set(BrokerKind.BOTH.folders) == both
    assert len(both) == 2


def test_mosquitto_can_check_a_password_but_not_read_it():
    users = {TRUCK: "geheim", INGEST: "密码"}
    written = mosquitto_passwords(users).decode()
    for line, (user, password) in zip(written.splitlines(), users.items(), strict=True):
        name, _, hashed = line.partition(":")
        _, kind, rounds, salt, digest = hashed.split("$")
        assert (name, kind) == (user, "7")
        assert base64.b64decode(digest) == hashlib.pbkdf2_hmac(
            "sha512", password.encode(), base64.b64decode(salt), int(rounds)
        )
        assert password not in written


def test_two_users_of_one_password_cannot_be_told_by_their_hashes():
    lines = mosquitto_passwords({"a": "same", "b": "same"}).decode().splitlines()
    assert len({line.partition(":")[2] for line in lines}) == 2
    hashes = re.findall(r'password: "(.*?)"', nats_users({"a": "same", "b": "same"}, []).decode())
    assert len(set(hashes)) == 2


def test_nats_server_can_check_a_password_but_not_read_it():
    users = {TRUCK: "geheim", INGEST: "密码"}
    written = nats_users(users, [NATIVE]).decode()
    found = re.findall(r'user: "(.*?)", password: "(.*?)"', written)
    assert [user for user, _ in found] == list(users)
    for user, hashed in found:
        assert bcrypt.checkpw(users[user].encode(), hashed.encode())
        assert users[user] not in written


def test_mosquitto_lets_a_truck_write_its_own_topics_and_ingest_read_all():
    patterns = [NATIVE, "owntracks/{vehicle_id}/+", "jt808/#"]
    assert mosquitto_rules(patterns).decode().splitlines() == [
        "user ingest",
        "topic read fleet/+/ping",
        "topic read owntracks/+/+",
        "topic read jt808/#",
        "topic deny fleet/ingest/ping",
        "topic deny owntracks/ingest/+",
        "",
        "user alerts",
        "topic write alerts/#",
        "topic deny fleet/alerts/ping",
        "topic deny owntracks/alerts/+",
        "",
        "user alerts-reader",
        "topic read alerts/#",
        "topic deny fleet/alerts-reader/ping",
        "topic deny owntracks/alerts-reader/+",
        "",
        "user gateway",
        "topic write fleet/+/ping",
        "topic write owntracks/+/+",
        "topic write jt808/#",
        "",
        "pattern write fleet/%u/ping",
        "pattern write owntracks/%u/+",
    ]


def test_nats_server_lets_a_truck_write_its_own_topics_and_read_nothing():
    assert rules_of(TRUCK, [NATIVE, "owntracks/{vehicle_id}/+", "jt808/#"]) == (
        f'publish: {{allow: ["fleet.{TRUCK}.ping", "share.*.fleet.{TRUCK}.ping", '
        f'"owntracks.{TRUCK}.*", "share.*.owntracks.{TRUCK}.*"]}}, '
        'subscribe: {deny: ">"}'
    )


def test_a_truck_that_no_topic_names_may_write_nothing():
    assert rules_of(TRUCK, ["jt808/#"]) == 'publish: {deny: ">"}, subscribe: {deny: ">"}'


def test_nats_server_lets_ingest_read_the_topics_of_all_and_write_nothing():
    assert rules_of(INGEST, [NATIVE, "jt808/#"]) == (
        'publish: {deny: ">"}, '
        'subscribe: {allow: ["fleet.*.ping", "share.*.fleet.*.ping", "jt808", "jt808.>", '
        '"$MQTT.sub.>"]}'
    )


def test_a_gateway_may_write_for_every_truck_and_read_nothing():
    assert rules_of(GATEWAY, [NATIVE, "gateway/osmand"]) == (
        'publish: {allow: ["fleet.*.ping", "share.*.fleet.*.ping", "gateway.osmand"]}, '
        'subscribe: {deny: ">"}'
    )


def test_the_alerter_may_only_write_alerts_and_their_reader_only_read_them():
    assert rules_of(ALERTS, [NATIVE]) == (
        'publish: {allow: ["alerts", "alerts.>"]}, subscribe: {deny: ">"}'
    )
    assert rules_of(ALERTS_READER, [NATIVE]) == (
        'publish: {deny: ">"}, subscribe: {allow: ["alerts", "alerts.>", "$MQTT.sub.>"]}'
    )


def test_users_of_nats_server_may_come_by_mqtt_only():
    users = dict.fromkeys([TRUCK, *SERVICES], "x")
    first, *rows, last, end = nats_users(users, [NATIVE]).decode().split("\n")
    assert (first, last, end) == ("users = [", "]", "")
    assert len(rows) == len(users)
    assert all('allowed_connection_types: ["MQTT"]' in row for row in rows)


def test_who_looks_after_nats_server_touches_no_message_and_comes_not_by_mqtt():
    written = nats_admin_user("secret")
    assert "secret" not in written
    assert 'allowed_connection_types: ["STANDARD"]' in written
    assert 'publish: {allow: ["$JS.API.>"]}' in written
    assert username_fault(ADMIN)
