import math

import pytest
import typer

from simulators.commands.wire import address_of, speed_factor


def test_max_is_as_fast_as_it_goes_and_a_number_is_so_many_times():
    assert math.isinf(speed_factor("max"))
    assert speed_factor("0.5") == 0.5


@pytest.mark.parametrize("text", ["0", "-1", "nan", "fast", ""])
def test_a_speed_that_is_none_is_wrong_use_and_named(text):
    with pytest.raises(typer.BadParameter, match=f"above 0, got {text!r}"):
        speed_factor(text)


def test_an_address_that_is_none_is_wrong_use_and_says_how_one_is_written():
    with pytest.raises(typer.BadParameter, match=r"mqtt://127\.0\.0\.1:1883"):
        address_of("http://127.0.0.1")
