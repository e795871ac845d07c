from dataclasses import fields, replace

import numpy as np
import pytest

from geofence.kept.encoding import from_table, to_table
from geofence.plan.plan import ServiceRules
from geofence.seen.observe import observe
from tests.fixtures.driven_fleet import TOWN, bits, fleet


def seen():
    return list(observe(fleet(), TOWN.network, ServiceRules()))


def test_an_observation_comes_back_to_the_bit_and_as_that_of_whoever_is_asked_for():
    for one in seen():
        assert bits(from_table(to_table(one), one.vehicle_id)) == bits(one)
        assert from_table(to_table(one), "晋B9").vehicle_id == "晋B9"


def test_what_is_not_a_number_and_less_than_nothing_comes_back_to_the_bit():
    odd = np.array([np.nan, -0.0, np.inf, 5e-324, 0.1])
    odd.view(np.uint64)[0] |= 1  # another nan than the usual
    one = replace(seen()[0], x=odd, y=odd[::-1])
    assert bits(from_table(to_table(one), one.vehicle_id)) == bits(one)


def test_kernels_may_take_the_arrays_as_they_take_those_that_were_worked_out():
    one = from_table(to_table(seen()[0]), "晋B9")
    arrays = [one.x, one.time_ms, *(getattr(one.passes, each.name) for each in fields(one.passes))]
    assert all(each.flags.writeable and each.flags.c_contiguous for each in arrays)


@pytest.mark.parametrize("spoil", [lambda table: table.drop(["x"]), lambda table: table.slice(1)])
def test_a_table_that_is_no_observation_is_refused(spoil):
    with pytest.raises((KeyError, ValueError)):
        from_table(spoil(to_table(seen()[0])), "晋B9")
