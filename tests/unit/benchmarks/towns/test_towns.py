"""Towns of SUMO: what was driven, what is reported and how it is scored. Most need no SUMO."""

import importlib.util
import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.verdicts.evaluation import evaluate
from benchmarks.towns import parked
from benchmarks.towns.__main__ import main, seeds_of
from benchmarks.towns.days import town_day
from benchmarks.towns.methods import Case, product, raw_track
from benchmarks.towns.motion import COLUMNS, JUNCTION, Motion, load, motions_of, save
from benchmarks.towns.receivers import (
    Receiver,
    errors_m,
    pings_of,
    random_silences,
    street_silences,
)
from benchmarks.towns.reliability import Reliability, driven
from benchmarks.towns.roads import Road, Roads, read_roads
from benchmarks.towns.rows import ROWS, parked_case
from benchmarks.towns.shifts import Shift, plan_shifts
from benchmarks.towns.streets import name_streets
from benchmarks.towns.town import CENTRE, SERVICE_DATE, WINDOWS, Town, vehicle_of
from benchmarks.towns.truth import Driven, truth_of, union_m
from benchmarks.verdicts.figures import Figures
from geofence.network.network import build_network
from geofence.plan.plan import Grid, Operator, Plan, Section, ServiceRules
from geofence.plan.timetable import parse_window
from geofence.seen.observe import read_fixes

LANE_M = 90.0
"""Of roads of 100 m; the junctions take the rest."""


def two_way(*lines: tuple[str, str, tuple[float, float], tuple[float, float]]) -> Roads:
    """Both directions of straight roads between named junctions, with every turn."""
    roads = []
    for tail, head, start, end in lines:
        line = np.array([start, end], dtype=np.float64)
        roads += [
            Road(f"{tail}{head}", tail, head, line, LANE_M),
            Road(f"{head}{tail}", head, tail, line[::-1], LANE_M),
        ]
    turns = [
        (one, other)
        for one, first in enumerate(roads)
        for other, second in enumerate(roads)
        if first.head == second.tail
    ]
    return Roads(tuple(roads), np.array(turns))


#      d
#      |
# a -- b -- c -- e
ROADS = two_way(
    ("a", "b", (0, 0), (100, 0)),
    ("b", "c", (100, 0), (200, 0)),
    ("c", "e", (200, 0), (300, 0)),
    ("b", "d", (100, 0), (100, 100)),
)
AB, BA, BC, CB, CE, EC, BD, DB = range(8)
STREETS = {"Long": (AB, BC), "Side": (BD,)}


def town() -> Town:
    sections = tuple(
        Section(f"R{road:05d}", name, ("G01",) if name else (), oneway=False,
                coordinates=np.stack(CENTRE.to_degrees(*ROADS.roads[road].line.T), axis=1))
        for road, name in ((AB, "Long"), (BC, "Long"), (CE, ""), (BD, "Side"))
    )  # fmt: skip
    grid = Grid("G01", "op", ("T-G01",), tuple(map(parse_window, WINDOWS)),
                streets=("Long", "Side"))  # fmt: skip
    plan = Plan(
        "T", "Asia/Shanghai", SERVICE_DATE, (Operator("op", "Op"),), (grid,), sections, "version"
    )
    return Town(ROADS, plan, {"G01": STREETS})


def motion(*seconds: tuple[int, int, float], speed_mps: float = 5.0) -> Motion:
    """Where a truck was at some seconds: on which road, and how far along."""
    second, road, along_m = (np.array(column) for column in zip(*seconds, strict=True))
    place = [
        ROADS.roads[r].line[0] + (m / 100) * np.diff(ROADS.roads[r].line, axis=0)[0]
        if r >= 0 else np.array([100.0, 0.0])
        for r, m in zip(road, along_m, strict=True)
    ]  # fmt: skip
    x, y = np.array(place).T
    still = np.zeros(len(second))
    return Motion(second, x, y, still + speed_mps, still + 90, road, along_m.astype(np.float64))


