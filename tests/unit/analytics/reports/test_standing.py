"""Reports of which it is told that nothing changed, and that are then not made again."""

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from analytics.history.tables import judgings
from analytics.reports import standing
from analytics.reports.formats.formats import Format
from analytics.reports.formats.mark import MARK, placed
from analytics.reports.making import Maker
from analytics.reports.standing import Standing
from analytics.reports.steps import Steps
from analytics.reports.tables.night import judge_night
from geofence.plan.version import content_version
from ingest.decoding.rejection import Rejection, RejectionCode
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.tables import changed_days
from tests.fixtures.reported_town import TOWN, later, morning, write
from tests.fixtures.town import MONDAY, TRUCK, at, next_day

PLAN = replace(TOWN.plan, version=content_version(TOWN.plan))
NOON, DAWN, LATER = at("12:00"), at("06:00", next_day()), at("07:00", next_day())
FORMATS = (Format.CSV,)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'pings.db'}"


@pytest.fixture
def log(url):
    with open_log(url) as opened:
        yield opened


@pytest.fixture
def out(tmp_path):
    return tmp_path / "reports"


def maker(log, out, now_ms=DAWN, formats=FORMATS):
    made = Maker(log, now_ms, out, None, formats, Steps(lambda: 0.0), 1)
    made.history.store_plan(PLAN, now_ms)
    return made


def report(log, out, now_ms=DAWN, formats=FORMATS):
    made = maker(log, out, now_ms, formats)
    return made.report_on_night(MONDAY, PLAN, allow_empty=True)[1]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A log and the report of its night, which are copied for whoever changes them."""
    folder = tmp_path_factory.mktemp("made")
    write(f"sqlite:///{folder / 'pings.db'}", morning())
    with open_log(f"sqlite:///{folder / 'pings.db'}") as log:
        report(log, folder / "reports")
    return folder


@pytest.fixture
def reported(made, tmp_path, url, log, out):
    log.close()
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return SimpleNamespace(url=url, log=log, out=out)


def told(log, out, now_ms=LATER, plan=None, language=None, formats=FORMATS, dates=(MONDAY,)):
    return Standing(log, out, now_ms, language, formats).lines(dates, plan)


def test_what_stands_is_told_in_the_words_of_a_run_that_makes_it_again(url, log, out):
    write(url, morning())
    report(log, out)
    again = report(log, out, LATER)
    assert "  the files are as made on 2022-03-29 06:00:00" in again
    assert told(log, out) == again
    assert told(log, out, plan=PLAN.version) == again
    assert placed(out, "2022-03-28").made_ms == LATER


def test_a_run_does_not_look_twice_at_pings_of_another_night(url, log, out):
    write(url, morning())
    report(log, out)
    pings = later()
    pings["event_time"] += 4 * (next_day() - MONDAY)
    write(url, pings)
    assert told(log, out)
    noted = placed(out, "2022-03-28").basis["sequence"]
    assert noted == len(morning()) + len(pings)
    assert told(log, out)


def _refuse(here):
    outdated = Rejection(
        code=RejectionCode.OUTDATED, topic=f"fleet/{TRUCK}/ping", received_time_ms=NOON,
        key="event_time", value=str(NOON - 1024 * 7 * 86_400_000), payload=b"{}", payload_bytes=2,
        vehicle_id=TRUCK,
    )  # fmt: skip
    here.log.write(Batch((), (outdated,)))


def _plan_stored(here):
    other = replace(PLAN, name="另一个")
    other = replace(other, version=content_version(other))
    Maker(here.log, LATER, here.out, None, FORMATS, Steps(lambda: 0.0), 1).history.store_plan(
        other, LATER
    )


def _judged_again(here):
    with here.log.transaction(write=True) as connection:
        row = dict(connection.execute(sa.select(judgings)).mappings().one())
        connection.execute(sa.insert(judgings), [{**row, "id": row["id"] + 1}])


def _rows_taken(here):
    with here.log.transaction(write=True) as connection:
        connection.execute(sa.update(changed_days).values(removals=1))


def _marked(change):
    def harm(here):
        path = here.out / "2022-03-28" / MARK
        known = json.loads(path.read_text("utf-8"))
        change(known)
        path.write_text(json.dumps(known), "utf-8")

    return harm


CHANGES = {
    "late pings": lambda here: write(here.url, later()),
    "a refusal": _refuse,
    "another plan": _plan_stored,
    "judged again": _judged_again,
    "rows taken out": _rows_taken,
    "file edited": lambda here: (here.out / "2022-03-28/csv/grids.csv").write_bytes(b"x"),
    "file removed": lambda here: (here.out / "2022-03-28/csv/grids.csv").unlink(),
    "mark removed": lambda here: (here.out / "2022-03-28" / MARK).unlink(),
    "half put": _marked(lambda known: known.update(is_whole=False)),
    "no basis": _marked(lambda known: known.update(basis={})),
    "odd basis": _marked(lambda known: known["basis"].update(span_ms=3)),
    "made later": _marked(lambda known: known.update(generated_ms=LATER + 1)),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_of_what_changed_it_is_not_told_that_it_stands(reported, change):
    CHANGES[change](reported)
    assert told(reported.log, reported.out) is None


@pytest.mark.parametrize(
    "asked",
    [
        {"plan": "another version"},
        {"language": "en"},
        {"formats": (Format.PARQUET,)},
        {"formats": (*FORMATS, Format.PARQUET)},
    ],
)
def test_what_is_asked_for_otherwise_does_not_stand(reported, asked):
    assert told(reported.log, reported.out, **asked) is None


def test_what_another_program_made_does_not_stand(reported, monkeypatch):
    assert told(reported.log, reported.out)
    monkeypatch.setattr(standing, "_program", lambda: "another")
    assert told(reported.log, reported.out) is None


def test_a_report_from_another_log_does_not_stand(reported, tmp_path):
    other = f"sqlite:///{tmp_path / 'other.db'}"
    write(other, morning())
    with open_log(other) as another:
        maker(another, tmp_path / "elsewhere")
        judge_night(another, PLAN, MONDAY, DAWN, Steps(lambda: 0.0))
        assert told(another, reported.out) is None


def test_a_night_that_is_not_over_or_without_a_ping_never_stands(url, log, out):
    report(log, out)
    assert told(log, out) is None
    write(url, morning())
    report(log, out, NOON)
    assert told(log, out, at("09:00")) is None
    assert told(log, out) is None


def test_a_range_stands_with_all_its_nights(url, log, out):
    pings = morning()
    write(url, pings)
    shift = next_day() - MONDAY
    write(url, pings.assign(event_time=pings["event_time"] + shift))
    dates, end = [MONDAY, next_day()], LATER + 2 * 86_400_000

    def made(now_ms):
        one = maker(log, out, now_ms)
        lines, days = [], []
        for day in dates:
            found, said = one.report_on_night(day, PLAN, allow_empty=False)
            days.append(found)
            lines += said
        return lines + one.write(days)

    made(end)
    again = made(end + 1000)
    assert told(log, out, end + 1000, dates=dates) == again
    assert told(log, out, end + 2000, dates=dates)
    (out / "2022-03-28_2022-03-29/csv/grids.csv").unlink()
    assert told(log, out, end + 3000, dates=dates) is None
    made(end + 4000)
    write(url, later())
    report(log, out, end + 5000)
    assert told(log, out, end + 6000)
    assert told(log, out, end + 6000, dates=dates) is None
