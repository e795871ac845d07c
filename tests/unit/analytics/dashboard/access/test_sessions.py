import pytest
import sqlalchemy as sa

from analytics.dashboard.access.access_tables import sessions as table
from analytics.dashboard.access.sessions import (
    AHEAD_MS,
    FRESH_MS,
    IDLE_MS,
    LONGEST_MS,
    SEEN_STEP_MS,
    Sessions,
)
from analytics.dashboard.access.users import Role, User, Users
from ingest.fault import LogError
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import PASSWORD, QUICK
from tests.fixtures.mqtt import until

BEGIN_MS = 1_000_000_000
DUTY = User("值班员", Role.OPERATOR, 0)


class House:
    """Sessions on a log with one user, and a clock that the test sets."""

    def __init__(self, log):
        self.log, self.now_ms = log, BEGIN_MS
        Users(log, self.clock_ms, QUICK).add(DUTY.name, PASSWORD, DUTY.role)
        self.sessions = Sessions(log, self.clock_ms)

    def clock_ms(self):
        return self.now_ms

    def elsewhere(self):
        """The sessions of another server on the same database."""
        return Sessions(self.log, self.clock_ms)

    def stored(self):
        with self.log.transaction(write=False) as connection:
            return connection.execute(sa.select(table)).mappings().all()