SEVEN = 7 * 3600


def drive(road: int, begin_s: int) -> list[tuple[int, int, float]]:
    """Drive along a road in 20 s."""
    return [(begin_s + step, road, 5.0 * step) for step in range(20)]


def shares(*seconds: tuple[int, int, float]) -> dict[str, float]:
    truth = truth_of(town(), {"T-G01": motion(*seconds)}, {})
    first = truth[truth["window"] == WINDOWS[0]]
    return dict(zip(first["street"], first["ratio_in_window"], strict=True))


# --- roads and streets


def test_roads_are_read_with_their_directions_turns_and_lengths(tmp_path):
    net = tmp_path / "n.net.xml"
    net.write_text(
        """<net>
        <edge id=":b_0" function="internal"><lane id=":b_0_0" length="9" shape="0,0 9,0"/></edge>
        <edge id="ab" from="a" to="b"><lane id="ab_0" length="95" shape="5,0 100,0"/></edge>
        <edge id="ba" from="b" to="a"><lane id="ba_0" length="95" shape="100,0 5,0"/></edge>
        <edge id="bc" from="b" to="c" shape="100,0 100,50 200,50">
            <lane id="bc_0" length="140"/></edge>
        <junction id="a" x="0" y="0"/><junction id="b" x="100" y="0"/>
        <junction id="c" x="200" y="50"/>
        <junction id=":b_0" x="1" y="1"/>
        <connection from="ab" to="bc"/><connection from="ab" to="ba"/>
        <connection from=":b_0" to="bc"/>
        </net>"""
    )
    roads = read_roads(net)
    assert [road.id for road in roads.roads] == ["ab", "ba", "bc"]
    assert roads.turns.tolist() == [[0, 1], [0, 2]]
    assert roads.opposite.tolist() == [1, 0, -1]
    assert roads.drawn.tolist() == [0, 0, 2]
    assert roads.length_m.tolist() == [100.0, 100.0, 150.0]


def test_the_shortest_way_turns_round_only_where_it_must():
    reach = ROADS.reach(AB)
    assert reach.way_to(CE) == [BC, CE]
    assert reach.way_to(BA) == [BA]
    assert reach.metres[BC] == 100.0
    assert reach.metres[BA] > 100.0


def test_roads_in_line_are_one_street():
    names = name_streets(ROADS)
    assert names[AB] == names[BC] == names[CE] != names[BD]
    assert set(names) == {AB, BC, CE, BD}


# --- truth


def test_a_street_driven_from_end_to_end_is_whole():
    found = shares(*drive(AB, SEVEN), (SEVEN + 20, JUNCTION, 0.0), *drive(BC, SEVEN + 21),
                   (SEVEN + 41, JUNCTION, 0.0))  # fmt: skip
    assert found == {"Long": 1.0, "Side": 0.0}


def test_either_direction_serves_the_same_metres():
    half = shares(*drive(BA, SEVEN)[:11])
    assert half["Long"] == pytest.approx(0.25)
    both = shares(*drive(BA, SEVEN), (SEVEN + 20, JUNCTION, 0.0), *drive(AB, SEVEN + 21))
    assert both["Long"] == pytest.approx(0.5)


def test_a_truck_put_in_the_middle_of_a_road_has_not_driven_what_lies_behind_it():
    assert shares(*drive(AB, SEVEN)[10:15])["Long"] == pytest.approx(20 / 200)


def test_what_is_driven_after_grace_counts_only_by_the_deadline():
    nine_eleven = 9 * 3600 + 11 * 60
    truth = truth_of(town(), {"T-G01": motion(*drive(BD, nine_eleven), (nine_eleven + 20, -1, 0))},
                     {"T-G01": [(nine_eleven, nine_eleven + 60)]})  # fmt: skip
    side = truth[truth["street"] == "Side"].set_index("window")
    assert side["ratio_in_window"].tolist() == [0.0, 0.0, 0.0]
    assert side["ratio_by_deadline"].tolist() == [1.0, 0.0, 0.0]
    assert side["fault"].tolist() == ["gap", "", ""]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8))
