import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.network.network import Network, build_network
from geofence.network.projection import LocalProjection
from geofence.plan.plan import Section
from geofence.seen.misfit import Misfit
from geofence.seen.squares import Squares, Visits, squares_at
from geofence.seen.street_fit import StreetFit

HERE = LocalProjection(113.3, 40.08)
EAST_M, NORTH_M = 520.0, 140.0
NOWHERE = np.empty(0, np.int64)


def town(rng: np.random.Generator, streets: int = 60) -> Network:
    """Streets that lie as they please: moved by any vector they do not fit themselves."""
    ends = rng.uniform(0, 3000, (streets, 2))
    lines = ends[:, None] + np.stack(
        [np.zeros((streets, 2)), rng.uniform(-900, 900, (streets, 2))], 1
    )
    return build_network(
        [
            Section(f"s{n}", f"街{n}", (), False, np.stack(HERE.to_degrees(*line.T), 1))
            for n, line in enumerate(lines)
        ]
    )


def fit(network: Network) -> StreetFit:
    """Streets of another datum lie 520 m east and 140 m north of where fixes lie."""
    projection = network.projection

    def convert(longitude, latitude):
        x, y = projection.to_metres(longitude, latitude)
        return projection.to_degrees(x + EAST_M, y + NORTH_M)

    return StreetFit(network, {"other": convert})


def driven(network: Network, rng, sigma_m=4.0, step_m=15.0, streets=None):
    """Fixes along every second street, or along those that are named."""
    chosen = range(0, network.section_count, 2) if streets is None else streets
    places = [
        network.position(n, np.arange(0, network.section_length_m[n], step_m)) for n in chosen
    ]
    x, y = (np.concatenate(half) for half in zip(*places, strict=True))
    return x + rng.normal(0, sigma_m, len(x)), y + rng.normal(0, sigma_m, len(x))


def at_work(x, y, faster: Squares = NOWHERE) -> Visits:
    return Visits(squares_at(x, y), faster)


def read(network: Network, x, y) -> Misfit | None:
    return fit(network).read([at_work(x, y)])


@pytest.mark.parametrize("sigma_m", [4.0, 20.0])
def test_streets_of_another_datum_are_told_and_named(sigma_m):
    rng = np.random.default_rng(1)
    network = town(rng)
    x, y = driven(network, rng, sigma_m)
    found = read(network, x - EAST_M, y - NORTH_M)
    assert found.datum == "other"
    assert (found.east_m, found.north_m) == (
        pytest.approx(EAST_M, abs=1),
        pytest.approx(NORTH_M, abs=1),
    )
    assert found.moved_m < sigma_m + 8 < found.sent_m


@pytest.mark.parametrize("move", [(-330.0, 210.0), (90.0, 40.0)])
def test_streets_that_no_datum_moved_are_told_with_the_move(move):
    rng = np.random.default_rng(2)
    network = town(rng)
    x, y = driven(network, rng)
    found = read(network, x - move[0], y - move[1])
    assert found.datum is None
    assert np.hypot(found.east_m - move[0], found.north_m - move[1]) < 15


def test_a_fleet_that_works_on_no_street_is_told_without_a_move():
    rng = np.random.default_rng(3)
    network = town(rng)
    x, y = driven(network, rng)
    found = read(network, x + 30_000, y)
    assert found.datum is None
    assert np.isnan([found.east_m, found.north_m, found.moved_m]).all()
    assert found.sent_m == 60.0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), sigma_m=st.floats(0, 30))
def test_streets_that_fit_are_not_accused(seed, sigma_m):
    rng = np.random.default_rng(seed)
    network = town(rng)
    assert read(network, *driven(network, rng, sigma_m)) is None


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_fleet_that_works_mostly_where_no_street_is_drawn_is_not_accused(seed):
    rng = np.random.default_rng(seed)
    network = town(rng)
    x, y = driven(network, rng, 8.0)
    away = rng.uniform(-4000, 7000, (2, len(x)))
    assert read(network, np.append(x, away[0]), np.append(y, away[1])) is None


