import pandas as pd
import pytest

from analytics.forecast.curves import (
    CURVE_DTYPES,
    course_of,
    no_curves,
    progress_curves,
    share_of,
)
from analytics.live.status import GridProgress, progress_of
from analytics.verdicts.judge import judge
from geofence.plan.plan import ServiceRules
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, street

RULES = ServiceRules()


def town() -> Town:
    return Town(
        street("东街", (0, 0), (1000, 0)), street("西街", (0, 500), (1000, 500)),
        grids=[grid("JY01", "07:00-08:00")],
    )  # fmt: skip


def judged(truck: Truck):
    return judge([truck.observation()], truck.town.plan, truck.town.network, MONDAY)


def busy(until: str = "12:00") -> Truck:
    """Stands by, serves one street in an hour's first half, and stands again."""
    truck = (
        Truck(town()).stand("东街", 0, "06:30", "07:10").drive("东街", 0, 1000, "07:10", "07:30")
    )
    return truck.stand("东街", 1000, "07:30", until)


def test_a_grid_is_done_when_each_street_has_what_it_needs():
    def share(*served_m: float) -> float:
        return share_of(GridProgress((1000.0, 1000.0), served_m, None), RULES)

    assert share(0.0, 0.0) == 0.0
    assert share(900.0, 0.0) == pytest.approx(0.5)
    assert share(1000.0, 0.0) == pytest.approx(0.5)
    assert share(1000.0, 899.0) < 1.0
    assert share(900.0, 900.0) == 1.0


def test_a_course_has_the_share_at_each_of_its_instants():
    case = judged(busy()).cases[0].case
    course = course_of(case, at("07:22"))
    assert course.elapsed_s.tolist() == [0, 300, 600, 900, 1200, 1320]
    for elapsed_s, share in zip(course.elapsed_s, course.share, strict=True):
        progress = progress_of(case, case.window.start_ms + round(elapsed_s * 1000))
        assert share == pytest.approx(share_of(progress, RULES))
    assert course.share[-1] == pytest.approx(0.5 * 600 / 900, abs=0.01)


def test_before_its_start_a_window_has_the_course_of_its_start():
    case = judged(busy()).cases[0].case
    assert course_of(case, at("06:00")).elapsed_s.tolist() == [0]


def test_a_curve_ends_when_the_grid_is_done():
    truck = (
        busy("07:31").drive("西街", 0, 1000, "07:31", "07:51").stand("西街", 1000, "07:51", "12:00")
    )
    curves = progress_curves(judged(truck))
    assert curves.dtypes.astype(str).to_dict() == CURVE_DTYPES
    assert set(curves["ending"]) == {"done"}
    assert set(curves["vehicles"]) == {TRUCK}
    assert curves["needed_m"].to_numpy() == pytest.approx(1800.0)
    assert curves["started_s"].to_numpy() == pytest.approx(600.0, abs=1.0)
    assert curves["share"].iloc[-1] == 1.0
    assert curves["elapsed_s"].iloc[-1] == pytest.approx(49 * 60, abs=2)


def test_the_curve_of_a_grid_that_lacks_a_street_ends_with_grace():
    curves = progress_curves(judged(busy()))
    assert set(curves["ending"]) == {"missed"}
    assert curves["elapsed_s"].iloc[-1] == 70 * 60
    assert curves["share"].iloc[-1] == pytest.approx(0.5)


def test_a_grid_done_after_grace_was_missed():
    truck = (
        busy("09:00").drive("西街", 0, 1000, "09:00", "09:20").stand("西街", 1000, "09:20", "12:00")
    )
    assert set(progress_curves(judged(truck))["ending"]) == {"missed"}


def test_nobody_knows_how_a_window_out_of_sight_ended():
    truck = busy("07:31").stand("东街", 1000, "23:00", "23:30")
    assert set(progress_curves(judged(truck))["ending"]) == {"unknown"}


def test_a_grid_never_served_has_no_start():
    truck = Truck(town()).stand("东街", 0, "06:30", "12:00")
    curves = progress_curves(judged(truck))
    assert curves["started_s"].isna().all()
    assert curves["share"].max() == 0.0


def test_a_date_without_cases_has_no_curves():
    plan = Town(grids=[grid("JY01", days=[6])])
    curves = progress_curves(judge([], plan.plan, plan.network, MONDAY))
    pd.testing.assert_frame_equal(curves, no_curves())