def test_the_union_of_intervals_counts_each_metre_once(spans):
    low = np.array([min(span) for span in spans], dtype=np.float64)
    high = np.array([max(span) for span in spans], dtype=np.float64)
    cells = {cell for one, other in spans for cell in range(min(one, other), max(one, other))}
    assert union_m(low, high) == len(cells)


# --- motion and pings


def test_positions_on_lanes_become_measures_between_junctions(tmp_path):
    frame = pd.DataFrame(
        {"time": [2.0, 1.0, 1.0], "id": ["t", "t", "u"], "x": 1.0, "y": 2.0, "speed": 3.0,
         "angle": 90.0, "lane": ["ab_0", ":b_0_0", "cb_0"], "pos": [45.0, 3.0, 90.0]}
    )  # fmt: skip
    found = motions_of(frame, ROADS)
    assert found["t"].second.tolist() == [1, 2]
    assert found["t"].road.tolist() == [JUNCTION, AB]
    assert found["t"].along_m.tolist() == pytest.approx([0.0, 50.0])
    assert (found["u"].road.tolist(), found["u"].along_m.tolist()) == ([CB], [100.0])
    save(found, tmp_path / "m.npz")
    again = load(tmp_path / "m.npz")
    for column in COLUMNS:
        assert np.array_equal(getattr(again["t"], column), getattr(found["t"], column))


def standing(seconds: int) -> dict[str, Motion]:
    return {"T-G01": motion(*((SEVEN + s, AB, 50.0) for s in range(seconds)), speed_mps=0.0)}


def test_trucks_report_once_a_period_with_the_error_asked_for_and_hold_their_peace_when_silent():
    receiver = Receiver(sigma_m=10.0, period_s=10)
    silence = (SEVEN + 1000.0, SEVEN + 1200.0)
    pings = pings_of(standing(40_000), receiver, {"T-G01": [silence]}, seed=1)
    step_s = pings["event_time"].diff().dt.total_seconds().dropna()
    assert sorted(set(step_s)) == [10.0, 210.0]
    x, y = CENTRE.to_metres(pings["longitude"].to_numpy(), pings["latitude"].to_numpy())
    assert np.std(x) == pytest.approx(10.0, rel=0.15)
    assert np.mean(x) == pytest.approx(50.0, abs=2.5)
    drift = np.corrcoef(y[:-1], y[1:])[0, 1]
    assert drift == pytest.approx(np.exp(-10 / 60), abs=0.03)
    assert (pings["accuracy_m"] == 10.0).all()
    assert (pings["speed_mps"] == 0.0).all()


def test_bare_trucks_report_place_and_time_only():
    pings = pings_of(standing(100), Receiver(bare=True), {}, seed=1)
    assert pings[["speed_mps", "heading_deg", "accuracy_m"]].isna().all(axis=None)


