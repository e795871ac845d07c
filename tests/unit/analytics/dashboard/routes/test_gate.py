import asyncio
import threading

import pytest
from fastapi import Request

from analytics.dashboard.access.users import Role
from analytics.dashboard.routes import gate as module
from analytics.dashboard.routes.gate import viewer_of, who_of
from ingest.fault import LogError
from tests.fixtures.dashboards import PASSWORD

ADDRESS = "203.0.113.9"


def request(token=None, address=ADDRESS):
    headers = [(b"host", b"fleet.example")]
    if token is not None:
        headers.append((b"cookie", f"pingcheng_session={token}".encode()))
    return Request(
        {
            "type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http",
            "client": (address, 5), "server": ("x", 80), "headers": headers,
        }
    )  # fmt: skip


@pytest.fixture
def hung(guarded, monkeypatch):
    """The page's database as it does not answer, once called; it does at the end."""
    answers = threading.Event()
    monkeypatch.setattr(module, "WAIT_S", 0.05)
    log, transaction = guarded.log, guarded.log.transaction

    def hang():
        def hanging(**how):
            answers.wait(60)
            return transaction(**how)

        monkeypatch.setattr(log, "transaction", hanging)

    yield hang
    answers.set()


def session_of(dashboard, name="viewer"):
    user = dashboard.access.users.check(name, PASSWORD)
    return dashboard.access.sessions.begin(user)


def test_who_is_known_is_let_in_while_the_database_does_not_answer(guarded, hung):
    token, session = session_of(guarded)
    guarded.access.identify(request(token))
    hung()
    guarded.access._has_users = (guarded.access._has_users[0] - 3600.0, True)
    found = asyncio.run(guarded.gate.identify(request(token)))
    assert (found.user, found.csrf) == ("viewer", session.csrf)


def test_who_is_not_known_is_told_that_it_does_not(guarded, hung):
    guarded.access.login_required()
    hung()
    with pytest.raises(LogError, match="who is asking"):
        asyncio.run(guarded.gate.identify(request("unknown")))


def test_whether_there_are_users_stays_as_it_was_known_and_unknown_they_are_required(guarded, hung):
    hung()
    guarded.access._has_users = None
    assert asyncio.run(guarded.gate.login_required()) is True


def test_a_budget_is_that_of_a_session_and_streams_are_those_of_a_user(guarded):
    keys, viewers = set(), set()
    for _ in range(2):
        asked = request(session_of(guarded)[0])
        asyncio.run(guarded.gate.identify(asked))
        keys.add(who_of(asked))
        viewers.add(viewer_of(asked))
    assert (len(keys), viewers) == (2, {"user viewer"})
    stranger = request()
    assert who_of(stranger) == viewer_of(stranger) == f"address {ADDRESS}"


def test_only_those_with_a_role_are_let_in(guarded):
    asked = request(session_of(guarded)[0])
    assert asyncio.run(guarded.gate.require(Role.VIEWER)(asked)).user == "viewer"
