from datetime import date

import numpy as np
import pytest
import shapely

from geofence.network.network import build_network
from geofence.plan.plan import Section, ServiceRules
from simulators.fleet.fleet import simulate_day
from simulators.receivers.scenario import Episode, Kind, Scenario
from simulators.trucks.motion import Motion, positions
from simulators.trucks.service_day import WindowTimes, windows_of
from simulators.truth.truth import GridDay, truth_table
from tests.fixtures.small_town import DAY, town

STEP_S = 0.25
WINDOW = WindowTimes("JY01", "07:00-08:30", 0.0, 100.0, 110.0, 200.0)


def dense(day, grid, start_s, last_s):
    """Instants a step apart, points and whether it collects, of each of a grid's vehicles."""
    told = []
    for vehicle in grid.vehicles:
        motion = day.trucks[vehicle].motion
        at_s = np.arange(start_s, min(last_s, motion.finished_s[-1]), STEP_S)
        at_s = at_s[at_s >= motion.started_s[0]]
        seen = positions(motion, day.network, at_s)
        told.append((at_s, shapely.points(seen.x, seen.y), seen.collecting))
    return told


def recount(day, plan, grid, street, told, until_s):
    """Share of a street's metres that lie between positions, a step apart, while collecting."""
    network = day.network
    sections = [
        number
        for number, section in enumerate(plan.sections)
        if section.name == street and grid.id in section.grids
    ]
    covered_m = 0.0
    for number in sections:
        part = slice(*network.section_first_vertex[number : number + 2])
        line = shapely.LineString(
            np.stack([network.vertex_x[part], network.vertex_y[part]], axis=1)
        )
        bins = np.zeros(int(np.ceil(line.length)), dtype=bool)
        for at_s, points, collecting in told:
            on = collecting & (at_s < until_s)
            on[on] = shapely.distance(line, points[on]) < 0.01
            measure = np.full(len(points), np.nan)
            measure[on] = shapely.line_locate_point(line, points[on])
            for step in np.flatnonzero(on[:-1] & on[1:]):
                low, high = sorted(measure[step : step + 2])
                if high - low < 4.5 * STEP_S:
                    bins[int(low) : int(np.ceil(high))] = True
        covered_m += bins.sum() / len(bins) * line.length
    return covered_m / sum(network.section_length_m[sections])


@pytest.mark.parametrize("scenario", [Scenario.CLEAN, Scenario.LATE, Scenario.SKIP])
def test_truth_equals_an_independent_recount_of_dense_positions(scenario):
    plan = town(grids=2)
    day = simulate_day(plan, DAY, scenario, 3, only_grids=["JY01"])
    grid = plan.grids[0]
    windows = {w.text: w for w in windows_of(grid, DAY, _zone(), plan.rules)}
    assert len(day.truth) == 2 * 3
    told = {w.text: dense(day, grid, w.start_s, w.last_s) for w in windows.values()}
    for row in day.truth.itertuples():
        window = windows[row.window]
        for ratio, until_s in (
            (row.ratio_in_window, window.in_time_s),
            (row.ratio_by_deadline, window.last_s),
        ):
            counted = recount(day, plan, grid, row.street, told[row.window], until_s)
            assert counted == pytest.approx(ratio, abs=0.02)


def _zone():
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Shanghai")


def straight(oneway=False):
    """One section of about 100 m, due east."""
    coordinates = np.array([[113.3, 40.08], [113.301173, 40.08]])
    return build_network([Section("S1", "云中街", ("JY01",), oneway, coordinates)])


def motion(*pieces):
    section, from_m, to_m, started, finished, collecting = zip(*pieces, strict=True)
    return Motion(
        np.array(section, dtype=np.int32),
        *(np.array(column, dtype=float) for column in (from_m, to_m, started, finished)),
        np.array(collecting, dtype=bool),
    )


def ratios(network, *pieces, silences=(), episodes=()):
    grid = GridDay("JY01", [WINDOW], {"云中街": [0]}, [motion(*pieces)], silences, episodes)
    table = truth_table(date(2022, 4, 1), [grid], network, ServiceRules())
    row = table.iloc[0]
    return row["ratio_in_window"], row["ratio_by_deadline"], row["fault"]


def test_metres_passed_twice_count_once():
    network = straight()
    length_m = network.section_length_m[0]
    twice = ratios(
        network, (0, 0.0, length_m / 2, 10, 20, True), (0, length_m / 2, 0, 20, 30, True)
    )
    assert twice[:2] == pytest.approx((0.5, 0.5))


def test_metres_before_the_window_do_not_count_and_a_pass_is_cut_at_its_start():
    network = straight()
    half = ratios(network, (0, 0.0, network.section_length_m[0], -50, 50, True))
    assert half[0] == pytest.approx(0.5)


def test_metres_after_grace_count_by_the_deadline_only():
    network = straight()
    length_m = network.section_length_m[0]
    assert ratios(network, (0, 0.0, length_m, 105, 115, True))[:2] == pytest.approx((0.5, 1.0))
    assert ratios(network, (0, 0.0, length_m, 195, 205, True))[:2] == pytest.approx((0.0, 0.5))


def test_metres_driven_without_collecting_do_not_count():
    network = straight()
    assert ratios(network, (0, 0.0, network.section_length_m[0], 10, 20, False))[0] == 0.0


def test_a_fault_is_named_only_where_it_applies():
    network = straight()
    whole = (0, 0.0, network.section_length_m[0], 10, 20, True)
    skip = Episode(Kind.SKIP, WINDOW, ("云中街",), frozenset({0}), 0.0, 200.0, None)
    other = Episode(Kind.SKIP, WINDOW, ("新街",), frozenset({9}), 0.0, 200.0, None)
    assert ratios(network, whole, episodes=[skip])[2] == ""
    late = (0, 0.0, network.section_length_m[0], 250, 260, True)
    assert ratios(network, late, episodes=[skip])[2] == "skip"
    assert ratios(network, late, episodes=[other])[2] == ""
    assert ratios(network, whole, silences=[(190.0, 300.0)])[2] == "gap"
    assert ratios(network, whole, silences=[(200.0, 300.0)])[2] == ""


def test_a_street_drawn_twice_is_served_in_both_lines_by_driving_it_once():
    line = np.array([(113.30, 40.1), (113.31, 40.1)])
    sections = [Section("out", "甲街", ("JY01",), False, line)]
    sections.append(Section("back", "甲街", ("JY01",), False, line[::-1]))
    network = build_network(sections)
    length_m = float(network.section_length_m[0])
    carrier = int(network.edge_section[0])
    motion = Motion(
        section=np.array([carrier], dtype=np.int32),
        from_m=np.array([0.0]),
        to_m=np.array([length_m / 2]),
        started_s=np.array([0.0]),
        finished_s=np.array([50.0]),
        collecting=np.array([True]),
    )
    grid = GridDay("JY01", [WINDOW], {"甲街": [0, 1]}, [motion], [], [])
    (row,) = truth_table(DAY, [grid], network, ServiceRules()).itertuples()
    assert row.ratio_in_window == pytest.approx(0.5, abs=1e-6)
