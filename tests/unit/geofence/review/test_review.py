from geofence.network.network import build_network
from geofence.review.review import MOST_OF_A_KIND, warnings_of
from tests.fixtures.reviewed_plan import drawn, grid, metres, plan_of, section

EAST, ON = metres((0, 0), (850, 0)), metres((850, 0), (1700, 0))


def test_a_sound_plan_has_no_warning():
    plan = plan_of(
        [grid("JY01", "a", streets=["云中街"]), grid("JY02", "b")],
        [section("s1", "云中街", ["JY01"], EAST), section("s2", "滨河路", ["JY02"], ON)],
    )
    assert warnings_of(plan, build_network(plan.sections)) == ()


def test_a_plan_without_streets_is_reviewed_by_its_lists_alone():
    plan = plan_of([grid("JY01", "a"), grid("JY02", "a")], [])
    codes = [warning.code.value for warning in warnings_of(plan, None)]
    assert codes == [
        "vehicle_shared", "duties_overlap", "grid_without_section", "grid_without_section"
    ]  # fmt: skip


def test_of_many_warnings_of_a_kind_the_first_are_told_and_the_others_counted():
    count = MOST_OF_A_KIND + 7
    plan = plan_of([grid(f"G{n}", f"v{n}") for n in range(count)], [])
    *told, last = warnings_of(plan, None)
    assert len(told) == MOST_OF_A_KIND
    assert str(last) == "7 more of this kind [grid_without_section]"


def test_every_wing_of_the_review_is_asked():
    apart = metres((0, 5000), (30, 5000))
    across = metres((400, -100), (400, 100))
    plan = plan_of(
        [grid("JY01", "a", streets=["南关"])],
        [
            section("s1", "云中街", ["JY01"], EAST),
            section("s2", "云中街", ["JY01"], apart),
            section("s3", "云中 街", ["JY01"], across),
        ],
    )
    network = drawn(*plan.sections)
    assert {warning.code.value for warning in warnings_of(plan, network)} == {
        "street_unlocated", "street_not_listed", "names_alike", "street_scattered",
        "network_split", "lines_cross",
    }  # fmt: skip
