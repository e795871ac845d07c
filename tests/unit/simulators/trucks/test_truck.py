"""A truck's day in a small town: what it collects and when, where it waits, where it unloads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.trucks.driving import DrivingSettings
from simulators.trucks.roads import Roads
from simulators.trucks.service_day import WindowTimes
from simulators.trucks.truck import Haunts, Job, Truck, Withheld
from tests.fixtures.street_map import StreetMap
from tests.fixtures.town import at

# blocks of 200 m by 100 m, a depot in the west, a transfer station in the east, an island
TOWN = StreetMap(
    """
a-------------------b-------------------c-------------------d
|                   |                   |                   |
|                   |                   |                   |
|                   |                   |                   |
|                   |                   |                   |
e-------------------f-------------------g-------------------h-----------s
|
|                                                                  x---y
|
p
"""
)
NETWORK = TOWN.network
NAMES = NETWORK.section_ids
DAY_START_S, MIDNIGHT_S = at("00:00") / 1000, at("00:00") / 1000 + 86_400
WEST, MIDDLE = ("ab", "ae", "ef"), ("bc", "bf", "fg")
EVERYTHING = ("ab", "ae", "ef", "bc", "bf", "fg", "cd", "cg", "gh", "dh")
SEEDS = st.integers(0, 10_000)


def node(name):
    """The node of that name: where a section named after it begins or ends."""
    section = next(section for section in NAMES if name in section)
    return int((NETWORK.arc_from, NETWORK.arc_to)[section.index(name)][2 * NAMES.index(section)])


def edges(*names):
    return tuple(NAMES.index(name) for name in names)


def job(start, end, streets, *, catch_up=False, not_before=None):
    start_s, end_s = at(start) / 1000, at(end) / 1000
    window = WindowTimes("JY01", f"{start}-{end}", start_s, end_s, end_s + 600, end_s + 3 * 3600)
    begin_s = at(not_before) / 1000 if not_before else start_s
    return Job(begin_s, window, edges(*streets), catch_up=catch_up)


def withheld(streets, begin, end, **options):
    return Withheld(frozenset(edges(*streets)), at(begin) / 1000, at(end) / 1000, **options)


def driven(*jobs, held=(), depot="p", stations=("s",), seed=1, **options):
    """What a truck really did on a day of some jobs."""
    stops = tuple(node(station) for station in stations)
    truck = Truck(
        network=NETWORK,
        haunts=Haunts(None if depot is None else node(depot), stops),
        withheld=held,
        settings=DrivingSettings(**options),
        rng=np.random.default_rng(seed),
        roads_avoiding=lambda avoided: Roads(NETWORK, avoided),
    )
    return truck.drive(jobs, max(each.window.end_s for each in jobs), MIDNIGHT_S)


def on(motion, streets, *, collecting=None, begin_s=0.0, end_s=np.inf):
    """Which pieces of a motion move on some streets within a time."""
    chosen = np.isin(motion.section, edges(*streets)) & (motion.from_m != motion.to_m)
    chosen &= (motion.finished_s > begin_s) & (motion.started_s < end_s)
    return chosen if collecting is None else chosen & (motion.collecting == collecting)


def collected(motion, street, **when):
    """Share of a street's metres that were collected."""
    length = int(NETWORK.section_length_m[NAMES.index(street)])
    middles, hit = np.arange(length) + 0.5, np.zeros(length, dtype=bool)
    for k in np.flatnonzero(on(motion, [street], collecting=True, **when)):
        low, high = sorted((motion.from_m[k], motion.to_m[k]))
        hit |= (middles >= low) & (middles <= high)
    return hit.mean()


def place(motion, piece, end="from_m"):
    measure = np.array([getattr(motion, end)[piece]])
    x, y = NETWORK.position(int(motion.section[piece]), measure)
    return float(x[0]), float(y[0])


def away_m(point, name):
    return np.hypot(point[0] - NETWORK.node_x[node(name)], point[1] - NETWORK.node_y[node(name)])


def long_stands(motion, at_least_s, name):
    """Seconds of the stands at a node that last so long, while the truck does not collect."""
    seconds = motion.finished_s - motion.started_s
    stands = (motion.from_m == motion.to_m) & ~motion.collecting & (seconds >= at_least_s)
    return [
        float(seconds[k]) for k in np.flatnonzero(stands) if away_m(place(motion, k), name) < 1.0
    ]


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS)
def test_a_truck_collects_every_metre_of_its_streets_in_its_window_and_none_before(seed):
    day = driven(job("07:00", "08:30", WEST), seed=seed)
    assert all(collected(day.motion, street) == 1.0 for street in WEST)
    (run,) = day.runs
    assert at("07:00") / 1000 + 10 <= run.started_s <= at("07:00") / 1000 + 90
    working = day.motion.collecting
    assert day.motion.started_s[working].min() >= run.started_s
    assert day.motion.finished_s[working].max() <= run.finished_s + 1e-6 < at("08:30") / 1000


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS)
def test_a_day_has_no_break_in_time_or_place(seed):
    held = [withheld(["ef"], "07:00", "08:45")]
    late = job("07:00", "08:30", ["ef"], catch_up=True, not_before="08:45")
    motion = driven(
        job("07:00", "08:30", EVERYTHING), late, job("10:00", "11:00", MIDDLE), held=held, seed=seed
    ).motion
    assert motion.started_s[1:].tolist() == motion.finished_s[:-1].tolist()
    for piece in range(1, len(motion.section)):
        ahead, behind = place(motion, piece), place(motion, piece - 1, "to_m")
        assert ahead == pytest.approx(behind, abs=0.1)


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS)
def test_a_day_begins_and_ends_at_the_depot_with_time_to_spare(seed):
    motion = driven(job("07:00", "08:30", WEST), seed=seed).motion
    assert away_m(place(motion, 0), "p") < 1.0
    assert away_m(place(motion, -1, "to_m"), "p") < 1.0
    assert 1140 <= at("07:00") / 1000 - motion.started_s[0] <= 1260
    assert motion.finished_s[-1] - at("08:30") / 1000 >= 15.5 * 60


