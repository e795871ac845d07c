import select
import signal
import socket

import pytest
from fastapi import FastAPI

from ingest.fault import SettingError
from ingest.web.server import Server, listen
from tests.fixtures.hangups import hangups_heeded  # noqa: F401

pytestmark = pytest.mark.usefixtures("hangups_heeded")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def listener():
    with listen("127.0.0.1", 0) as listener:
        yield listener


@pytest.fixture
def closings():
    """Whether the server was to exit already, each time its streams were closed."""
    return []


@pytest.fixture
def server(listener, closings):
    made = Server(FastAPI(), listener, lambda: closings.append(made.should_exit))
    return made


def handlers():
    return [signal.getsignal(number) for number in SIGNALS]


def test_a_free_port_is_taken_if_none_is_asked_for_and_clients_come_through(listener):
    with socket.create_connection(listener.getsockname(), timeout=30):
        assert listener.getsockname()[1] > 0


def test_a_connection_sends_the_body_of_an_answer_at_once_behind_its_head(listener):
    with socket.create_connection(listener.getsockname(), timeout=30):
        select.select([listener], [], [], 30)
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_listener_never_holds_up_the_loop_of_the_server(listener):
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_name_is_looked_up():
    with listen("localhost", 0) as listener:
        assert listener.getsockname()[0] in {"127.0.0.1", "::1"}


def test_an_address_that_is_taken_is_an_error_that_names_it_and_what_to_change(listener):
    port = listener.getsockname()[1]
    expected = f"127.0.0.1:{port}: cannot listen there .*; choose another --host or --port"
    with pytest.raises(SettingError, match=expected):
        listen("127.0.0.1", port)


@pytest.mark.parametrize(
    "host",
    [
        "192.0.2.1",
        "serve..example",
    ],
)
def test_a_host_that_is_not_ours_is_an_error_that_names_it(host):
    with pytest.raises(SettingError, match=f"{host}:0: cannot listen there"):
        listen(host, 0)


@pytest.mark.parametrize("number", SIGNALS)
def test_told_to_end_it_closes_its_streams_first_or_their_answers_would_never_end(
    server, closings, number
):
    server.handle_exit(number, None)
    assert closings == [False]
    assert server.should_exit


@pytest.mark.parametrize("number", SIGNALS)
def test_while_it_serves_the_signals_that_end_a_program_end_it_well(server, closings, number):
    before = handlers()
    with server.capture_signals():
        signal.raise_signal(number)
        assert closings == [False]
        assert server.should_exit
    assert handlers() == before


def test_the_signals_are_given_back_even_if_serving_fails(server):
    before = handlers()
    with pytest.raises(ZeroDivisionError), server.capture_signals():
        raise ZeroDivisionError
    assert handlers() == before