@pytest.mark.parametrize("move", [(0.0, 0.0), (EAST_M, NORTH_M), (30_000.0, 0.0)])
def test_with_little_to_go_by_nothing_is_said(move):
    rng = np.random.default_rng(4)
    network = town(rng)
    x, y = driven(network, rng, streets=[0])
    assert read(network, x[:60] - move[0], y[:60] - move[1]) is None
    assert fit(network).read([]) is None


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), vehicles=st.integers(1, 9))
def test_order_repetition_and_who_drove_where_change_nothing(seed, vehicles):
    rng = np.random.default_rng(5)
    network = town(rng)
    x, y = driven(network, rng)
    x, y = x - EAST_M, y - NORTH_M
    whole = read(network, x, y)
    mixed = np.random.default_rng(seed).integers(0, len(x), 2 * len(x))
    parts = np.array_split(np.concatenate([np.arange(len(x)), mixed]), vehicles)
    asked = fit(network)
    asked.read([at_work(x[:50], y[:50])])  # what it was asked before does not matter
    assert asked.read([at_work(x[part], y[part]) for part in parts]) == whole


def read_vehicle(network: Network, x, y) -> Misfit | None:
    return fit(network).read_vehicle("晋B00001", at_work(x, y))


@pytest.mark.parametrize("sigma_m", [4.0, 20.0])
def test_a_vehicle_in_another_datum_is_told_by_a_few_streets(sigma_m):
    rng = np.random.default_rng(6)
    network = town(rng)
    x, y = driven(network, rng, sigma_m, streets=range(5))
    found = read_vehicle(network, x - EAST_M, y - NORTH_M)
    assert found.datum == "other"
    assert found.cells < 70
    assert found.moved_m < sigma_m + 8 < found.sent_m


def test_where_the_work_of_a_vehicle_is_too_little_the_roads_on_which_it_came_tell_too():
    rng = np.random.default_rng(13)
    network = town(rng)
    x, y = np.subtract(driven(network, rng), [[EAST_M], [NORTH_M]])
    asked, few = fit(network), slice(0, 8)
    assert asked.read_vehicle("甲", at_work(x[few], y[few])) is None
    found = asked.read_vehicle("甲", at_work(x[few], y[few], squares_at(x, y)))
    assert found.datum == "other"
    assert asked.read([at_work(x[few], y[few], squares_at(x, y))]) is None  # not of a fleet


def test_a_vehicle_that_no_datum_moved_is_told_with_the_move():
    rng = np.random.default_rng(7)
    network = town(rng)
    x, y = driven(network, rng)
    found = read_vehicle(network, x + 330, y - 210)
    assert found.datum is None
    assert np.hypot(found.east_m + 330, found.north_m - 210) < 15


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), sigma_m=st.floats(0, 20), streets=st.integers(1, 60))
def test_no_sound_vehicle_of_any_town_is_accused(seed, sigma_m, streets):
    rng = np.random.default_rng(seed)
    network = town(rng)
    x, y = driven(network, rng, sigma_m, streets=range(streets))
    assert read_vehicle(network, x, y) is None


def test_a_sound_vehicle_that_is_often_off_the_streets_is_not_accused():
    rng = np.random.default_rng(8)
    network = town(rng)
    x, y = driven(network, rng, 20.0)
    away = rng.uniform(-4000, 7000, (2, 2 * len(x)))
    assert read_vehicle(network, np.append(x, away[0]), np.append(y, away[1])) is None


def test_a_vehicle_that_works_on_no_street_however_it_is_moved_may_have_been_lent_elsewhere():
    rng = np.random.default_rng(9)
    network = town(rng)
    x, y = driven(network, rng)
    assert read_vehicle(network, x + 30_000, y) is None
    assert read(network, x + 30_000, y) is not None  # but not a whole fleet


