import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from ingest.broker.cluster import Cluster
from ingest.broker.nats_config import NatsConfig, quoted, subjects_of, topic_of_subject

USERS = 'users = [\n  {user: "晋BQ0384"}\n]\n'


def told(**options):
    return str(NatsConfig(Path("/仓库/store"), Path("/仓库/log"), **options))


def block(config, name):
    """Give the lines within the braces that follow a name, without their indentation."""
    lines = iter(config.splitlines())
    indent = next(len(line) - len(line.lstrip()) for line in lines if line.strip() == f"{name} {{")
    found = []
    for line in lines:
        if line == " " * indent + "}":
            return found
        found.append(line.strip())
    raise AssertionError(f"{name} does not end")


@pytest.fixture
def credentials(tmp_path):
    folder = tmp_path / '凭"证'
    folder.mkdir()
    (folder / "users.conf").write_text(USERS, encoding="utf-8")
    return folder


def test_only_mqtt_is_open_to_other_machines():
    config = told(host="0.0.0.0", port=1883)
    assert config.count("0.0.0.0") == 1
    assert 'host: "0.0.0.0"' in block(config, "mqtt")
    assert 'host: "127.0.0.1"' in config.partition("mqtt {")[0]


def test_no_port_takes_a_free_one():
    assert "port: -1" in block(told(), "mqtt")
    assert "port: 1884" in block(told(port=1884), "mqtt")


def test_what_it_acknowledges_is_on_disk_unless_someone_says_otherwise():
    assert "sync_interval: always" in block(told(), "jetstream")
    assert "sync_interval: 2m" in block(told(sync_always=False), "jetstream")


def test_the_wait_for_an_acknowledgement_is_told_in_milliseconds():
    assert 'ack_wait: "1500ms"' in block(told(ack_wait_s=1.5), "mqtt")


def test_the_bounds_of_the_store_and_of_sessions_are_told():
    assert "max_file_store: 1048576" in block(told(max_file_store=1024 * 1024), "jetstream")
    assert "max_ack_pending: 77" in block(told(max_ack_pending=77), "mqtt")


def test_its_pages_are_for_this_machine_only():
    assert 'http: "127.0.0.1:-1"' in told().splitlines()
    assert 'http: "127.0.0.1:8222"' in told(monitor_port=8222, host="0.0.0.0").splitlines()


def test_the_store_and_the_log_are_where_they_were_asked_for():
    config = told()
    assert 'store_dir: "/仓库/store"' in block(config, "jetstream")
    assert 'log_file: "/仓库/log"' in config.splitlines()


@pytest.mark.parametrize("tls", [True, False])
def test_without_credentials_there_is_nobody_to_ask_for_and_no_certificate(tls):
    config = told(tls=tls, client_certificates=tls)
    assert "authorization {" not in config
    assert "tls {" not in config


def test_with_credentials_only_their_users_may_come(credentials):
    assert block(told(credentials=credentials), "authorization")[1:] == [
        "users = [", '{user: "晋BQ0384"}', "]",
    ]  # fmt: skip


def test_who_looks_after_it_stands_beside_them(credentials):
    assert block(told(credentials=credentials, admin="{user: x}"), "authorization")[1:] == [
        "users = [", "{user: x}", '{user: "晋BQ0384"}', "]",
    ]  # fmt: skip


def test_without_tls_no_certificate_is_shown(credentials):
    assert "tls {" not in told(credentials=credentials, client_certificates=True)


def test_with_tls_the_certificate_of_the_credentials_is_shown(credentials):
    lines = block(told(credentials=credentials, tls=True), "tls")
    shown = {key: value for key, _, value in (line.partition(": ") for line in lines)}
    for key, name in (("cert", "server.crt"), ("key", "server.key"), ("ca", "ca.crt")):
        assert json.loads(shown[f"{key}_file"]) == str(credentials / name)


@pytest.mark.parametrize(("wanted", "written"), [(True, "true"), (False, "false")])
def test_trucks_must_show_a_certificate_only_if_that_was_asked_for(credentials, wanted, written):
    config = told(credentials=credentials, tls=True, client_certificates=wanted)
    assert f"verify: {written}" in block(config, "tls")


@given(st.text(alphabet=st.characters(exclude_categories=["C"]) | st.sampled_from('"\\{}'),
               max_size=8))  # fmt: skip
@settings(max_examples=50)
def test_a_string_reads_back_whatever_quotes_it_has(text):
    assert json.loads(quoted(text)) == text  # nats-server unescapes these as JSON does
    assert quoted(Path("/" + text)) == quoted(str(Path("/" + text)))


@pytest.mark.parametrize(
    ("topic", "subjects"),
    [
        ("fleet/晋BQ0384/ping", ["fleet.晋BQ0384.ping"]),
        ("a.b/+", ["a//b.*"]),
        ("a/#", ["a", "a.>"]),
        ("#", [">"]),
    ],
)
def test_a_topic_is_the_subject_that_nats_server_makes_of_it(topic, subjects):
    assert subjects_of(topic) == subjects


@pytest.mark.parametrize(
    ("topic", "subjects"),
    [("/sys/+/up", ["/.sys.*.up"]), ("a//+", ["a./.*"]), ("fleet/+/", ["fleet.*./"])],
)
def test_an_empty_level_is_the_slash_that_nats_server_makes_of_it(topic, subjects):
    assert subjects_of(topic) == subjects


def takes(pattern, subject):
    """Tell whether a subject with wildcards takes another, as the documents of NATS put it."""
    wanted, given_ = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted, rest = wanted[:-1], given_[len(wanted) - 1 :]
        if not rest:
            return False
        given_ = given_[: len(wanted)]
    return len(wanted) == len(given_) and all(
        word in {"*", level} for word, level in zip(wanted, given_, strict=True)
    )


levels = st.sampled_from(["a", "b", "a.b", "晋BQ0384"])
topics = st.lists(levels, min_size=1, max_size=4).map("/".join)
filters = st.builds(
    lambda some, last: "/".join([*some, *last]),
    st.lists(levels | st.just("+"), max_size=3),
    st.sampled_from([["#"], ["+"], ["a"]]),
)


@given(filters, topics)
@settings(max_examples=200)
def test_subjects_take_the_messages_that_the_topics_take(topic_filter, topic):
    [subject] = subjects_of(topic)
    taken = any(takes(pattern, subject) for pattern in subjects_of(topic_filter))
    assert taken == topic_matches_sub(topic_filter, topic)


@given(topics | filters)
@settings(max_examples=200)
def test_a_subject_says_which_topic_it_was_made_of(topic):
    assert topic_of_subject(subjects_of(topic)[-1]) == topic


def test_an_empty_level_comes_back_from_its_slash():
    assert topic_of_subject(subjects_of("/sys//+/a.b")[-1]) == "/sys//+/a.b"


def test_each_of_three_nodes_is_told_on_how_many_everything_is_kept():
    nodes = "10.0.0.1:6222,10.0.0.2:6222,10.0.0.3:6222"
    config = told(cluster=Cluster.parse(nodes, 2))
    assert "stream_replicas: 3" in block(config, "mqtt")
    assert 'server_name: "pingcheng-2"' in config
    assert 'listen: "10.0.0.2:6222"' in block(config, "cluster")
    assert "stream_replicas" not in told()
    assert 'server_name: "pingcheng"' in told()


def test_what_is_split_is_mapped():
    assert block(told(mappings=[("fleet.*.ping", "share.fleet.ping")]), "mappings") == [
        '"fleet.*.ping": "share.fleet.ping"'
    ]
    assert "mappings" not in told()
