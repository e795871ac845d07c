from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analytics.history.history import History
from analytics.reports.steps import Steps
from analytics.reports.tables.night import (
    NoPingsError,
    NoServiceError,
    judge_night,
    recorded_changes,
    report_on,
)
from geofence.plan.plan import Operator
from ingest.decoding.rejection import RejectionCode, refuse
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from tests.fixtures.reported_town import TOWN, later, morning, write
from tests.fixtures.town import MONDAY, TRUCK, at, grid, next_day

PLAN = TOWN.plan
EVENING, NIGHT, DAWN = at("22:00"), at("01:00", next_day()), at("06:00", next_day())
SATURDAY = date(2022, 4, 2)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'pings.db'}"


@pytest.fixture
def log(url):
    with open_log(url) as opened:
        yield opened


def judged(log, now_ms=NIGHT, plan=PLAN, service_date=MONDAY, **options):
    return judge_night(log, plan, service_date, now_ms, Steps(lambda: 0.0), **options)


def verdicts(night):
    streets = night.day.judgement.streets
    return dict(zip(streets["street"], streets["verdict"], strict=True))


def told(changes):
    return [(each.street, each.before, each.after, each.recorded_ms) for each in changes]


def pings_at(clock, vehicle=TRUCK):
    """A single fix at the end of the town."""
    event = pd.to_datetime([clock], unit="ms", utc=True).as_unit("ms")
    return morning().head(1).assign(vehicle_id=vehicle, event_time=event)


def test_what_the_log_holds_is_judged_and_recorded(url, log):
    write(url, morning())
    night = judged(log)
    assert verdicts(night) == {"云中街": "served", "魏都大道": "unknown"}
    known = History(log).verdicts(MONDAY, MONDAY)
    assert dict(zip(known["street"], known["verdict"], strict=True))["云中街"] == "served"


def test_a_night_that_is_judged_first_has_no_changes_and_none_before_it(url, log):
    write(url, morning())
    night = judged(log)
    assert (night.changes, night.judged_before_ms) == ((), None)


def test_what_later_pings_change_is_told_with_when_it_was_judged_before(url, log):
    write(url, morning())
    judged(log, EVENING)
    write(url, later())
    night = judged(log, NIGHT)
    assert night.judged_before_ms == EVENING
    assert told(night.changes) == [("魏都大道", "unknown", "served", NIGHT)]
    assert told(recorded_changes(History(log), MONDAY)) == told(night.changes)
    assert judged(log, DAWN).judged_before_ms == NIGHT


def test_judged_again_with_nothing_new_nothing_has_changed(url, log):
    write(url, morning())
    judged(log, EVENING)
    assert judged(log, NIGHT).changes == ()


def test_a_date_without_a_ping_is_an_error_that_says_how_to_have_a_report_all_the_same(log):
    with pytest.raises(NoPingsError, match=r"no pings for 2022-03-28; use --allow-empty") as error:
        judged(log)
    assert error.value.service_date == MONDAY
    assert len(History(log).verdicts(MONDAY, MONDAY)) == 0


def test_without_a_ping_all_is_unknown_if_that_is_allowed(log):
    assert set(verdicts(judged(log, allow_empty=True)).values()) == {"unknown"}


@pytest.mark.parametrize(
    ("clock", "vehicle"),
    [(at("00:00") - 1, TRUCK), (at("12:00", next_day()), TRUCK), (at("08:00"), "晋X0000")],
    ids=["before the date", "after its horizon", "no vehicle of the plan"],
)
def test_pings_that_do_not_bear_on_the_date_make_no_night(url, log, clock, vehicle):
    write(url, pings_at(clock, vehicle))
    with pytest.raises(NoPingsError):
        judged(log)


def test_a_ping_of_a_spare_bears_on_the_date(url, log):
    spare = "晋B39720"
    plan = replace(PLAN, operators=(Operator("sweep-1", "机扫一公司", spares=(spare,)),))
    write(url, pings_at(at("12:00"), spare))
    assert judged(log, plan=plan).day.vehicles_seen == (spare,)


def test_a_date_on_which_no_grid_has_service_is_an_error_that_names_it(log):
    plan = replace(PLAN, grids=(grid(days=range(5)),))
    with pytest.raises(NoServiceError, match="no grid of the plan has service on 2022-04-02"):
        judged(log, plan=plan, service_date=SATURDAY, allow_empty=True)


