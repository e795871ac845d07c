import numpy as np
import pytest

from geofence.review.coordinates import coarse_coordinates, doubtful_coordinates, far_towns
from tests.fixtures.lattice import lattice
from tests.fixtures.reviewed_plan import drawn, grid, metres, plan_of, section

PLACES = [(113.2961234 + 0.0021 * n, 40.0911234 + 0.0017 * (n % 4)) for n in range(12)]


def saved_with(decimals, places=PLACES):
    rounded = np.round(np.array(places), decimals)
    lines = [rounded[k : k + 2] for k in range(len(rounded) - 1)]
    return [section(f"s{k}", f"{k}路", ["JY01"], line) for k, line in enumerate(lines)]


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([(-74.05, 40.72), (-74.06, 40.72)], []),
        ([(40.72, -74.05), (40.72, -74.06)], ["coordinates_doubtful"]),
    ],
)
def test_swapped_coordinates_that_are_in_range_show_by_the_time_zone(positions, expected):
    plan = plan_of(
        [grid("JY01", "a")], [section("s1", "x", ["JY01"], positions)], "America/New_York"
    )
    assert [each.code.value for each in doubtful_coordinates(plan)] == expected


def test_coordinates_saved_with_three_decimals_are_told_with_how_far_off_streets_may_be():
    (found,) = coarse_coordinates(drawn(*saved_with(3)))
    assert found.detail.startswith(
        "all coordinates are multiples of 0.001°, which leaves a street up to 70 m in doubt; all "
        "verdicts are unknown"
    )


def test_coordinates_saved_with_four_decimals_are_told_and_mislead_nobody():
    (found,) = coarse_coordinates(drawn(*saved_with(4)))
    assert "multiples of 0.0001°" in found.detail
    assert "unknown" not in found.detail


def test_a_part_of_the_streets_that_was_saved_with_three_decimals_is_told_by_its_sections():
    fine = [(lon + 0.05, lat) for lon, lat in PLACES]
    whole = [
        section(f"fine-{each.id}", each.name, ["JY01"], each.coordinates)
        for each in saved_with(7, fine)
    ]
    (found,) = coarse_coordinates(drawn(*saved_with(3), *whole))
    assert found.detail.startswith("the coordinates of 11 of 22 sections are multiples of 0.001°")
    assert "s0, s1" in found.detail
    assert "fine" not in found.detail


def test_surveyed_coordinates_are_told_by_nothing():
    assert list(coarse_coordinates(drawn(*saved_with(5)))) == []
    assert list(coarse_coordinates(lattice(7))) == []


def test_towns_too_far_apart_for_one_plane_are_told_with_the_error():
    near = section("s1", "a", ["JY01"], metres((0, 0), (400, 0), (850, 0)))
    far = section("s2", "b", ["JY02"], [(121.4, 31.2), (121.41, 31.2)])
    (found,) = far_towns(drawn(near, far))
    assert found.detail.startswith("1 section lies more than 100 km from most others")
    assert "s2 (1," in found.detail
    assert list(far_towns(drawn(near))) == []
