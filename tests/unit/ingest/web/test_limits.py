import pytest

from ingest.web.limits import Lockout, RateLimit, is_loopback, network_of


def test_a_burst_passes_and_then_the_rate_holds():
    limit = RateLimit(burst=3, per_s=0.5)
    assert [limit.take("a", 0.0) for _ in range(3)] == [0.0] * 3
    assert limit.take("a", 0.0) == pytest.approx(2.0)
    assert limit.take("b", 0.0) == 0.0
    assert limit.take("a", 1.0) == pytest.approx(1.0)
    assert limit.take("a", 2.0) == 0.0


def test_a_clock_that_goes_back_gives_nothing_away():
    limit = RateLimit(burst=1, per_s=1.0)
    assert limit.take("a", 100.0) == 0.0
    assert limit.take("a", 50.0) > 0.0


def test_many_askers_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("ingest.web.limits.MOST_KEYS", 10)
    limit, lockout = RateLimit(burst=1, per_s=1.0), Lockout(failures=1)
    for number in range(100):
        limit.take(str(number), 0.0)
        lockout._count(str(number), 0.0)
    assert len(limit._buckets) <= 10
    assert len(lockout._failed) <= 10


def test_failures_in_a_row_lock_for_longer_each_time_up_to_a_limit():
    lockout = Lockout(failures=3, first_s=10.0, longest_s=60.0)
    locks = []
    for _ in range(8):
        lockout._count("a", 0.0)
        locks.append(lockout.locked_s("a", 0.0))
    assert locks == [0.0, 0.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0]
    assert lockout.locked_s("a", 61.0) == 0.0
    assert lockout.locked_s("b", 0.0) == 0.0


def test_a_success_forgets_the_failures():
    lockout = Lockout(failures=2)
    lockout._count("a", 0.0)
    lockout.succeeded("a")
    lockout._count("a", 0.0)
    assert lockout.locked_s("a", 0.0) == 0.0


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::1", "::/64"),
        ("no address", "no address"),
    ],
)
def test_who_asks_is_an_address_or_the_network_of_a_household(address, expected):
    assert network_of(address) == expected


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"]
)
def test_addresses_of_this_machine(address):
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["", "10.0.0.1", "::2", "localhost.example", "testserver"])
def test_other_addresses_are_not(address):
    assert not is_loopback(address)


def test_attempts_are_counted_before_they_are_known_to_fail():
    lockout = Lockout(failures=3, first_s=10.0)
    assert [lockout.attempt("a", 0.0) for _ in range(5)] == [0.0, 0.0, 0.0, 10.0, 10.0]
    assert lockout.attempt("a", 10.0) == 0.0  # one more, at a higher price
    assert lockout.attempt("a", 10.0) == 20.0
    lockout.succeeded("a")
    assert lockout.attempt("a", 10.0) == 0.0


def test_an_attempt_that_came_to_no_answer_is_taken_back():
    lockout = Lockout(failures=2)
    for _ in range(5):
        assert lockout.attempt("a", 0.0) == 0.0
        lockout.take_back("a", 0.0)
