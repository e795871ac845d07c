import pytest

from ingest.log.batch import Batch
from ingest.log.rows import DAY_MS, tuples_of
from ingest.log.segments.sealing import seal_days
from ingest.sealer.process import Order, Outcome, sealed
from tests.fixtures import quick_log
from tests.fixtures.fixes import MORNING_MS, frame, ping

log = quick_log.log
no_syncing = quick_log.no_syncing
NOW_MS = MORNING_MS + 9 * DAY_MS


@pytest.fixture
def order(log, tmp_path):
    """An order to seal the older of two days."""
    days = [ping(event_time_ms=MORNING_MS + day * DAY_MS) for day in (0, 1, 1)]
    log.write(Batch(tuples_of(frame(days)), ()))
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    folder = str(tmp_path / "segments")
    return Order(url=url, folder=folder, now_ms=NOW_MS, quiet_ms=0, parent=1)


def test_one_day_is_sealed_at_a_time_the_oldest_first_until_none_is_left(order):
    told = [sealed(order) for _ in range(3)]
    assert [each.date for each in told] == ["2022-03-25", "2022-03-26", None]
    assert [each.pings for each in told] == [1, 1, 0]
    assert told[0].size > 0
    assert told[-1] == Outcome()


def test_a_day_that_has_no_pings_after_all_keeps_no_other_from_being_sealed(order, log):
    with log.transaction(write=True) as connection:
        connection.exec_driver_sql(f"DELETE FROM pings WHERE event_time_ms = {MORNING_MS}")
    assert sealed(order).date == "2022-03-26"


def test_what_keeps_a_day_from_being_sealed_is_told(order, tmp_path):
    (tmp_path / "segments").touch()
    assert sealed(order).fault == (
        f"the segments {tmp_path / 'segments'} cannot be written to: File exists"
    )


def test_another_that_seals_into_the_folder_is_no_fault(order, log, tmp_path):
    running = seal_days(log, tmp_path / "segments", now_ms=NOW_MS, quiet_ms=0)
    next(running)
    assert sealed(order) == Outcome()
    running.close()
