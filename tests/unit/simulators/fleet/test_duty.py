from dataclasses import replace

import numpy as np
import pytest

from geofence.plan.plan import Assignment, Facility, Operator
from simulators.fleet.duty import duty_of, haunts_of, jobs_of, withheld_by
from simulators.receivers.scenario import Episode, Kind
from tests.fixtures.town import MONDAY, ORIGIN, Town, at, grid, next_day, street

OWN, SECOND, SPARE = "晋BQ0384", "晋B39720", "晋B90001"
HOUR = 3600.0


def town(*windows, vehicles=(OWN,), spares=(), operator="sweep-1"):
    """Three streets of one grid, the first of two sections and shared, and one of another grid."""
    made = Town(
        street("云中街", (0, 0), (200, 0), grids=["JY01", "JY02"], section="S1"),
        street("云中街", (200, 0), (500, 0), section="S2"),
        street("魏都大道", (0, 0), (0, 300)),
        street("永义路", (500, 0), (500, 400)),
        street("乙路", (0, 300), (400, 300), grids=["JY02"]),
        grids=[grid("JY01", *windows, vehicles=vehicles, operator=operator)],
    )
    operators = (
        Operator("sweep-1", "机扫一公司", spares=spares),
        Operator("sweep-2", "机扫二公司"),
    )
    return made.with_plan(operators=operators)


def duty(made, *, kind=Kind.CLEAN, seed=1, date=MONDAY):
    return duty_of(made.plan, made.plan.grids[0], made.network, date, kind, seed)


def with_episode(plain, *, edges=None, kind=Kind.LATE, catch_up_s=None, stand_in=""):
    """A duty of which some edges are held back until 11:00."""
    begin_s = plain.windows[0].start_s
    held = frozenset(range(2) if edges is None else edges)
    episode = Episode(
        kind, plain.windows[0], ("云中街",), held, begin_s, begin_s + 4 * HOUR, catch_up_s
    )
    return replace(plain, episodes=[episode], stand_in=stand_in)


def starts_h(jobs):
    """Local hours at which jobs may begin."""
    return [(job.not_before_s * 1000 - at("00:00")) / 3_600_000 for job in jobs]


def test_a_grid_s_streets_are_those_that_list_it_with_all_their_sections():
    made = town()
    found = duty(made)
    assert {name: len(each.edges) for name, each in found.streets.items()} == {
        "云中街": 2, "魏都大道": 1, "永义路": 1,
    }  # fmt: skip
    ids = made.network.section_ids
    assert [ids[number] for number in found.sections["云中街"]] == ["S1", "S2"]
    metres = [each.length_m for each in found.streets.values()]
    assert metres == pytest.approx([500.0, 300.0, 400.0], abs=0.5)


def test_one_vehicle_collects_every_street_once_a_window():
    found = duty(town("07:00-10:00", "14:30-17:30"))
    jobs = jobs_of(found, OWN)
    assert starts_h(jobs) == [7, 14.5]
    assert [job.edges for job in jobs] == [(0, 1, 2, 3)] * 2
    assert [job.window for job in jobs] == found.windows


def test_several_vehicles_share_the_streets_whole_and_without_overlap():
    found = duty(town(vehicles=(OWN, SECOND)))
    (first,), (second,) = jobs_of(found, OWN), jobs_of(found, SECOND)
    assert sorted([*first.edges, *second.edges]) == [0, 1, 2, 3]
    for each in found.streets.values():
        assert set(each.edges) <= set(first.edges) or set(each.edges) <= set(second.edges)


def test_a_vehicle_without_a_street_has_no_job():
    found = duty(town(vehicles=(OWN, SECOND, "晋B1", "晋B2")))
    assert [len(jobs_of(found, vehicle)) for vehicle in found.vehicles] == [1, 1, 1, 0]
    assert jobs_of(found, "晋B99999") == []


def test_a_long_window_is_driven_again_every_four_hours():
    jobs = jobs_of(duty(town("08:00-21:00")), OWN)
    assert starts_h(jobs) == [8, 12, 16]
    assert starts_h(jobs_of(duty(town("08:00-16:00")), OWN)) == [8, 12]
    assert starts_h(jobs_of(duty(town("08:00-13:59")), OWN)) == [8]


@pytest.mark.xfail(strict=True, reason="of six to eight hours the whole number of four is one")
def test_a_window_of_six_hours_is_driven_more_than_once():
    assert starts_h(jobs_of(duty(town("08:00-14:00")), OWN)) == [8, 12]


def test_a_day_without_a_window_asks_nothing_of_anyone():
    made = town()
    resting = replace(made.plan.grids[0], days=frozenset({6}))
    found = duty(made.with_plan(grids=(resting,)))
    assert found.windows == jobs_of(found, OWN) == []