@pytest.mark.parametrize("depot", ["x", None])
def test_a_truck_without_a_depot_that_roads_lead_to_begins_at_its_first_street(depot):
    motion = driven(job("07:00", "08:30", MIDDLE), depot=depot).motion
    assert away_m(place(motion, 0), "b") < 1.0
    assert all(collected(motion, street) == 1.0 for street in MIDDLE)


def test_a_tracker_is_off_at_midnight():
    motion = driven(job("22:30", "23:50", WEST)).motion
    assert motion.finished_s[-1] == MIDNIGHT_S


def test_jobs_are_done_in_order_of_time_however_they_are_given():
    first, second = job("07:00", "08:30", WEST), job("10:00", "11:30", MIDDLE)
    day = driven(second, first)
    assert [run.job for run in day.runs] == [first, second]
    assert day.runs[0].finished_s <= day.runs[1].started_s


def test_a_job_that_another_delays_begins_late():
    first, second = job("07:00", "07:10", EVERYTHING), job("07:05", "07:15", ["ab"])
    runs = driven(first, second).runs
    assert runs[1].started_s >= runs[0].finished_s > at("07:10") / 1000


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, driven_through=st.booleans())
def test_a_street_that_is_withheld_is_not_collected_and_the_others_are(seed, driven_through):
    held = [withheld(["bf"], "07:00", "11:00", driven_through=driven_through)]
    motion = driven(job("07:00", "08:30", EVERYTHING), held=held, seed=seed).motion
    assert not on(motion, ["bf"], collecting=True).any()
    assert all(collected(motion, street) == 1.0 for street in EVERYTHING if street != "bf")


def test_a_street_that_is_withheld_later_is_collected_before():
    held = [withheld(["bf"], "11:00", "13:00")]
    assert collected(driven(job("07:00", "08:30", EVERYTHING), held=held).motion, "bf") == 1.0


EAST = ("cd", "dh")
"""Streets that a truck comes to from afar."""


def test_a_truck_does_not_show_itself_on_a_street_that_is_only_late():
    held = [withheld(["bf"], "06:00", "09:00")]
    motion = driven(job("07:00", "08:30", EAST), held=held).motion
    assert not on(motion, ["bf"]).any()


def test_a_truck_comes_no_sooner_than_its_job_begins_if_its_way_is_withheld_until_then():
    held = [withheld(["bc", "fg"], "06:00", "09:00")]
    motion = driven(job("09:00", "10:30", EAST), held=held).motion
    assert not on(motion, ["bc", "fg"], end_s=at("09:00") / 1000).any()
    assert on(motion, ["bc", "fg"]).any()
    free = driven(job("09:00", "10:30", EAST)).motion
    assert on(free, ["bc", "fg"], end_s=at("09:00") / 1000).any()


def test_what_was_withheld_is_collected_when_its_time_has_come():
    late = job("07:00", "08:30", ["bf"], catch_up=True, not_before="09:00")
    day = driven(job("07:00", "08:30", MIDDLE), late, held=[withheld(["bf"], "07:00", "09:00")])
    assert collected(day.motion, "bf", end_s=at("09:00") / 1000) == 0.0
    assert collected(day.motion, "bf", begin_s=at("09:00") / 1000) == 1.0
    assert day.runs[1].job is late


def test_a_truck_with_nothing_left_to_collect_waits_near_its_streets_but_not_on_them():
    held = [withheld(MIDDLE, "07:00", "11:30")]
    day = driven(job("07:00", "08:30", MIDDLE), held=held)
    assert day.runs == []
    assert not day.motion.collecting.any()
    seconds = day.motion.finished_s - day.motion.started_s
    waits = place(day.motion, int(np.argmax(seconds)))
    assert min(away_m(waits, "b"), away_m(waits, "f")) > 80.0
    assert away_m(waits, "p") > 1.0
    assert not on(day.motion, MIDDLE).any()


