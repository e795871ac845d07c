import pytest
import sqlalchemy as sa

from analytics.dashboard.access import sessions as module
from analytics.dashboard.access.access_tables import sessions as table
from analytics.dashboard.access.access_tables import users
from analytics.dashboard.access.sessions import FRESH_MS, IDLE_MS, LONGEST_MS, Sessions
from analytics.dashboard.access.users import Role, User
from ingest.fault import LogError
from ingest.log.pinglog import open_log

START_MS = 1_648_429_200_000
USER = User("调度员", Role.OPERATOR, START_MS)


class Clock:
    def __init__(self):
        self.ms = START_MS

    def __call__(self):
        return self.ms


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        with opened.transaction(write=True) as connection:
            row = {"name": USER.name, "password_hash": "-", "role": "operator", "created_ms": 0}
            connection.execute(sa.insert(users).values(row))
        yield opened


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sessions(log, clock):
    return Sessions(log, clock)


def test_a_token_finds_its_session_and_no_other_does(sessions):
    token, session = sessions.begin(USER)
    assert sessions.find(token) == session
    assert (session.user, session.role) == (USER.name, Role.OPERATOR)
    assert sessions.find(token + "x") is None
    assert sessions.find("\ud800") is None


def test_tokens_are_never_the_same_and_only_their_hash_is_stored(sessions, tmp_path):
    tokens = {sessions.begin(USER)[0] for _ in range(5)}
    assert len(tokens) == 5
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(token.encode() in stored for token in tokens)


def test_who_logs_out_is_out(sessions):
    token, _ = sessions.begin(USER)
    sessions.find(token)
    sessions.end(token)
    assert sessions.find(token) is None


def test_a_session_ends_when_nobody_used_it_for_long(sessions, clock):
    token, _ = sessions.begin(USER)
    clock.ms += IDLE_MS
    assert sessions.find(token)
    clock.ms += IDLE_MS
    assert sessions.find(token), "that it was used counts from then"
    clock.ms += IDLE_MS + 1
    assert sessions.find(token) is None


def test_a_session_ends_after_a_week_however_much_it_is_used(sessions, clock):
    token, _ = sessions.begin(USER)
    while clock.ms + IDLE_MS <= START_MS + LONGEST_MS:
        clock.ms += IDLE_MS
        assert sessions.find(token)
    clock.ms = START_MS + LONGEST_MS + FRESH_MS
    assert sessions.find(token) is None


def test_another_process_that_ends_a_session_ends_it_here_within_seconds(sessions, log, clock):
    token, _ = sessions.begin(USER)
    sessions.find(token)
    Sessions(log, clock).end(token)
    assert sessions.find(token), "it was looked up just now"
    clock.ms += FRESH_MS
    assert sessions.find(token) is None


def test_the_next_login_removes_what_is_over(sessions, log, clock):
    sessions.begin(USER)
    clock.ms += IDLE_MS + 1
    sessions.begin(USER)
    with log.transaction(write=False) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 1


def test_while_the_database_is_away_only_who_was_seen_lately_stays(sessions, clock, monkeypatch):
    known, _ = sessions.begin(USER)
    other, _ = sessions.begin(USER)
    found = sessions.find(known)
    monkeypatch.setattr(Sessions, "_look_up", away)
    clock.ms += IDLE_MS
    assert sessions.find(known) == found
    with pytest.raises(LogError):
        sessions.find(other)
    clock.ms += 1
    with pytest.raises(LogError):
        sessions.find(known)


def away(*_):
    raise LogError("the database is away")


def test_no_more_sessions_are_remembered_than_memory_shall_hold(sessions, monkeypatch):
    monkeypatch.setattr(module, "MOST_KNOWN", 3)
    tokens = [sessions.begin(USER)[0] for _ in range(5)]
    assert all(sessions.find(token) for token in tokens)
    assert len(sessions._known) == 3
    assert all(sessions.find(token) for token in tokens)
