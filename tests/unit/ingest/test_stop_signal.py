import signal
from contextlib import suppress

import pytest

from ingest.stop_signal import signalled


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_sets_the_event_and_ends_nothing(number):
    with signalled() as stop:
        assert not stop.is_set()
        signal.raise_signal(number)
        assert stop.is_set()


def test_signals_do_what_they_did_before_even_after_an_error():
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    with suppress(ValueError), signalled():
        assert [signal.getsignal(number) for number in numbers] != before
        raise ValueError
    assert [signal.getsignal(number) for number in numbers] == before
