import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.matching.candidates import build_buckets
from geofence.network.network import Network, build_network
from geofence.network.projection import LocalProjection
from geofence.plan.plan import Section
from geofence.seen.datum_fault import DatumReading, read_datum

HERE = LocalProjection(113.3, 40.08)
EAST_M, NORTH_M = 520.0, 140.0


def town(rng: np.random.Generator, streets: int = 40) -> Network:
    """Streets that lie as they please: moved by any vector they do not fit themselves."""
    ends = rng.uniform(0, 3000, (streets, 2))
    lines = ends[:, None] + np.stack(
        [np.zeros((streets, 2)), rng.uniform(-900, 900, (streets, 2))], 1
    )
    return build_network(
        [
            Section(f"s{number}", f"街{number}", (), False, np.stack(HERE.to_degrees(*line.T), 1))
            for number, line in enumerate(lines)
        ]
    )


def _same(longitude, latitude):
    return longitude, latitude


def driven(network: Network, sigma_m: float, rng: np.random.Generator, per_street: int = 40):
    """Fixes along every second street, in local metres."""
    places = [
        network.position(section, np.linspace(0, network.section_length_m[section], per_street))
        for section in range(0, network.section_count, 2)
    ]
    x, y = (np.concatenate(half) for half in zip(*places, strict=True))
    return x + rng.normal(0, sigma_m, len(x)), y + rng.normal(0, sigma_m, len(x))


def read(network: Network, x: np.ndarray, y: np.ndarray) -> DatumReading:
    """What is said if the datum would move fixes by a constant vector."""
    to_degrees, to_metres = network.projection.to_degrees, network.projection.to_metres

    def convert(longitude, latitude):
        east_m, north_m = to_metres(longitude, latitude)
        return to_degrees(east_m - EAST_M, north_m - NORTH_M)

    return read_datum(
        to_degrees(x, y),
        {"gcj02": convert},
        network,
        build_buckets(network),
    )


@pytest.mark.parametrize("sigma_m", [4.0, 20.0])
def test_fixes_that_lie_on_streets_once_converted_are_in_the_other_datum(sigma_m):
    rng = np.random.default_rng(1)
    network = town(rng)
    x, y = driven(network, sigma_m, rng)
    found = read(network, x + EAST_M, y + NORTH_M)
    assert found.datum == "gcj02"
    assert found.converted_m < sigma_m + 3 < found.sent_m
    assert found.shift_m == pytest.approx(np.hypot(EAST_M, NORTH_M), abs=1)


@pytest.mark.parametrize("sigma_m", [0.0, 4.0, 20.0])
def test_sound_fixes_are_not_accused(sigma_m):
    rng = np.random.default_rng(2)
    network = town(rng)
    assert read(network, *driven(network, sigma_m, rng)).datum is None


def test_a_sound_truck_partly_off_the_network_is_not_accused():
    rng = np.random.default_rng(3)
    network = town(rng)
    x, y = driven(network, 20.0, rng)
    away = rng.uniform(-4000, 7000, (2, 2 * len(x)))
    assert read(network, np.append(x, away[0]), np.append(y, away[1])).datum is None


def test_a_shifted_truck_partly_off_the_network_is_found():
    rng = np.random.default_rng(4)
    network = town(rng)
    x, y = driven(network, 10.0, rng)
    away = rng.uniform(-4000, 0, (2, len(x) // 20))
    x, y = np.append(x, away[0]) + EAST_M, np.append(y, away[1]) + NORTH_M
    assert read(network, x, y).datum == "gcj02"


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
    rng = np.random.default_rng(5)
    x, y = driven(grid, 2.0, rng, per_street=200)
    inner = np.hypot(x, y) < 600  # moved, they still are on the grid
    x, y = x[inner], y[inner]
    assert read(grid, x + EAST_M, y + NORTH_M).datum is None


def test_a_truck_that_stood_still_proves_nothing():
    network = town(np.random.default_rng(6))
    x, y = np.full(500, 100.0), np.full(500, 100.0)
    found = read(network, x, y)
    assert (found.datum, found.cells) == (None, 1)


def test_where_no_datum_moves_positions_nothing_is_said():
    rng = np.random.default_rng(7)
    network = town(rng)
    sent = network.projection.to_degrees(*driven(network, 4.0, rng))
    found = read_datum(sent, {"gcj02": _same, "bd09": _same}, network, build_buckets(network))
    assert (found.datum, found.shift_m) == (None, 0.0)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), repeated=st.integers(0, 800))
def test_order_and_repetition_change_nothing(seed, repeated):
    rng = np.random.default_rng(8)
    network = town(rng)
    x, y = driven(network, 15.0, rng)
    x, y = x + EAST_M, y + NORTH_M
    order = np.random.default_rng(seed).permutation(
        np.append(np.arange(len(x)), np.arange(repeated) % len(x))
    )
    assert read(network, x[order], y[order]) == read(network, x, y)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), sigma_m=st.floats(0, 20))
def test_no_sound_truck_of_any_town_is_accused(seed, sigma_m):
    rng = np.random.default_rng(seed)
    network = town(rng)
    assert read(network, *driven(network, sigma_m, rng)).datum is None
