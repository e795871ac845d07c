"""Rows of recorded verdicts, as they are added and read within a transaction."""

from datetime import date

import pandas as pd
import pytest
import sqlalchemy as sa

from analytics.history.revisions import Known, Revision
from analytics.history.tables import judgings
from analytics.history.verdict_store import (
    JUDGING_DTYPES,
    REVISION_DTYPES,
    add_judging,
    add_revisions,
    frame_of,
    is_of,
    known_verdicts,
    last_judging,
    lock_history,
    news_since,
    record_of,
    revisions_query,
)
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from tests.fixtures.recorded_city import sequence
from tests.fixtures.recorded_town import NIGHT_MS, NOON_MS, OTHER, PLAN, day_of, versioned
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, next_day

DAY = day_of()
KEY = ("JY01", "07:00-10:00", "云中街")
TUESDAY = next_day()


@pytest.fixture
def log(database_url):
    with open_log(database_url) as opened:
        yield opened


def revision(number: int, verdict: str = "served", key=KEY, **changes) -> Revision:
    values = {
        "key": key,
        "revision": number,
        "values": {
            "verdict": verdict,
            "served_ratio": 0.95,
            "started_ms": at("07:05"),
            "flags": "",
        },
        "status": "final",
        "cause": "first",
        "digest": f"digest {number}",
        "record": b"record %d" % number,
        "before": None,
    }
    return Revision(**{**values, **changes})


def add(log, *added: Revision, now_ms: int = NIGHT_MS) -> None:
    with log.transaction(write=True) as connection:
        lock_history(connection)
        add_revisions(connection, DAY, added, now_ms)


def rows(log) -> pd.DataFrame:
    with log.transaction(write=False) as connection:
        query = revisions_query().where(is_of(KEY, MONDAY)).order_by(sa.column("revision"))
        return frame_of(REVISION_DTYPES, connection.execute(query).all())


def record(log, number: int | None = None, key=KEY, day: date = MONDAY) -> bytes | None:
    with log.transaction(write=False) as connection:
        return record_of(connection, key, day, number)


def test_a_revision_is_read_as_it_was_added_figures_that_it_lacks_missing(log):
    add(log, revision(1))
    (row,) = rows(log).to_dict("records")
    assert (row["grid_id"], row["window"], row["street"]) == KEY
    assert (row["service_date"], row["revision"], row["cause"]) == ("2022-03-28", 1, "first")
    assert (row["verdict"], row["status"], row["served_ratio"]) == ("served", "final", 0.95)
    assert row["plan_version"] == PLAN.version
    assert row["started_at"] == pd.Timestamp(at("07:05"), unit="ms", tz="UTC")
    assert row["recorded_at"] == pd.Timestamp(NIGHT_MS, unit="ms", tz="UTC")
    assert pd.isna(row["completed_at"])
    assert pd.isna(row["schedule_deviation_s"])
    assert pd.isna(row["provably_missed_m"])


def test_revisions_of_other_streets_windows_grids_and_dates_are_not_this_ones(log):
    others = [("JY02", *KEY[1:]), ("JY01", "14:30-17:30", "云中街"), (*KEY[:2], "")]
    add(log, revision(1), *(revision(1, "skipped", key) for key in others))
    assert rows(log)["verdict"].tolist() == ["served"]
    with log.transaction(write=False) as connection:
        query = revisions_query().where(is_of(KEY, TUESDAY))
        assert connection.execute(query).all() == []


@pytest.mark.parametrize("dtypes", [REVISION_DTYPES, JUDGING_DTYPES])
def test_a_frame_without_rows_has_its_columns_and_types(dtypes):
    found = frame_of(dtypes, [])
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == dtypes
    assert found.empty


def test_a_frame_with_nothing_but_missing_values_has_its_types(log):
    bare = {"verdict": "exempt", "flags": ""}
    add(log, revision(1, values=bare))
    found = rows(log)
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == REVISION_DTYPES
    assert found["started_at"].isna().all()


def test_what_has_figures_and_what_has_none_are_added_together(log):
    bare = {"verdict": "exempt", "flags": ""}
    add(log, revision(1), revision(2, values=bare))
    assert rows(log)["served_ratio"].isna().tolist() == [False, True]


def test_nothing_to_add_adds_nothing(log):
    add(log)
    assert rows(log).empty


def test_the_evidence_of_a_revision_is_its_own(log):
    add(log, revision(1), revision(2))
    assert record(log, 1) == b"record 1"
    assert record(log, 2) == b"record 2"
    assert record(log) == b"record 2"


def test_a_revision_without_a_record_has_that_of_the_one_before(log):
    add(log, revision(1), revision(2, record=b"", digest="digest 1"), revision(3))
    assert record(log, 2) == b"record 1"
    assert record(log) == b"record 3"


