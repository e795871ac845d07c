import threading

import pytest

from analytics.dashboard.access import write_behind as module
from analytics.dashboard.access.write_behind import WriteBehind
from ingest.fault import LogError, UnstorableError
from tests.fixtures.mqtt import until


class Database:
    """Takes what it is given, unless it is away."""

    def __init__(self):
        self.held, self.is_away = [], False

    def writer(self, what):
        def write():
            if self.is_away:
                raise LogError("locked")
            self.held.append(what)

        return write


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def behind(monkeypatch):
    monkeypatch.setattr(module, "AGAIN_S", 0.01)
    made = WriteBehind()
    yield made
    made.close(0.0)


def test_what_can_be_written_is_when_it_is_handed_over(behind, database):
    assert behind.hand_over(database.writer("a"), "a")
    assert database.held == ["a"]


def test_what_cannot_is_written_later_in_order_and_nobody_waits_long(behind, database):
    database.is_away = True
    assert not behind.hand_over(database.writer("a"), "a", wait_s=0.05)
    assert not any(behind.hand_over(database.writer(each), each, 3600.0) for each in "bcd")
    assert behind.waiting == 4
    database.is_away = False
    until(lambda: behind.waiting == 0)
    assert database.held == list("abcd")


def test_what_the_database_will_never_take_does_not_hold_up_the_rest(behind, database):
    def unfit():
        raise UnstorableError("NUL")

    assert behind.hand_over(unfit, "unfit")
    assert behind.hand_over(database.writer("a"), "a")
    assert database.held == ["a"]


def test_while_nothing_waits_there_is_no_thread(behind, database):
    behind.hand_over(database.writer("a"), "a")
    until(lambda: not any(each.name == "write-behind" for each in threading.enumerate()))


def test_what_is_left_at_the_end_is_said(database, monkeypatch):
    said = []
    monkeypatch.setattr(
        module.program_log, "error", lambda told, **more: said.append((told, more["entry"]))
    )
    database.is_away = True
    behind = WriteBehind()
    behind.hand_over(database.writer("a"), "audit: a login", wait_s=0.01)
    behind.close(0.01)
    assert said == [("this was not written", "audit: a login")]
    assert behind.waiting == 0


def test_too_much_that_waits_does_not_fill_the_memory(behind, database, monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    database.is_away = True
    for each in "abcde":
        behind.hand_over(database.writer(each), each, wait_s=0.02)
    assert behind.waiting == 3
    database.is_away = False
    until(lambda: behind.waiting == 0)
    assert database.held == list("cde")


def test_what_is_given_up_while_it_is_written_does_not_end_the_writing(
    behind, database, monkeypatch
):
    monkeypatch.setattr(module, "MOST", 1)
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        begun.set()
        go_on.wait(10)

    behind.hand_over(slow, "slow", wait_s=0.0)
    assert begun.wait(10)
    behind.hand_over(database.writer("a"), "a", wait_s=0.0)  # for which there is no room
    go_on.set()
    until(lambda: database.held == ["a"])
    assert behind.hand_over(database.writer("b"), "b")
    assert database.held == ["a", "b"]
