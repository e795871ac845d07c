import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding.diagnosis import Refused
from ingest.gateway.http.reading import (
    parameters_of,
    read_osmand,
    read_owntracks,
    read_traccar,
)


def test_the_last_of_equal_names_counts_and_a_plus_is_a_space():
    assert parameters_of(b"id=1&id=2&driver=a+b&empty=") == {
        "id": "2",
        "driver": "a b",
        "empty": "",
    }


def test_names_may_come_as_they_are_or_with_percent_signs():
    assert parameters_of("id=晋BQ0384".encode()) == parameters_of(b"id=%E6%99%8BBQ0384")


def test_json_and_query_are_one_request():
    taken = read_osmand("t", {"id": "1", "token": "x"}, "", b' {"lat": 40.08, "token": "x"}')
    assert json.loads(taken.payload) == {"id": "1", "lat": 40.08}
    assert (taken.topic, taken.device_id) == ("t", "1")


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5)), st.binary(max_size=60))
def test_any_request_of_osmand_is_published_as_an_object_or_refused(query, body):
    try:
        taken = read_osmand("gateway/osmand", query, "", body)
    except Refused:
        return
    sent = json.loads(taken.payload)
    assert taken.device_id in (sent.get("id"), sent.get("deviceid"), sent.get("device_id"))
    assert "token" not in sent


@given(st.binary(max_size=60))
def test_what_traccar_forwards_is_passed_on_as_it_is_or_refused(body):
    try:
        assert read_traccar("gateway/traccar", body).payload == body
    except Refused:
        return


@given(st.text(max_size=8), st.text(max_size=8))
def test_a_topic_of_owntracks_has_three_levels_that_every_broker_takes(user, device):
    try:
        taken = read_owntracks("owntracks/{user}/{device}", user, device, b"{}")
    except Refused:
        return
    assert taken is not None
    assert taken.topic.split("/") == ["owntracks", user, device]
    assert not set(taken.topic) & set("+#*>$ \0")


@pytest.mark.parametrize("query", [b"%ff", b"\xff", b"id=%ed%a0%80"])
def test_what_is_not_utf_8_is_refused(query):
    with pytest.raises(Refused):
        parameters_of(query)
