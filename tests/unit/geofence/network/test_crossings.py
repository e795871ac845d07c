from geofence.network.network import build_network
from tests.fixtures.lattice import section


def crossings(*sections):
    return [(c.section_id, c.other_id) for c in build_network(sections).crossings]


ALONG = section("along", (0, 0), (200, 0))


def test_lines_that_cross_without_a_vertex_are_told_with_the_place():
    (found,) = build_network([ALONG, section("across", (50, -60), (50, 60))]).crossings
    assert (found.section_id, found.other_id) == ("across", "along")
    assert str(found).startswith("across and along cross at 113.3005")


def test_lines_that_share_a_vertex_do_not_cross():
    assert crossings(section("along", (0, 0), (50, 0), (200, 0)),
                     section("across", (50, -60), (50, 0), (50, 60))) == []  # fmt: skip


def test_an_end_that_overshoots_its_junction_does_not_cross():
    assert crossings(ALONG, section("side", (80, 90), (80, -4))) == []


def test_lines_that_meet_elsewhere_and_cross_again_are_told():
    bow = section("bow", (0, 0), (60, 60), (120, -60))
    assert crossings(ALONG, bow) == [("along", "bow")]


def test_a_line_that_crosses_itself_is_told():
    knot = section("knot", (0, 0), (100, 0), (100, 80), (50, 80), (50, -80))
    assert crossings(knot) == [("knot", "knot")]


def test_the_order_of_sections_changes_nothing():
    sections = [ALONG, *(section(f"s{n}", (n * 40 + 20, -60), (n * 40 + 25, 60)) for n in range(4))]
    assert build_network(sections[::-1]).crossings == build_network(sections).crossings


def test_a_vertex_of_one_line_on_the_other_is_one_crossing():
    across = section("across", (50, -60), (50, 0), (50, 60))
    assert crossings(ALONG, across) == [("across", "along")]


def test_a_bend_of_a_line_is_no_crossing():
    assert crossings(section("bent", (0, 0), (50, 0), (50, 60), (90, 90))) == []
