import signal
from contextlib import suppress

import pytest

from ingest.stop_signal import signalled
from tests.fixtures.hangups import hangups_heeded  # noqa: F401

pytestmark = pytest.mark.usefixtures("hangups_heeded")

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_sets_the_event_and_ends_nothing(number):
    with signalled() as stop:
        assert not stop.is_set()
        signal.raise_signal(number)
        assert stop.is_set()


def test_signals_do_what_they_did_before_even_after_an_error():
    before = [signal.getsignal(number) for number in NUMBERS]
    with suppress(ValueError), signalled():
        assert [signal.getsignal(number) for number in NUMBERS] != before
        raise ValueError
    assert [signal.getsignal(number) for number in NUMBERS] == before


def test_under_nohup_a_closed_terminal_ends_nothing():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signalled() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)
