import pytest
from paho.mqtt.client import topic_matches_sub

from ingest.broker.shares import (
    ALL,
    REST,
    SHARES,
    filters_of,
    is_split,
    mappings,
    plain_topic,
    session_of,
    share_of,
    split_subjects,
    split_topic,
)

NATIVE = "fleet/{vehicle_id}/ping"


def test_the_share_of_a_vehicle_is_fnv_1a_of_its_bytes_as_nats_server_has_it():
    # the published test vectors of FNV-1a, 32 bits: '' 811c9dc5, 'a' e40c292c, 'foobar' bf9cf968
    assert [share_of(""), share_of("a"), share_of("foobar")] == [0x5, 0xC, 0x8]
    assert share_of("a.b") == share_of("a//b")


def test_shares_are_used_evenly_enough_by_the_plates_of_a_city():
    counts = [0] * SHARES
    for number in range(8_000):
        counts[share_of(f"晋BQ{number:04d}")] += 1
    assert min(counts) > 400
    assert max(counts) < 600


@pytest.mark.parametrize(
    "pattern", ["yard/all", "traccar/#", "{vehicle_id}/ping", "+/{vehicle_id}"]
)
def test_what_names_no_vehicle_or_begins_with_any_level_is_the_rests(pattern):
    assert not is_split(pattern)
    assert filters_of(3, [pattern]) == []
    assert mappings([pattern]) == []
    assert filters_of(REST, [pattern]) == [pattern.replace("{vehicle_id}", "+")]


def test_the_rest_takes_the_plain_topics_under_the_client_id_of_an_ingest_alone():
    assert session_of("pingcheng-ingest", REST) == "pingcheng-ingest"
    assert filters_of(REST, [NATIVE]) == ["fleet/+/ping"]


def test_no_two_shares_have_a_session_or_a_topic_in_common():
    assert len({session_of("c", share) for share in ALL}) == len(ALL)
    for share in range(SHARES):
        topic = split_topic(share, "fleet/晋BQ0001/ping")
        takers = [
            other
            for other in ALL
            for topic_filter in filters_of(other, [NATIVE])
            if topic_matches_sub(topic_filter, topic)
        ]
        assert takers == [share]
        assert plain_topic(topic) == "fleet/晋BQ0001/ping"


def test_a_mapping_hashes_the_level_of_the_vehicle_and_keeps_all_others():
    assert mappings([NATIVE]) == [
        ("fleet.*.ping", "share.{{partition(16,1)}}.fleet.{{wildcard(1)}}.ping")
    ]
    assert mappings(["yard/+/{vehicle_id}/#"]) == [
        ("yard.*.*", "share.{{partition(16,2)}}.yard.{{wildcard(1)}}.{{wildcard(2)}}"),
        ("yard.*.*.>", "share.{{partition(16,2)}}.yard.{{wildcard(1)}}.{{wildcard(2)}}.>"),
    ]


def test_permissions_name_a_subject_in_any_share():
    assert split_subjects(["fleet.晋BQ0001.ping"]) == ["share.*.fleet.晋BQ0001.ping"]