def test_a_verdict_that_was_withdrawn_has_no_evidence_though_it_had_some(log):
    add(log, revision(1), revision(2, "exempt", record=b"", digest=""))
    assert record(log) is None
    assert record(log, 1) == b"record 1"


def test_what_was_never_recorded_has_no_evidence(log):
    add(log, revision(1))
    assert record(log, 2) is None
    assert record(log, key=(*KEY[:2], "魏都大道")) is None
    assert record(log, day=TUESDAY) is None


def test_of_each_verdict_the_newest_revision_is_known_in_whatever_order_they_were_added(log):
    grid = (*KEY[:2], "")
    add(log, revision(2, "late", status="revised"), revision(1), revision(1, "partial", grid))
    with log.transaction(write=False) as connection:
        assert known_verdicts(connection, MONDAY) == {
            KEY: Known(2, "late", "revised", "digest 2"),
            grid: Known(1, "partial", "final", "digest 1"),
        }
        assert known_verdicts(connection, TUESDAY) == {}


def judged(log, now_ms: int, number: int, day=DAY) -> None:
    with log.transaction(write=True) as connection:
        add_judging(connection, day, last_judging(connection, day.service_date), now_ms, number)


def judgings_of(log, day: date = MONDAY) -> list[tuple[int, bool]]:
    with log.transaction(write=False) as connection:
        query = sa.select(judgings).where(judgings.c.service_date == day.isoformat())
        found = connection.execute(query.order_by(judgings.c.id))
        return [(row.sequence, row.is_final) for row in found]


def test_a_judging_like_the_last_one_is_not_added_again(log):
    looks = [(NOON_MS, 7), (NOON_MS + 1, 7), (NOON_MS + 2, 8), (NOON_MS + 3, 8), (NIGHT_MS, 8)]
    for now_ms, number in looks:
        judged(log, now_ms, number)
    assert judgings_of(log) == [(7, False), (8, False), (8, True)]


def test_a_judging_by_another_plan_is_added(log):
    judged(log, NOON_MS, 7)
    judged(log, NOON_MS, 7, day_of(plan=versioned(PLAN, name="another")))
    assert len(judgings_of(log)) == 2


def test_a_date_is_final_from_the_end_of_its_horizon_on(log):
    judged(log, at("00:30", TUESDAY) - 1, 7)
    judged(log, at("00:30", TUESDAY), 7)
    assert [is_final for _, is_final in judgings_of(log)] == [False, True]


def test_the_last_judging_is_that_of_its_date(log):
    judged(log, NOON_MS, 7)
    with log.transaction(write=False) as connection:
        assert last_judging(connection, MONDAY).sequence == 7
        assert last_judging(connection, TUESDAY) is None


def send(log, vehicle: str, *clocks: int) -> None:
    """Let fixes of a vehicle arrive."""
    truck = Truck(Town(), vehicle)
    truck.fixes = [(instant_ms, 0.0, 0.0) for instant_ms in clocks]
    pings = truck.pings()
    log.write(Batch(tuples_of(pings.assign(received_time=pings["event_time"])), ()))


OTHER_PLAN = day_of(plan=versioned(PLAN, name="another"))


def news(log, day, since: int = 0, *, is_first: bool = False):
    with log.transaction(write=True) as connection:
        add_judging(connection, DAY, None, NOON_MS, since)
    with log.transaction(write=False) as connection:
        last = None if is_first else last_judging(connection, MONDAY)
        return news_since(connection, day, last, sequence(log))


def test_of_a_date_judged_for_the_first_time_all_pings_are_news(log):
    found = news(log, DAY, is_first=True)
    assert (found.plan_changed, found.pings_came, found.spans) == (False, True, {})


def test_a_log_that_has_not_grown_and_the_same_plan_are_no_news(log):
    send(log, TRUCK, at("08:00"))
    found = news(log, DAY, since=sequence(log))
    assert (found.plan_changed, found.pings_came) == (False, False)


def test_where_only_pings_came_it_is_not_asked_whose(log):
    send(log, TRUCK, at("08:00"))
    found = news(log, DAY)
    assert (found.plan_changed, found.pings_came, found.spans) == (False, True, {})


def test_with_another_plan_the_new_pings_of_the_date_are_told_by_vehicle(log):
    send(log, TRUCK, at("07:00"))
    before = sequence(log)
    send(log, TRUCK, at("08:00"), at("09:00"), at("08:30"), at("08:00", TUESDAY))
    send(log, OTHER, at("10:00"))
    send(log, "晋B9", at("08:00"))
    found = news(log, OTHER_PLAN, before)
    assert found.plan_changed
    assert found.spans == {TRUCK: (at("08:00"), at("09:00")), OTHER: (at("10:00"), at("10:00"))}


def test_with_another_plan_and_no_ping_there_are_no_spans(log):
    send(log, TRUCK, at("08:00"))
    found = news(log, OTHER_PLAN, sequence(log))
    assert (found.plan_changed, found.pings_came, found.spans) == (True, False, {})
