from geofence.review.reach import one_way_ends, split_network
from tests.fixtures.reviewed_plan import drawn, metres, section


def way(section_id, *points, grids=("JY01",), oneway=False):
    return section(section_id, f"{section_id}路", grids, metres(*points), oneway=oneway)


def told(network):
    return [(each.code.value, each.detail) for each in one_way_ends(network)]


def test_a_network_in_two_parts_is_told_with_the_smaller_one():
    network = drawn(
        way("s0", (9000, 9000), (9100, 9000)), way("s1", (0, 0), (850, 0)),
        way("s2", (850, 0), (1700, 0)),
    )  # fmt: skip
    (warning,) = split_network(network)
    assert warning.code.value == "network_split"
    assert "2 parts" in warning.detail
    assert "at sections s0" in warning.detail


def test_a_bridge_does_not_join_two_parts_of_a_network():
    network = drawn(way("s1", (0, 0), (850, 0)), way("s2", (400, -100), (400, 100), grids=()))
    assert [each.code.value for each in split_network(network)] == ["network_split"]


def test_a_one_way_dead_end_is_told_as_a_place_no_truck_can_leave():
    network = drawn(
        way("main", (0, 0), (850, 0)),
        way("trap", (850, 0), (1000, 0), oneway=True),
        way("inside", (1000, 0), (1200, 0)),
    )
    (found,) = told(network)
    assert found == (
        "no_way_out",
        (
            "no way leads back from 2 sections, 0.35 km, but against one-way streets: "
            "trap (trap路, 150 m), inside (inside路, 200 m)"
        ),
    )


def test_a_place_that_only_one_way_streets_lead_from_is_told():
    network = drawn(
        way("main", (0, 0), (850, 0)), way("source", (1000, 0), (850, 0), grids=(), oneway=True)
    )
    (found,) = told(network)
    assert found == (
        "no_way_in",
        (
            "no way leads to 1 section, 0.15 km, but against one-way streets; 1 of them no grid "
            "collects"
        ),
    )


def test_one_way_streets_round_a_block_and_two_way_dead_ends_are_no_traps():
    corners = [(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)]
    block = [
        way(f"b{n}", *corners[n : n + 2], oneway=True) for n in range(4)
    ]  # fmt: skip
    network = drawn(*block, way("close", (0, 0), (-300, 0)))
    assert told(network) == []


def test_each_joined_part_is_asked_by_itself():
    network = drawn(
        way("main", (0, 0), (850, 0)),
        way("far", (0, 5000), (300, 5000)),
        way("trap", (300, 5000), (400, 5000), oneway=True),
    )
    ((code, detail),) = told(network)
    assert code == "no_way_out"
    assert "1 section, 0.10 km" in detail
    assert "trap" in detail


def test_a_part_of_nothing_but_a_one_way_street_can_be_neither_reached_nor_left_whole():
    network = drawn(way("main", (0, 0), (850, 0)), way("lone", (0, 9000), (99, 9000), oneway=True))
    codes = [code for code, _ in told(network)]
    assert codes