def test_a_vehicle_that_nothing_shows_to_fit_is_doubted_if_a_datum_may_bring_it_nearer():
    doubted = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        network = town(rng)
        x, y = driven(network, rng, 25.0, step_m=90.0, streets=[0, 1])
        doubted += read_vehicle(network, x - EAST_M, y - NORTH_M) is not None
        assert read_vehicle(network, x, y) is None
    assert doubted >= 7


def test_a_vehicle_that_stood_still_proves_nothing():
    network = town(np.random.default_rng(10))
    assert read_vehicle(network, np.full(500, 100.0), np.full(500, 100.0)) is None


def test_streets_that_fit_themselves_when_moved_by_whole_blocks_prove_nothing():
    lines = [
        [(0, at), (3000, at)] if number % 2 else [(at, 0), (at, 3000)]
        for number in range(302)
        for at in [20.0 * (number // 2)]
    ]
    grid = build_network(
        [
            Section(f"s{number}", "街", (), False,
                    np.stack(HERE.to_degrees(*np.array(line, float).T), 1))
            for number, line in enumerate(lines)
        ]
    )  # fmt: skip
    x, y = driven(grid, np.random.default_rng(11), 2.0)
    inner = np.hypot(x, y) < 600  # moved, they still are on the grid
    assert read_vehicle(grid, x[inner] - EAST_M, y[inner] - NORTH_M) is None


def test_what_was_asked_of_another_vehicle_does_not_matter():
    rng = np.random.default_rng(12)
    network = town(rng)
    squares = at_work(*driven(network, rng))
    moved = at_work(*(np.add(driven(network, rng), [[-EAST_M], [-NORTH_M]])))
    asked = fit(network)
    first = [asked.read_vehicle("甲", moved), asked.read_vehicle("乙", squares)]
    again = [asked.read_vehicle("甲", squares), asked.read_vehicle("乙", moved)]
    assert [each is None for each in first + again] == [False, True, True, False]


def on_steps(network: Network, step_deg: float) -> Network:
    """The same streets with the vertices where a file with few decimals leaves them."""
    x, y, first = network.vertex_x, network.vertex_y, network.section_first_vertex
    degrees = np.stack(network.projection.to_degrees(x, y), axis=1)
    rounded = np.round(degrees / step_deg) * step_deg
    return build_network(
        [
            Section(f"s{n}", f"街{n}", (), False, rounded[first[n] : first[n + 1]])
            for n in range(network.section_count)
        ]
    )


@pytest.mark.parametrize("seed", range(4))
def test_of_streets_on_a_coarse_step_nothing_is_believed_until_fixes_show_where_they_are(seed):
    rng = np.random.default_rng(seed)
    surveyed = town(rng)
    saved = on_steps(surveyed, 0.001)
    x, y = saved.projection.to_metres(*surveyed.projection.to_degrees(*driven(surveyed, rng)))
    misfit = read(saved, x, y)
    assert misfit is not None
    assert misfit.coarse_m == pytest.approx(70.1, abs=0.5)
    assert read(saved, *driven(saved, rng)) is None, (
        "streets that were drawn on such steps are right"
    )
    fine = on_steps(surveyed, 0.0001)
    x, y = fine.projection.to_metres(*surveyed.projection.to_degrees(*driven(surveyed, rng)))
    assert read(fine, x, y) is None


def test_a_coarse_map_that_few_fixes_speak_for_is_not_believed():
    rng = np.random.default_rng(3)
    saved = on_steps(town(rng), 0.001)
    x, y = saved.position(0, np.arange(0.0, 60.0, 10.0))
    misfit = read(saved, x, y)
    assert misfit is not None
    assert misfit.coarse_m > 0.0
    assert read(saved, np.empty(0), np.empty(0)) is None, (
        "without a fix there is nothing to believe"
    )
