import gc

import pytest

from geofence.plan.cycle_search import without_cycle_search


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


def test_where_the_search_was_off_it_stays_off():
    gc.disable()
    build()
    assert not gc.isenabled()
