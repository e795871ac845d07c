import re
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import sqlalchemy as sa

from analytics.dashboard.access.access_tables import reports as table
from analytics.dashboard.board.resident_reports import ResidentReports, reports_of
from ingest.log.pinglog import open_log
from tests.fixtures.town import MONDAY, next_day

MISS = (MONDAY, "JY01", "07:00-10:00", "云中街")


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


@pytest.fixture
def reports(log):
    return ResidentReports(log, lambda: 7)


def test_whoever_reports_a_miss_gets_the_same_reference(database_url):
    with open_log(database_url) as log:
        reports = ResidentReports(log, lambda: 7)
        assert len({reports.keep(*MISS) for _ in range(3)}) == 1


def test_a_miss_is_kept_once_with_how_often_it_was_reported(log, reports):
    references = [reports.keep(*MISS) for _ in range(3)]
    assert reports_of(log, MONDAY) == {("JY01", "07:00-10:00", "云中街"): (3, references[0])}


@pytest.mark.parametrize(
    "other",
    [
        (next_day(), "JY01", "07:00-10:00", "云中街"),
        (MONDAY, "JR02", "07:00-10:00", "云中街"),
        (MONDAY, "JY01", "14:30-17:30", "云中街"),
        (MONDAY, "JY01", "07:00-10:00", "支路"),
    ],
    ids=["date", "grid", "window", "street"],
)
def test_another_miss_has_another_reference_and_a_count_of_its_own(log, reports, other):
    first, second, again = (reports.keep(*miss) for miss in (MISS, other, MISS))
    assert first == again != second
    assert reports_of(log, MONDAY)[MISS[1:]] == (2, first)
    assert reports_of(log, other[0])[other[1:]] == (1, second)


def test_a_reference_is_the_date_and_six_letters_that_nobody_confuses(reports):
    references = [reports.keep(MONDAY, "JY01", "07:00-10:00", f"{n}号街") for n in range(60)]
    assert all(re.fullmatch(r"0328-[2-9A-HJ-NP-Z]{6}", each) for each in references)
    assert len(set(references)) == 60


def test_the_reports_of_a_date_are_those_of_its_service_and_no_other(log, reports):
    reports.keep(next_day(), *MISS[1:])
    assert reports_of(log, MONDAY) == {}
    assert list(reports_of(log, next_day())) == [MISS[1:]]


def test_a_report_is_kept_with_when_it_came_first_and_last(log):
    reports = ResidentReports(log, iter([10, 20, 30]).__next__)
    for _ in range(3):
        reports.keep(*MISS)
    with log.transaction(write=False) as connection:
        (row,) = connection.execute(sa.select(table)).mappings()
    assert (row["first_ms"], row["last_ms"], row["count"]) == (10, 30, 3)


def test_residents_who_report_a_miss_at_once_are_all_counted(log):
    many = 8
    gate = threading.Barrier(many)

    def now_ms():
        gate.wait()
        return 7

    assert _reported_at_once(log, many, now_ms) == many


def test_so_are_they_where_writers_do_not_take_turns(postgres_server, monkeypatch):
    gate, choose, met = threading.Barrier(2), secrets.choice, threading.local()

    def choice(letters):
        """Both have found that nobody reported it yet, unless one had to wait for the other."""
        if not hasattr(met, "once"):
            met.once = True
            with suppress(threading.BrokenBarrierError):
                gate.wait(0.5)
        return choose(letters)

    monkeypatch.setattr(secrets, "choice", choice)
    with open_log(postgres_server.new_database()) as log:
        assert _reported_at_once(log, 2, lambda: 7) == 2


def _reported_at_once(log, many, now_ms):
    """Report a miss in so many threads; give how often it was, if all got one reference."""
    reports = ResidentReports(log, now_ms)
    with ThreadPoolExecutor(many) as pool:
        references = set(pool.map(lambda _: reports.keep(*MISS), range(many)))
    ((count, reference),) = reports_of(log, MONDAY).values()
    assert references == {reference}
    return count
