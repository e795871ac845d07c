import numpy as np
import pytest

from geofence.network.network import build_network
from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Passes
from geofence.seen.observe import observe
from geofence.seen.shared import with_twins
from tests.fixtures.lattice import section
from tests.fixtures.street_map import StreetMap

COPIES = build_network([section("a", (0, 0), (200, 0)), section("b", (200, 0), (0, 0))])


def a_pass(section_id: int, from_m: float, to_m: float, *, certain: bool = True) -> Passes:
    return Passes(
        section=np.array([section_id], dtype=np.int32),
        from_m=np.array([from_m]),
        to_m=np.array([to_m]),
        started_ms=np.array([1000.0]),
        finished_ms=np.array([5000.0]),
        collecting=np.array([True]),
        certain=np.array([certain]),
        need=np.array([0], dtype=np.int32),
    )


def test_a_pass_over_one_line_is_a_pass_over_its_copy_at_the_same_instants():
    found = with_twins(a_pass(0, 50.0, 150.0), COPIES)
    assert found.section.tolist() == [0, 1]
    assert found.from_m.tolist() == pytest.approx([50, 150], abs=0.01)
    assert found.to_m.tolist() == pytest.approx([150, 50], abs=0.01)
    assert found.started_ms.tolist() == [1000, 1000]
    assert found.finished_ms.tolist() == [5000, 5000]
    assert found.collecting.tolist() == [True, True]


def test_what_is_not_certain_of_one_line_is_not_certain_of_its_copy():
    assert with_twins(a_pass(0, 50.0, 150.0, certain=False), COPIES).certain.tolist() == [False] * 2


def test_a_pass_over_part_of_a_carrier_keeps_the_instants_of_that_part():
    network = build_network([section("a", (0, 0), (200, 0)), section("b", (150, 0), (100, 0))])
    found = with_twins(a_pass(0, 0.0, 200.0), network)
    assert found.started_ms[1] == pytest.approx(3000, abs=1)
    assert found.finished_ms[1] == pytest.approx(4000, abs=1)


def test_without_copies_passes_stay_as_they_are():
    passes = a_pass(0, 0.0, 9.0)
    assert with_twins(passes, build_network([section("a", (0, 0), (200, 0))])) is passes


def test_a_truck_that_drives_a_street_drawn_twice_serves_both_lines_for_certain():
    streets = StreetMap("a--------------b---------c")
    copies = [section("ba2", (150, 0), (0, 0)), section("cb2", (250, 0), (150, 0))]
    network = build_network([*streets.sections, *copies])
    (seen,) = observe(streets.drive("ab", speed_mps=3.0, sigma_m=3.0), network, ServiceRules())
    served = {
        network.section_ids[number]: np.ptp(
            np.concatenate([seen.passes.from_m[mine], seen.passes.to_m[mine]])
        )
        for number in range(4)
        if (mine := (seen.passes.section == number) & seen.passes.certain).any()
    }
    assert served["ab"] == pytest.approx(served["ba2"], abs=0.1)
    assert served["ba2"] > 130
