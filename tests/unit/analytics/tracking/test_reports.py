"""Stored and refused pings turned into reports by which clocks are judged."""

import json

import numpy as np
import pandas as pd
import pytest

from analytics.tracking.reports import (
    REFUSED_COLUMNS,
    claimed_ms,
    refused_frame,
    reports_of,
)
from ingest.clock.fault import REPORT_COLUMNS
from ingest.decoding.bounds import EARLIEST_EVENT_MS
from ingest.decoding.instant import time_fault
from tests.fixtures.refusals import RECEIVED_MS, refusal
from tests.fixtures.town import TRUCK, Town, Truck, at

NOTHING_REFUSED = refused_frame([])


def stored(delay_s: float = 2) -> pd.DataFrame:
    """Three fixes of a truck, each received a while later."""
    frame = Truck(Town()).stand("云中街", 0, "08:00", "08:02").pings()
    delay = pd.to_timedelta(delay_s, unit="s").as_unit("ms")
    return frame.assign(received_time=frame["event_time"] + delay)


@pytest.mark.parametrize(
    ("code", "value", "claimed"),
    [
        ("time_in_future", RECEIVED_MS + 10**7, RECEIVED_MS + 10**7),
        ("time_in_future", "2022-03-28T15:00:00+08:00", 1_648_450_800_000),
        ("time_before_2000", 1_648_422_000, 1_648_422_000),
        ("outdated", "2002-08-11T23:00:00Z", 1_029_106_800_000),
        ("time_in_future", 1e300, 9 * 10**15),
        ("time_in_future", "soon", None),
        ("time_in_future", True, None),
        ("unknown_vehicle", 17, None),
    ],
)
def test_the_event_time_is_read_off_a_refusal_for_its_time(code, value, claimed):
    assert claimed_ms(code, json.dumps(value)) == claimed


def test_a_clipped_value_is_no_event_time():
    assert claimed_ms("time_in_future", '"2022-03-28T') is None


def test_a_refusal_belongs_to_the_vehicle_that_it_names_or_else_its_topic():
    rows = [
        refusal("time_in_future", RECEIVED_MS),
        refusal("time_in_future", RECEIVED_MS, topic="owntracks/x/y", vehicle_id="晋B1"),
        refusal("time_in_future", RECEIVED_MS, topic="polls.csv:17"),
    ]
    assert list(refused_frame(rows)["vehicle_id"]) == [TRUCK, "晋B1"]


def test_refusals_that_tell_no_time_are_no_reports():
    refused = refused_frame([refusal("missing_field", None)])
    assert len(refused) == 1
    assert reports_of(stored()[:0], refused).empty


@pytest.mark.parametrize("event_ms", [RECEIVED_MS + 10**7, EARLIEST_EVENT_MS - 1, 10**14])
def test_of_whatever_ingest_refuses_for_its_time_the_time_is_read(event_ms):
    code = time_fault(event_ms, RECEIVED_MS)
    assert code is not None
    assert claimed_ms(code, json.dumps(event_ms)) == event_ms


@pytest.mark.parametrize("value", [None, [RECEIVED_MS], {"t": RECEIVED_MS}, False])
def test_what_is_neither_a_number_nor_a_text_is_no_event_time(value):
    assert claimed_ms("time_in_future", json.dumps(value)) is None


def test_a_text_without_an_offset_is_no_event_time():
    assert claimed_ms("time_in_future", '"2022-03-28T15:00:00"') is None


@pytest.mark.parametrize("sign", [1, -1])
def test_a_claim_beyond_all_bounds_is_cut_so_that_a_thousandfold_is_an_integer_of_64_bits(sign):
    claimed = claimed_ms("time_in_future", json.dumps(sign * 10**40))
    assert claimed * sign > 0
    assert np.iinfo(np.int64).min < claimed * 1000 < np.iinfo(np.int64).max


def test_a_fraction_of_a_millisecond_is_cut_off():
    assert claimed_ms("outdated", "1000.9") == 1000


@pytest.mark.parametrize(
    "topic",
    ["fleet/晋B1", "fleet/晋B1/ping/more", "fleets/晋B1/ping", "fleet/晋B1/pong", "fleet//ping"],
)
def test_only_a_native_topic_names_a_vehicle(topic):
    assert refused_frame([refusal("time_in_future", RECEIVED_MS, topic=topic)]).empty


@pytest.mark.parametrize("named", ["", None])
def test_a_row_of_an_older_log_names_its_vehicle_in_the_topic_only(named):
    row = refusal("time_in_future", RECEIVED_MS, vehicle_id=named)
    assert refused_frame([row])["vehicle_id"].tolist() == [TRUCK]


def test_a_refusal_has_both_its_times_if_it_was_for_its_time():
    timed = refusal("time_in_future", RECEIVED_MS + 10**7)
    other = refusal("unknown_vehicle", 17, received_time_ms=RECEIVED_MS + 1)
    frame = refused_frame([timed, other])
    assert frame["code"].tolist() == ["time_in_future", "unknown_vehicle"]
    assert frame["received_ms"].tolist() == [RECEIVED_MS, RECEIVED_MS + 1]
    assert frame["event_ms"].tolist() == [RECEIVED_MS + 10**7, 0]
    assert frame["is_timed"].tolist() == [True, False]


def test_a_claim_of_1970_is_a_time_and_not_the_lack_of_one():
    frame = refused_frame([refusal("time_before_2000", 0)])
    assert frame["is_timed"].tolist() == [True]
    assert len(reports_of(stored(), frame)) == len(stored()) + 1


def test_without_refusals_the_frame_has_its_columns_and_types():
    full = refused_frame([refusal("time_in_future", RECEIVED_MS)])
    assert list(NOTHING_REFUSED.columns) == list(REFUSED_COLUMNS)
    assert NOTHING_REFUSED.dtypes.equals(full.dtypes)


def test_refused_times_and_stored_pings_are_one_frame():
    refused = refused_frame([refusal("time_in_future", RECEIVED_MS + 10**7)])
    found = reports_of(stored(), refused)
    assert list(found.columns) == list(REPORT_COLUMNS)
    assert found["event_ms"].tolist() == [
        RECEIVED_MS + 10**7, at("08:00"), at("08:01"), at("08:02"),
    ]  # fmt: skip
    assert (found["received_ms"] - found["event_ms"]).tolist() == [-(10**7), 2000, 2000, 2000]
    assert set(found["vehicle_id"]) == {TRUCK}
    assert found.index.tolist() == [0, 1, 2, 3]


def test_a_ping_whose_reception_is_unknown_is_no_report():
    frame = stored()
    frame.loc[1, "received_time"] = pd.NaT
    assert reports_of(frame, NOTHING_REFUSED)["event_ms"].tolist() == [at("08:00"), at("08:02")]


def test_pings_of_a_file_without_a_time_of_reception_are_no_reports():
    assert reports_of(stored().drop(columns="received_time"), NOTHING_REFUSED).empty