def test_on_the_date_of_an_assignment_the_vehicle_assigned_drives():
    made = town().with_plan(assignments=(Assignment("JY01", MONDAY, (SPARE,)),))
    assert duty(made).crew == (SPARE,)
    assert duty(made, date=next_day()).crew == (OWN,)


def test_what_is_held_back_is_collected_later_by_those_whose_share_it_is():
    late_s = at("10:15") / 1000
    found = with_episode(duty(town(vehicles=(OWN, SECOND))), edges=[0, 1, 3], catch_up_s=late_s)
    tours = {vehicle: [j for j in jobs_of(found, vehicle) if j.catch_up] for vehicle in found.crew}
    assert [job.edges for job in tours[OWN]] == [(0, 1, 3)]
    assert starts_h(tours[OWN]) == [10.25]
    assert tours[SECOND] == []


def test_what_is_given_up_is_collected_by_nobody():
    found = with_episode(duty(town()), kind=Kind.SKIP)
    assert not any(job.catch_up for job in jobs_of(found, OWN))


def test_a_stand_in_makes_up_what_is_missed_in_place_of_the_grid_s_own():
    late_s = at("11:00") / 1000
    plain = duty(town())
    found = with_episode(plain, kind=Kind.MAKE_UP, catch_up_s=late_s, stand_in=SPARE)
    assert found.crew == (OWN, SPARE)
    assert [(job.edges, job.catch_up) for job in jobs_of(found, SPARE)] == [((0, 1), True)]
    assert not any(job.catch_up for job in jobs_of(found, OWN))


def test_a_spare_is_called_for_make_ups_alone_and_every_other_time():
    made = town("07:00-08:30", "14:30-17:30", spares=(SPARE,))
    called = [duty(made, kind=Kind.MAKE_UP, seed=seed).stand_in for seed in range(60)]
    assert set(called) == {"", SPARE}
    assert 15 <= called.count(SPARE) <= 45
    others = [kind for kind in Kind if kind is not Kind.MAKE_UP]
    assert not any(duty(made, kind=kind, seed=s).stand_in for kind in others for s in range(9))


@pytest.mark.parametrize(
    "changes", [{"operator": "sweep-2"}, {"vehicles": (SPARE,)}, {"spares": ()}]
)
def test_no_spare_comes_from_another_operator_or_is_out_already(changes):
    made = town(**{"spares": (SPARE,), **changes})
    assert not any(duty(made, kind=Kind.MAKE_UP, seed=seed).stand_in for seed in range(20))


def test_a_duty_is_the_same_for_the_same_seed_and_date():
    made = town("07:00-08:30", "14:30-17:30")
    first, same = (duty(made, kind=Kind.SKIP) for _ in range(2))
    assert first == same
    assert first.episodes
    others = [duty(made, kind=Kind.SKIP, seed=seed).episodes for seed in range(2, 9)]
    assert any(episodes != first.episodes for episodes in others)


@pytest.mark.parametrize(("kind", "driven"), [(Kind.LATE, False), (Kind.SKIP, True)])
def test_what_is_missed_is_withheld_and_may_be_driven_through_unless_it_is_only_late(kind, driven):
    found = with_episode(duty(town()), kind=kind)
    (held,) = withheld_by(found)
    assert held.edges == {0, 1}
    assert (held.from_s, held.until_s) == (at("07:00") / 1000, at("11:00") / 1000)
    assert held.driven_through is driven


def test_an_episode_without_an_edge_withholds_nothing():
    assert list(withheld_by(with_episode(duty(town()), edges=[]))) == []


def facility(kind, x, y):
    longitude, latitude = ORIGIN.to_degrees(np.array([float(x)]), np.array([float(y)]))
    return Facility(kind, "站", float(longitude[0]), float(latitude[0]))


def test_a_truck_goes_to_the_junctions_nearest_to_the_facilities():
    network = town().network

    def node_at(x, y):
        east, north = network.projection.to_metres(*ORIGIN.to_degrees(np.array([x]), np.array([y])))
        return int(np.argmin(np.hypot(network.node_x - east, network.node_y - north)))

    facilities = [
        facility("transfer_station", 520, 380), facility("depot", 10, 40),
        facility("transfer_station", 390, 310), facility("depot", 500, 0),
    ]  # fmt: skip
    haunts = haunts_of(facilities, network)
    assert haunts.depot == node_at(0.0, 0.0)
    assert haunts.transfer_stations == (node_at(500.0, 400.0), node_at(400.0, 300.0))
    assert len({haunts.depot, *haunts.transfer_stations}) == 3


def test_a_town_without_facilities_has_nowhere_to_go():
    haunts = haunts_of([], town().network)
    assert (haunts.depot, haunts.transfer_stations) == (None, ())