def test_the_same_seed_gives_the_same_pings_and_another_one_others():
    one, same, other = (pings_of(standing(500), Receiver(), {}, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert not one["longitude"].equals(other["longitude"])


def test_a_receiver_that_misjudges_itself_errs_as_any_other_and_says_otherwise():
    honest, boastful = (
        pings_of(standing(500), Receiver(10.0, told=told), {}, seed=1) for told in (1.0, 1.0 / 3.0)
    )
    assert (boastful["accuracy_m"] == 3.3).all()
    unsaid = [frame.drop(columns="accuracy_m") for frame in (honest, boastful)]
    pd.testing.assert_frame_equal(*unsaid)


def test_white_noise_does_not_drift():
    x, _ = errors_m(20_000, Receiver(10.0, correlation_s=0.0), np.random.default_rng(1))
    assert np.std(x) == pytest.approx(10.0, rel=0.05)
    assert abs(np.corrcoef(x[:-1], x[1:])[0, 1]) < 0.03


def shift(*faults: str) -> Shift:
    return Shift("T-G01", (AB,), (), faults)


def test_a_silence_lies_in_the_drive_of_the_runs_that_are_to_have_one():
    moved = {"T-G01": motion(*(tick for lap in range(40) for tick in drive(AB, SEVEN + 20 * lap)))}
    found = random_silences([shift("gap", "ok", "gap")], moved, seed=1)
    ((from_s, to_s),) = found["T-G01"]
    assert SEVEN <= from_s < to_s <= SEVEN + 800
    assert 300 <= to_s - from_s < 700


def test_a_street_silence_lies_around_the_middle_of_the_drive_along_the_longest_street():
    moved = {"T-G01": motion(*drive(BD, SEVEN), *drive(AB, SEVEN + 500), *drive(BC, SEVEN + 520))}
    found = street_silences(town(), [shift("ok", "ok", "skip")], moved, seed=1)
    ((from_s, to_s),) = found["T-G01"]
    assert (from_s + to_s) / 2 == pytest.approx(SEVEN + 519.5, abs=1)
    assert 130 <= to_s - from_s < 180


# --- the methods and their score


def town_case() -> Case:
    """A truck that drives Long well within the first window, and is seen until the evening."""
    ticks = [*((SEVEN + s, CE, 99.0) for s in range(600)), *drive(CB, SEVEN + 600),
             *drive(BA, SEVEN + 620), (SEVEN + 640, JUNCTION, 0.0)]  # fmt: skip
    moved = motion(*ticks, *((s, BA, 99.9) for s in range(SEVEN + 641, 17 * 3600)))
    moved = replace(moved, speed_mps=np.where(np.isin(moved.road, [CB, BA]), 5.0, 0.0))
    moved.speed_mps[641:] = 0.0
    pings = pings_of({"T-G01": moved}, Receiver(1.0), {}, seed=1)
    place = town()
    network = build_network(place.plan.sections)
    return Case(place.plan, network, pings, truth_of(place, {"T-G01": moved}, {}), 1.0)


def test_the_product_is_judged_through_the_same_function_as_evaluate():
    case = town_case()
    found = product(case).streets
    pd.testing.assert_frame_equal(found, evaluate(case.pings, case.plan, [SERVICE_DATE]).streets)


def test_figures_tell_who_was_wronged():
    case = town_case()
    judgement = product(case)
    streets = judgement.streets.assign(verdict="partial")
    figures = Figures()
    figures.add(replace(judgement, streets=streets), case.truth, case.plan)
    truth = case.truth
    done = int((truth["ratio_by_deadline"] >= 0.9).sum())
    assert done >= 1
    assert figures.counts["accused"] == figures.counts["done"] == done
    assert figures.counts["hidden"] == 0
    streets = judgement.streets.assign(verdict="served")
    figures = Figures()
    hidden = truth.assign(fault="gap")
    figures.add(replace(judgement, streets=streets), hidden, case.plan)
    assert figures.counts["false_served"] == figures.counts["not_done"] == len(truth) - done
    assert figures.counts["wrong_hidden"] == figures.counts["wrong"]
    assert figures.counts["hidden"] == figures.scored == len(truth)


def test_a_peer_is_given_the_fixes_as_they_came_cut_at_gaps():
    case = town_case()
    pings = case.pings[(case.pings.index < 50) | (case.pings.index > 80)]
    fixes, _ = read_fixes(pings, case.network)
    track = raw_track(fixes, ServiceRules())
    assert np.flatnonzero(track.cut).tolist() == [0, 50]
    assert np.array_equal(track.fixes.x, fixes.x)
    assert not track.stands.held.any()


def test_parked_trucks_never_leave_their_place_and_nothing_is_true():
    case = parked_case(ROWS["parked"][0], seed=1)
    x, y = CENTRE.to_metres(case.pings["longitude"].to_numpy(), case.pings["latitude"].to_numpy())
    middles = [parked.APART_M * place + m / 2 for place, m in enumerate(parked.STREETS_M)]
    assert np.abs(x[:, None] - middles).min(axis=1).max() < 30
    assert np.abs(y).max() < 30
    assert case.truth["ratio_by_deadline"].max() == 0.0
    assert len(case.truth) == len(parked.STREETS_M) * parked.TRUCKS


# --- margins


def test_a_claim_is_true_if_the_truck_was_on_that_road_about_then():
    moved = motion(*drive(AB, 100), (120, JUNCTION, 0.0), *drive(BD, 121))
    road = np.array([AB, AB, BD, BC])
    from_s, to_s = np.array([105, 140, 145, 120]), np.array([110, 150, 150, 130])
    assert driven(moved, ROADS, road, from_s, to_s).tolist() == [True, False, True, False]


def test_margins_are_counted_claim_by_claim():
    ticks = [*drive(CB, SEVEN), *drive(BA, SEVEN + 20)]
    moved = {"T-G01": motion(*ticks)}
    place = town()
    pings = pings_of(moved, Receiver(1.0, period_s=5), {}, seed=1)
    case = Case(place.plan, build_network(place.plan.sections), pings, pd.DataFrame(), 1.0)
    found = Reliability()
    found.add(case, moved, ROADS)
    lines = found.rows()
    assert sum(line.claims for line in lines) >= 7
    assert all(line.true == 1.0 and not line.stood for line in lines)
    assert lines[-1].said > 0.99


# --- the command


def test_seeds_are_ranges_and_numbers():
    assert seeds_of("1-3,7") == [1, 2, 3, 7]


@pytest.mark.parametrize("words", [["--seeds", "x"], ["--seeds", "3-1"], ["--rows", "x"]])
def test_wrong_words_end_with_a_reason(words, capsys):
    with pytest.raises(SystemExit) as exited:
        main(words)
    assert exited.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_without_sumo_the_command_tells_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match=r"make \.venv/\.installed-towns"):
        main(["--seeds", "1", "--rows", "sigma", "--work", str(tmp_path)])


def test_parked_trucks_need_no_sumo_and_each_row_names_its_world(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(parked, "TRUCKS", 1)
    file = tmp_path / "found.json"
    main(["--seeds", "1", "--rows", "parked", "--methods", "product", "--json", str(file)])
    lines = [line for line in capsys.readouterr().out.splitlines() if "σ" in line]
    assert len(lines) == len(ROWS["parked"])
    assert all(line.startswith("| parked trucks |") for line in lines)
    assert len(json.loads(file.read_text())["entries"]) == len(lines)


@pytest.mark.skipif(importlib.util.find_spec("sumo") is None, reason="needs eclipse-sumo")
def test_a_town_of_sumo_is_the_same_when_it_is_read_again(tmp_path):
    told: list[str] = []
    day = town_day(1, tmp_path, told.append)
    assert len(told) == 2
    again = town_day(1, tmp_path, told.append)
    assert len(told) == 2
    assert again.town.plan.version == day.town.plan.version
    assert again.shifts == day.shifts == tuple(plan_shifts(day.town, 1))
    assert set(day.motions) == {vehicle_of(grid.id) for grid in day.town.plan.grids}
    turns = set(map(tuple, day.town.roads.turns.tolist()))
    for each in day.shifts:
        assert set(pairwise(each.route)) <= turns
        driven_roads = set(Driven(day.motions[each.vehicle], day.town.roads).road.tolist())
        assert driven_roads <= set(day.town.roads.drawn[list(each.route)].tolist())
    truth = truth_of(day.town, day.motions, {})
    assert (truth["ratio_in_window"] >= 0.99).mean() > 0.5
    assert (truth["ratio_by_deadline"] == 0.0).any()