@pytest.fixture
def house(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        yield House(log)


@pytest.fixture
def away(house, monkeypatch):
    """Takes the database away."""

    def refuse(**_):
        raise LogError("the server is away")

    return lambda: monkeypatch.setattr(house.log, "transaction", refuse)


def test_sessions_end_when_idle_when_old_and_with_their_user(database_url):
    clock = [BEGIN_MS]
    with open_log(database_url) as log:
        users, sessions = Users(log, lambda: clock[0], QUICK), Sessions(log, lambda: clock[0])
        users.add("a", PASSWORD, Role.VIEWER)
        user = users.check("a", PASSWORD)
        token, session = sessions.begin(user)
        assert sessions.find(token).csrf == session.csrf
        assert sessions.find("other") is None
        for _ in range(20):  # in use it goes on
            clock[0] += IDLE_MS - 1
            if clock[0] - BEGIN_MS > LONGEST_MS:
                break
            assert sessions.find(token) is not None
        assert sessions.find(token) is None
        idle, _ = sessions.begin(user)
        clock[0] += IDLE_MS + 1
        assert sessions.find(idle) is None
        last, _ = sessions.begin(user)
        users.remove("a")
        assert sessions.find(last) is None


def test_a_token_finds_the_session_that_was_begun_with_it(house):
    token, begun = house.sessions.begin(DUTY)
    assert house.sessions.find(token) == house.elsewhere().find(token) == begun
    assert (begun.user, begun.role) == ("值班员", Role.OPERATOR)


def test_every_session_has_a_token_and_a_csrf_token_of_its_own(house):
    begun = [house.sessions.begin(DUTY) for _ in range(3)]
    secrets = {token for token, _ in begun} | {session.csrf for _, session in begun}
    assert len(secrets) == 6
    assert min(map(len, secrets)) >= 43  # 256 bits


def test_the_database_does_not_hold_the_token(house):
    token, _ = house.sessions.begin(DUTY)
    until(house.stored)  # at once, unless the machine is busy
    (row,) = house.stored()
    assert token not in map(str, row.values())


@pytest.mark.parametrize("token", ["", "wrong", "\ud800", "令牌"])
def test_any_other_token_finds_none(house, token):
    house.sessions.begin(DUTY)
    assert house.sessions.find(token) is None


@pytest.mark.parametrize(("over_ms", "is_found"), [(0, True), (1, False)])
def test_a_session_is_good_for_just_so_long_without_use(house, over_ms, is_found):
    token, _ = house.sessions.begin(DUTY)
    house.now_ms += IDLE_MS + over_ms
    assert (house.sessions.find(token) is not None) is is_found


@pytest.mark.parametrize(("over_ms", "is_found"), [(0, True), (1, False)])
def test_a_session_in_use_is_good_for_just_so_long(house, over_ms, is_found):
    token, _ = house.sessions.begin(DUTY)
    while house.now_ms + IDLE_MS <= BEGIN_MS + LONGEST_MS:
        house.now_ms += IDLE_MS // 2
        assert house.sessions.find(token) is not None
    house.now_ms = BEGIN_MS + LONGEST_MS + over_ms
    assert (house.sessions.find(token) is not None) is is_found


def test_a_logout_ends_the_session_at_once_and_no_other(house):
    token, _ = house.sessions.begin(DUTY)
    other, _ = house.sessions.begin(DUTY)
    assert house.sessions.find(token) is not None
    house.sessions.end(token)
    assert house.sessions.find(token) is None
    assert house.sessions.find(other) is not None


def test_a_logout_at_another_server_ends_it_here_within_seconds(house):
    token, _ = house.sessions.begin(DUTY)
    assert house.sessions.find(token) is not None
    house.elsewhere().end(token)
    house.now_ms += FRESH_MS
    assert house.sessions.find(token) is None


def test_within_these_seconds_the_database_is_not_asked_again(house, monkeypatch):
    def ask(**_):
        pytest.fail("it was asked")

    token, begun = house.sessions.begin(DUTY)
    house.sessions.find(token)
    monkeypatch.setattr(house.log, "transaction", ask)
    house.now_ms += FRESH_MS - 1
    assert house.sessions.find(token) == begun


def test_a_session_that_was_found_to_be_over_is_over_while_the_database_is_away(house, away):
    token, _ = house.sessions.begin(DUTY)
    house.sessions.find(token)
    house.elsewhere().end(token)
    house.now_ms += FRESH_MS
    assert house.sessions.find(token) is None
    away()
    with pytest.raises(LogError, match="away"):
        house.sessions.find(token)


def test_use_is_noted_once_a_minute_and_not_with_every_request(house):
    token, _ = house.sessions.begin(DUTY)
    noted = []
    for _ in range(3):
        house.now_ms += SEEN_STEP_MS // 2 + 1
        house.sessions.find(token)
        noted.append(house.stored()[0]["seen_ms"] - BEGIN_MS)
    assert noted == [0, SEEN_STEP_MS + 2, SEEN_STEP_MS + 2]


def test_a_login_sweeps_away_sessions_that_are_over(house):
    house.sessions.begin(DUTY)
    house.now_ms += 1
    kept, _ = house.sessions.begin(DUTY)
    house.now_ms = BEGIN_MS + IDLE_MS + 1
    house.sessions.begin(DUTY)
    assert len(house.stored()) == 2
    assert house.sessions.find(kept) is not None


def test_a_login_sweeps_away_sessions_that_are_too_old_though_in_use(house):
    token, _ = house.sessions.begin(DUTY)
    while house.now_ms <= BEGIN_MS + LONGEST_MS - IDLE_MS:
        house.now_ms += IDLE_MS
        house.sessions.find(token)
    house.now_ms = BEGIN_MS + LONGEST_MS + 1
    house.sessions.begin(DUTY)
    assert len(house.stored()) == 1


def test_while_the_database_is_away_sessions_seen_lately_stay(house, away):
    token, _ = house.sessions.begin(DUTY)
    unseen, _ = house.sessions.begin(DUTY)
    assert house.sessions.find(token) is not None
    away()
    house.now_ms += IDLE_MS
    assert house.sessions.find(token) is not None
    with pytest.raises(LogError, match="away"):
        house.sessions.find(unseen)


def test_but_not_those_that_have_been_idle_for_too_long(house, away):
    token, _ = house.sessions.begin(DUTY)
    assert house.sessions.find(token) is not None
    away()
    house.now_ms += IDLE_MS + 1
    with pytest.raises(LogError, match="away"):
        house.sessions.find(token)


def test_many_sessions_do_not_fill_the_memory_and_the_latest_stay_known(house, monkeypatch, away):
    monkeypatch.setattr("analytics.dashboard.access.sessions.MOST_KNOWN", 3)
    tokens = [house.sessions.begin(DUTY)[0] for _ in range(5)]
    assert all(house.sessions.find(token) for token in tokens)
    assert len(house.sessions._known) == 3
    away()
    assert all(house.sessions.find(token) for token in tokens[-3:])


@pytest.mark.parametrize(("ahead_ms", "is_found"), [(AHEAD_MS, True), (AHEAD_MS + 1, False)])
def test_a_session_begun_by_a_clock_that_was_ahead_is_not_good_until_that_time(
    house, ahead_ms, is_found
):
    token, _ = house.sessions.begin(DUTY)
    house.now_ms -= ahead_ms
    assert (house.elsewhere().find(token) is not None) is is_found


def test_a_session_is_good_though_the_database_takes_nothing_and_is_written_once_it_does(
    house, away, monkeypatch
):
    transaction = house.log.transaction
    away()
    token, begun = house.sessions.begin(DUTY)
    ended, _ = house.sessions.begin(DUTY)
    assert house.sessions.find(token) == begun
    house.sessions.end(ended)
    assert house.sessions.recall(ended) is None
    monkeypatch.setattr(house.log, "transaction", transaction)
    until(lambda: house.sessions._behind.waiting == 0)
    assert len(house.stored()) == 1
    assert house.elsewhere().find(token) == begun
    assert house.elsewhere().find(ended) is None
    house.sessions.note_silence()
    assert house.sessions.recall(ended, stale=True) is None


def test_while_the_database_is_away_it_is_not_asked_with_every_request(house, monkeypatch):
    token, begun = house.sessions.begin(DUTY)
    house.sessions.find(token)
    asked = []

    def refuse(**_):
        asked.append(1)
        raise LogError("the server is away")

    monkeypatch.setattr(house.log, "transaction", refuse)
    house.now_ms += FRESH_MS
    assert [house.sessions.find(token) for _ in range(5)] == [begun] * 5
    assert len(asked) == 1
