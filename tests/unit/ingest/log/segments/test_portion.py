"""That a portion reads as its log does, whatever became of its days, is held by `test_sealing`."""

from pathlib import Path

import pytest

from ingest.log.batch import Batch
from ingest.log.rows import DAY_MS, tuples_of
from ingest.log.segments.sealing import seal_days
from tests.fixtures import quick_log
from tests.fixtures.fixes import MORNING_MS, VEHICLES, frame, ping, same

log = quick_log.log
ASKED = MORNING_MS, MORNING_MS + DAY_MS, [VEHICLES[1]]


@pytest.fixture
def sealed(log, tmp_path):
    """A log with a day that is sealed, and the file of that."""
    pings = [ping(vehicle_id=each, event_time_ms=MORNING_MS) for each in VEHICLES[:3]]
    log.write(Batch(tuples_of(frame(pings)), ()))
    (segment,) = seal_days(log, tmp_path, now_ms=MORNING_MS + 9 * DAY_MS, quiet_ms=0)
    return log, Path(segment.path)


def test_a_portion_names_the_files_of_sealed_days_and_holds_no_row_of_them(sealed):
    log, path = sealed
    with log.at_one_instant() as instant:
        portion = instant.portion(*ASKED)
        named = [part.path for part in portion.parts if not hasattr(part, "columns")]
        assert named == [str(path)]
        assert sum(len(part) for part in portion.parts if hasattr(part, "columns")) == 0
        assert same(portion.read(), instant(*ASKED))


def test_a_file_that_is_gone_since_gives_nothing_and_the_rows_are_there(sealed):
    log, path = sealed
    with log.at_one_instant() as instant:
        portion, before = instant.portion(*ASKED), instant(*ASKED)
        path.unlink()
        assert portion.read() is None
        again = instant.portion(*ASKED)
    assert same(again.read(), before)
