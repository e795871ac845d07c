import threading
from contextlib import contextmanager

import pytest

from ingest.fault import BrokerError
from ingest.mqtt.connection import Login
from ingest.mqtt.session import keep_session
from tests.fixtures.scripted_broker import (
    DISCONNECT,
    NOT_AUTHORISED,
    PATIENCE_S,
    REFUSED,
    nobody,
    scripted_broker,
)

LOGIN = Login("datong-1")


@contextmanager
def answering(script):
    """Have a broker play its part beside; what it found out is in the list at the end."""
    found = []
    with scripted_broker() as broker:
        thread = threading.Thread(target=lambda: found.append(script(broker.accept())))
        thread.start()
        yield broker.address, found
        thread.join(PATIENCE_S)


def test_it_subscribes_and_says_goodbye_so_that_the_session_stays():
    def script(client):
        client.welcome()
        client.subscribe()
        return client.receive()[0]

    with answering(script) as (address, found):
        keep_session(address, LOGIN, ("fleet/+/ping",))
    assert found == [DISCONNECT]


def test_a_subscription_that_is_refused_is_an_error_that_names_it():
    def script(client):
        client.welcome()
        client.subscribe(REFUSED)

    with answering(script) as (address, _), pytest.raises(BrokerError, match=r"fleet/\+/ping"):
        keep_session(address, LOGIN, ("fleet/+/ping",))


def test_a_login_that_is_refused_is_an_error_with_the_reason():
    def script(client):
        client.welcome(NOT_AUTHORISED)

    with answering(script) as (address, _), pytest.raises(BrokerError, match="Not authorized"):
        keep_session(address, LOGIN, ("fleet/+/ping",))


def test_a_broker_that_says_nothing_is_given_up():
    with (
        answering(lambda _: None) as (address, _),
        pytest.raises(BrokerError, match="took no subscription"),
    ):
        keep_session(address, LOGIN, ("fleet/+/ping",), timeout_s=0.0)


def test_nobody_at_the_address_is_an_error_that_names_it():
    address = nobody()
    with pytest.raises(BrokerError, match=str(address)):
        keep_session(address, LOGIN, ("fleet/+/ping",))
