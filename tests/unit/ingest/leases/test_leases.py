import pytest

from ingest.leases.leases import Leases, database_now_ms, leases_in
from ingest.log.pinglog import open_log

SHARES = range(5)


@pytest.fixture
def log(log_url):
    with open_log(log_url) as opened:
        yield opened


class Clock:
    def __init__(self):
        self.ms = 1_000_000

    def __call__(self, _):
        return self.ms


def of(log, clock, name):
    return Leases(log, name, f"host:{name}", SHARES, lease_s=10, now_ms=clock)


def test_the_first_takes_everything_and_gives_a_second_its_part(log):
    clock = Clock()
    first, second = of(log, clock, "a"), of(log, clock, "b")
    assert first.renew().shares == frozenset(SHARES)
    found = second.renew()
    assert (found.shares, found.members) == (frozenset(), 2)
    surplus = first.renew().surplus
    assert len(surplus) == 2
    assert second.renew().shares == frozenset()  # not before the first has let go
    assert first.renew(surplus).shares == frozenset(SHARES) - surplus
    assert second.renew().shares == surplus


def test_what_the_dead_had_is_taken_when_the_lease_has_ended(log):
    clock = Clock()
    first, second = of(log, clock, "a"), of(log, clock, "b")
    first.renew()
    clock.ms += 9_000
    assert second.renew().shares == frozenset()
    clock.ms += 1_000
    found = second.renew()
    assert (found.shares, found.members) == (frozenset(SHARES), 1)


def test_who_comes_back_late_finds_that_others_have_it(log):
    clock = Clock()
    first, second = of(log, clock, "a"), of(log, clock, "b")
    first.renew()
    clock.ms += 20_000
    second.renew()
    assert first.renew().shares == frozenset()


def test_who_leaves_is_not_waited_for(log):
    clock = Clock()
    first, second = of(log, clock, "a"), of(log, clock, "b")
    first.renew()
    second.renew()
    first.leave()
    assert second.renew().shares == frozenset(SHARES)


def test_people_are_told_who_holds_what_and_for_how_long(log):
    clock = Clock()
    of(log, clock, "a").renew()
    clock.ms += 4_000
    leases, members = leases_in(log, clock)
    assert members == 1
    assert [(one.share, one.told, one.left_ms) for one in leases] == [
        (share, "host:a", 6_000) for share in SHARES
    ]
    clock.ms += 7_000
    leases, members = leases_in(log, clock)
    assert members == 0
    assert {one.left_ms for one in leases} == {-1_000}


def test_the_clock_is_the_databases_own_in_milliseconds(log):
    with log.transaction(write=False) as connection:
        first, second = database_now_ms(connection), database_now_ms(connection)
    assert 1_700_000_000_000 < first <= second