def test_a_ping_that_comes_while_a_night_is_read_is_news_to_the_next_judging(url, log, monkeypatch):
    write(url, morning())
    at_one_instant = log.at_one_instant

    @contextmanager
    def while_one_comes():
        with at_one_instant() as read:

            def reading(*chosen):
                found = read(*chosen)
                write(url, pings_at(at("12:00")))
                return found

            yield reading

    monkeypatch.setattr(log, "at_one_instant", while_one_comes)
    before = log.counters().stored
    assert judged(log).day.ping_count == before
    (sequence,) = History(log).judgings(MONDAY, MONDAY)["sequence"]
    assert len(log.read_pings_since(int(sequence))[0]) == 1


def refused(vehicle=TRUCK, shift_ms=0):
    """The pings of the morning, refused because the clock of the tracker is 8 h ahead."""
    instants = morning()["event_time"].astype("int64") + shift_ms
    return [
        refuse(
            RejectionCode.TIME_IN_FUTURE, f"fleet/{vehicle}/ping", instant, b"{}",
            key="event_time", value=instant + 8 * 3_600_000, vehicle_id=vehicle,
        )
        for instant in instants.tolist()
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("refusals", "faults"),
    [
        (refused(), ["local_as_utc"]),
        (refused("晋X0000"), []),
        (refused(shift_ms=24 * 3_600_000), []),
        (refused(shift_ms=-24 * 3_600_000), []),
    ],
    ids=["of the night", "of no vehicle of the plan", "of the next day", "of the day before"],
)
def test_times_that_were_refused_on_the_date_tell_of_clocks(log, refusals, faults):
    log.write(Batch([], tuple(refusals)))
    night = judged(log, allow_empty=True)
    assert [fault.code.value for fault in night.day.faults] == faults


def test_steps_are_timed_by_what_they_are(url, log):
    write(url, morning())
    began = []
    judge_night(log, PLAN, MONDAY, NIGHT, Steps(lambda: 0.0, began.append))
    assert began == ["reading", "matching and judging", "history"]


@pytest.fixture
def revised(url, log):
    """A date judged before any ping came, after the first came, and after the rest."""
    first = judged(log, EVENING, allow_empty=True)
    write(url, morning())
    second = judged(log, NIGHT)
    write(url, later())
    return log, (first, second, judged(log, DAWN))


def test_the_history_tells_every_change_of_a_street_and_not_only_the_last(revised):
    log, (_, second, third) = revised
    changes = recorded_changes(History(log), MONDAY)
    assert sorted(told(changes)) == [
        ("云中街", "unknown", "served", NIGHT),
        ("魏都大道", "unknown", "served", DAWN),
    ]
    assert set(told(second.changes)) | set(told(third.changes)) == set(told(changes))


def test_changes_of_another_date_are_not_among_them(revised):
    log, _ = revised
    assert recorded_changes(History(log), next_day()) == ()


def test_a_revision_that_says_the_same_of_a_street_is_no_change(url, log):
    write(url, morning())
    judged(log, EVENING)
    other = replace(PLAN, version="1" * 64, rules=replace(PLAN.rules, grace_min=11.0))
    judged(log, NIGHT, plan=other)
    known = History(log).revisions("JY01", MONDAY, "07:00-10:00", "云中街")
    assert list(known["revision"]) == [1, 2]
    assert recorded_changes(History(log), MONDAY) == ()


def test_a_report_made_again_tells_the_same_changes(revised):
    log, (*_, last) = revised
    made = report_on(History(log), [last.day], DAWN, Steps(lambda: 0.0))
    frame = made.frames["changes"]
    assert dict(zip(frame["street"], frame["revision"], strict=True)) == {
        "云中街": 2,
        "魏都大道": 3,  # its second only has other evidence
    }
    assert made.generated_ms == DAWN


@pytest.mark.parametrize(("days_later", "is_told"), [(29, True), (30, False)])
def test_a_report_goes_back_thirty_days(url, log, days_later, is_told):
    write(url, morning())
    judged(log)
    last = MONDAY + pd.Timedelta(days=days_later).to_pytimedelta()
    night = judged(log, DAWN, service_date=last, allow_empty=True)
    trend = report_on(History(log), [night.day], DAWN, Steps(lambda: 0.0)).frames["trend"]
    assert (MONDAY.isoformat() in set(trend["service_date"])) is is_told
