import pytest

from analytics.reports.steps import Steps


def steps_at(*instants, tell=lambda _step: None):
    """Steps whose clock is looked at once for each of these."""
    return Steps(iter(instants).__next__, tell)


def test_a_step_takes_the_seconds_between_its_begin_and_its_end():
    steps = steps_at(100.0, 102.5)
    with steps.step("reading"):
        pass
    assert steps.seconds == {"reading": 2.5}


def test_steps_of_one_name_add_up_in_the_place_of_the_first():
    steps = steps_at(0.0, 1.0, 1.0, 3.0, 3.0, 7.0)
    for name in ("maps", "pages", "maps"):
        with steps.step(name):
            pass
    assert list(steps.seconds.items()) == [("maps", 5.0), ("pages", 2.0)]


def test_a_step_within_another_counts_in_both():
    steps = steps_at(0.0, 1.0, 3.0, 10.0)
    with steps.step("outer"), steps.step("inner"):
        pass
    assert steps.seconds == {"inner": 2.0, "outer": 10.0}


def test_a_step_is_told_before_it_is_done():
    told = []
    steps = steps_at(0.0, 1.0, tell=told.append)
    with steps.step("reading"):
        assert told == ["reading"]
    assert told == ["reading"]


def test_a_step_that_fails_is_timed_and_its_error_passes():
    steps = steps_at(0.0, 4.0)
    with pytest.raises(OSError, match="disk full"), steps.step("writing"):
        raise OSError("disk full")
    assert steps.seconds == {"writing": 4.0}
