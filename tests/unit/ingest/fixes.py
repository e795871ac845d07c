"""Strategies and makers of pings for the tests of ingest."""

import math

import pandas as pd
from hypothesis import strategies as st

from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import Decoder
from ingest.decoding.message import Message
from ingest.ping import Ping
from ingest.ping_frame import frame_of

MORNING_MS = 1_648_191_600_000  # 2022-03-25T07:00:00Z
VEHICLES = ("晋BQ0384", "机扫1-113")


def ping(**changes):
    values = {
        "vehicle_id": VEHICLES[0],
        "event_time_ms": MORNING_MS,
        "longitude": 113.3,
        "latitude": 40.08,
    }
    return Ping(**{**values, **changes})


def decode(topic, payload, received_ms, known=None):
    """Read one native message."""
    return Decoder(acceptance=Acceptance(known)).decode(Message(topic, payload, received_ms))


def optional(strategy):
    return st.none() | strategy


def non_negative(limit=math.inf):
    return st.floats(0, None if limit == math.inf else limit, allow_nan=False, allow_infinity=False)


pings = st.builds(
    Ping,
    vehicle_id=st.sampled_from(VEHICLES),
    event_time_ms=st.integers(946_684_800_000, MORNING_MS),
    longitude=st.floats(-180, 180),
    latitude=st.floats(-90, 90).filter(lambda degrees: degrees != 0),
    speed_mps=optional(non_negative(70)),
    heading_deg=optional(st.floats(0, 360, exclude_max=True)),
    accuracy_m=optional(non_negative()),
    hdop=optional(non_negative()),
    satellites=optional(st.integers(0, 999)),
    working=optional(st.booleans()),
)

# few values, so that repetitions and conflicts are the rule
colliding_pings = st.builds(
    Ping,
    vehicle_id=st.sampled_from(VEHICLES),
    event_time_ms=st.sampled_from([MORNING_MS, MORNING_MS + 1000]),
    longitude=st.sampled_from([113.3, 113.4]),
    latitude=st.just(40.08),
    speed_mps=st.sampled_from([None, 0.0, -0.0, 3.5]),
    accuracy_m=st.sampled_from([None, 5.0]),
    satellites=st.sampled_from([None, 7]),
    working=st.sampled_from([None, True, False]),
)


def frame(fixes, received_ms=None):
    if received_ms is None:
        received_ms = [fix.event_time_ms + 2000 for fix in fixes]
    return frame_of(fixes, received_ms)


def same(left, right):
    pd.testing.assert_frame_equal(left, right, check_exact=True)
    return True
