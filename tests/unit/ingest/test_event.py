import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.event import Event, EventKind

LIFT = Event("晋BQ0384", 1_648_500_000_000, EventKind.BIN_LIFT, 113.3, 40.1, "桶-17", 21.5)
events = st.builds(
    Event,
    vehicle_id=st.sampled_from(["晋BQ0384", "晋B21333"]),
    event_time_ms=st.integers(0, 3),
    kind=st.sampled_from(list(EventKind)),
    longitude=st.none() | st.sampled_from([113.3, 113.30000000000001]),
    latitude=st.none() | st.just(40.1),
    reference=st.none() | st.sampled_from(["", "None", "a", "a, b"]),
    weight_kg=st.none() | st.sampled_from([0.0, 1.0]),
)


@given(events, events)
def test_two_events_have_one_id_if_and_only_if_they_tell_the_same(one, other):
    assert (one.id == other.id) == (one == other)


def test_the_id_is_the_same_in_every_process_and_version():
    assert LIFT.id.hex() == "40bb6d3ea6d32f92c6087b99d75e6181"
    assert Event("a", 0, EventKind.PHOTO).id.hex() == "50e7ef77ba6610e366c51e3203579c35"


@pytest.mark.parametrize("kind", EventKind)
def test_a_kind_is_written_as_its_name_and_says_what_it_means(kind):
    event = Event("a", 0, kind)
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(event)), Event) == event
    assert kind == kind.name.lower()
    assert kind.meaning.endswith(".")
