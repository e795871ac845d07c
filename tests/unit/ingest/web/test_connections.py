import resource

import pytest

from ingest.web.connections import (
    ANSWER_S,
    HEADERS_S,
    MOST,
    Connections,
    make_room,
)


class Connection:
    def __init__(self, silent_s=None, *, has_asked=False, is_asking=True, stuck_s=None):
        self.silent_since_s, self.stuck_since_s = silent_s, stuck_s
        self.has_asked, self.is_asking = has_asked, is_asking
        self.ended = None

    def drop(self, farewell=b""):
        self.ended = farewell


def admitted(most, *given):
    connections = Connections(most)
    for each in given:
        connections.admit(each)
    return connections


def test_where_there_is_no_room_who_never_asked_goes_first_and_of_those_the_oldest():
    waits, old, young = (
        Connection(0.0, has_asked=True, is_asking=False),
        Connection(1.0),
        Connection(2.0),
    )
    connections = admitted(3, waits, young, old)
    newcomers = [Connection(9.0, has_asked=True) for _ in range(3)]
    for each in newcomers:
        connections.admit(each)
    assert [each.ended for each in (old, young, waits)] == [b""] * 3
    assert [each.ended for each in newcomers] == [None] * 3
    assert len(connections) == 3


def test_where_all_are_answered_the_newcomer_is_told_so_and_ended():
    connections = admitted(2, Connection(), Connection())
    newcomer = Connection(0.0)
    connections.admit(newcomer)
    head, _, body = newcomer.ended.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503")
    assert f"Content-Length: {len(body)}".encode() in head
    assert len(connections) == 2


@pytest.mark.parametrize(
    ("connection", "after_s", "is_ended"),
    [
        (Connection(0.0), HEADERS_S, False),
        (Connection(0.0), HEADERS_S + 1, True),
        (Connection(0.0, is_asking=False), HEADERS_S + 1, False),
        (Connection(), 1e6, False),
        (Connection(stuck_s=0.0), ANSWER_S, False),
        (Connection(stuck_s=0.0), ANSWER_S + 1, True),
    ],
)
def test_who_takes_too_long_to_ask_or_to_take_the_answer_is_ended(connection, after_s, is_ended):
    connections = admitted(9, connection)
    connections.sweep(after_s)
    assert (connection.ended == b"") is is_ended
    assert len(connections) == (0 if is_ended else 1)


def test_one_that_has_ended_gives_its_place_back():
    connection = Connection()
    connections = admitted(9, connection)
    connections.forget(connection)
    connections.forget(connection)
    assert len(connections) == 0


def test_there_is_room_for_fewer_than_files_may_be_open(monkeypatch):
    asked = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    assert make_room() == 1024 - 384
    assert asked == [(4096, 4096)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_000_000, 1_000_000))
    assert make_room() == MOST
