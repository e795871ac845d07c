import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from geofence.cycle_search import without_cycle_search


@pytest.fixture(autouse=True)
def searching():
    """Leave the search for cycles as it was found, whatever a test does to it."""
    was = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was else gc.disable)()


@without_cycle_search
def build(*, fails: bool = False) -> bool:
    if fails:
        raise ValueError("it cannot be built")
    return gc.isenabled()


def test_what_is_built_is_built_without_the_search_which_goes_on_afterwards():
    assert not build()
    assert gc.isenabled()


def test_the_search_goes_on_after_an_error_too():
    with pytest.raises(ValueError, match="cannot be built"):
        build(fails=True)
    assert gc.isenabled()


def test_one_that_is_built_within_another_does_not_turn_the_search_on_for_it():
    @without_cycle_search
    def outer():
        build()
        return gc.isenabled()

    assert not outer()
    assert gc.isenabled()


def test_the_search_goes_on_once_the_last_thread_has_built():
    both, one_is_done = threading.Barrier(2, timeout=60), threading.Event()

    @without_cycle_search
    def first():
        both.wait()

    @without_cycle_search
    def last():
        both.wait()
        assert one_is_done.wait(60)
        return gc.isenabled()

    with ThreadPoolExecutor(2) as threads:
        longer = threads.submit(last)
        threads.submit(first).result()
        one_is_done.set()
        assert not longer.result()
    assert gc.isenabled()


def test_where_the_search_was_off_it_stays_off():
    gc.disable()
    build()
    assert not gc.isenabled()