def test_a_street_may_be_shown_a_truck_that_drives_by_without_collecting_and_only_once():
    held = [withheld(["bf"], "06:00", "12:00", driven_through=True)]
    jobs = [job("07:00", "08:00", EAST), job("08:30", "09:30", ["ae"]), job("10:00", "11:00", EAST)]
    motion = driven(*jobs, held=held).motion
    shown = on(motion, ["bf"])
    assert shown.any()
    assert not motion.collecting[shown].any()
    metres = np.abs(motion.to_m - motion.from_m)[shown].sum()
    assert metres == pytest.approx(NETWORK.section_length_m[NAMES.index("bf")], abs=0.5)
    assert metres / (motion.finished_s - motion.started_s)[shown].sum() > 30 / 3.6


def test_a_street_too_near_to_where_a_truck_sets_out_is_not_shown_it():
    # the depot is 80 m from e
    held = [withheld(["ef"], "06:00", "12:00", driven_through=True)]
    assert not on(driven(job("07:00", "08:00", EAST), held=held).motion, ["ef"]).any()


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS)
def test_after_a_part_of_a_long_lap_a_truck_unloads_and_goes_on_where_it_stopped(seed):
    motion = driven(job("07:00", "08:30", EVERYTHING), seed=seed).motion
    (unloading_s,) = long_stands(motion, 480.0, "s")
    assert unloading_s <= 900.0
    assert all(collected(motion, street) == 1.0 for street in EVERYTHING)
    away = int(np.flatnonzero(on(motion, ["hs"]))[0])
    load_m, rest_m = (
        np.abs(motion.to_m - motion.from_m)[part][motion.collecting[part]].sum()
        for part in (slice(None, away), slice(away, None))
    )
    assert 0.4 <= load_m / (load_m + rest_m) <= 0.75


def test_what_was_collected_before_a_drive_between_streets_is_still_on_the_truck():
    # neither half of these streets alone fills it
    for seed in range(12):
        motion = driven(job("07:00", "08:30", [*WEST, "cd", "dh", "gh"]), seed=seed).motion
        assert len(long_stands(motion, 480.0, "s")) == 1


def test_a_full_truck_finishes_its_street_on_some_days_and_stops_on_the_spot_on_others():
    def stops_at_a_junction(seed):
        motion = driven(job("07:00", "08:30", EVERYTHING), seed=seed).motion
        away = int(np.flatnonzero(on(motion, ["hs"]))[0])
        last = int(np.flatnonzero(motion.collecting[:away])[-1])
        return min(away_m(place(motion, last, "to_m"), name) for name in "abcdefgh") < 0.01

    assert {stops_at_a_junction(seed) for seed in range(12)} == {True, False}


@pytest.mark.parametrize(
    ("streets", "catch_up", "options"),
    [
        (WEST, False, {}),
        (EVERYTHING, True, {}),
        (EVERYTHING, False, {"stations": ()}),
        (EVERYTHING, False, {"stations": ("x",)}),
        (EVERYTHING, False, {"unload_above_m": 5000.0}),
    ],
)
def test_a_truck_does_not_unload_on_short_or_late_laps_or_where_no_station_can_be_reached(
    streets, catch_up, options
):
    motion = driven(job("07:00", "08:30", streets, catch_up=catch_up), **options).motion
    assert long_stands(motion, 300.0, "s") == []
    assert all(collected(motion, street) == 1.0 for street in streets)


@pytest.mark.parametrize(("streets", "nearest"), [(WEST, "p"), (("cd", "dh", "gh"), "s")])
def test_of_several_stations_the_nearest_is_taken(streets, nearest):
    short = job("07:00", "08:30", streets)
    motion = driven(short, stations=("s", "p"), depot="c", unload_above_m=300.0).motion
    assert [name for name in "ps" if long_stands(motion, 480.0, name)] == [nearest]


def test_a_long_break_is_spent_at_the_depot_on_some_days_and_a_short_one_never():
    def rests(second, seed):
        day = driven(job("07:00", "08:00", MIDDLE), job(second, "13:00", MIDDLE), seed=seed)
        motion, (first, then) = day.motion, day.runs
        inside = (motion.started_s >= first.finished_s) & (motion.finished_s <= then.started_s)
        stands = inside & (motion.from_m == motion.to_m)
        return any(away_m(place(motion, k), "p") < 1.0 for k in np.flatnonzero(stands))

    assert {rests("10:00", seed) for seed in range(12)} == {True, False}
    assert {rests("08:20", seed) for seed in range(12)} == {False}


def test_the_gear_is_made_ready_before_collecting_and_stowed_before_driving_on():
    motion = driven(job("07:00", "08:30", WEST)).motion
    standing = (motion.from_m == motion.to_m) & motion.collecting
    working = np.flatnonzero(motion.collecting)
    assert standing[working[0]]
    assert standing[working[-1]]
    assert (motion.finished_s - motion.started_s)[working[[0, -1]]].min() >= 11.0


def test_a_day_is_the_same_for_the_same_chance_and_another_for_another():
    def instants(seed):
        return driven(job("07:00", "08:30", WEST), seed=seed).motion.started_s.tolist()

    assert instants(1) == instants(1) != instants(2)
