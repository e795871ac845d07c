"""Leaving hopeless pairs of states out must not change what comes of the search."""

import numpy as np
import pytest

import geofence.matching.matcher
from geofence.matching.matcher import Matcher
from geofence.matching.settings import MatchSettings
from geofence.matching.viterbi import Lattice, decide, search
from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from geofence.track.track import NOT_REPORTED, Fixes, Track, build_track
from tests.fixtures.lattice import lattice as lattice_town

EVERYTHING = 1e9
"""A margin within which every pair lies."""


def wandering(network: Network, seed: int, sigma_m: float) -> Track:
    """A truck that drives along a lattice of streets, seen with errors."""
    rng = np.random.default_rng(seed)
    corners = [np.array([200.0, 200.0])]
    for _ in range(12):
        corners.append(
            np.clip(corners[-1] + 100.0 * rng.permutation([rng.choice([-1, 1]), 0]), 0, 400)
        )
    x, y = (np.interp(np.arange(0, 12, 0.4), np.arange(13), axis) for axis in np.array(corners).T)
    count = len(x)
    unknown = np.full(count, np.nan)
    fixes = Fixes(
        time_ms=np.arange(count) * 10_000,
        x=x + np.mean(network.node_x) - 200.0 + rng.normal(0, sigma_m, count),
        y=y + np.mean(network.node_y) - 200.0 + rng.normal(0, sigma_m, count),
        speed_mps=np.full(count, 4.0),
        heading_deg=unknown,
        accuracy_m=np.full(count, sigma_m),
        working=np.full(count, NOT_REPORTED, dtype=np.int8),
        tasks=np.full(count, NOT_REPORTED, dtype=np.int32),
        satellites=np.full(count, NOT_REPORTED, dtype=np.int16),
    )
    return build_track(fixes, ServiceRules())


def searched(monkeypatch: pytest.MonkeyPatch, seed: int, sigma_m: float) -> tuple[Lattice, Lattice]:
    """What the search finds with the usual margin and with none left out."""
    found: list[tuple[Lattice, Lattice]] = []

    def record(*arguments):
        usual = search(*arguments)
        found.append((usual, search(*arguments[:-1], EVERYTHING)))
        return usual

    monkeypatch.setattr(geofence.matching.matcher, "search", record)
    network = lattice_town(seed)
    Matcher(network).match(wandering(network, seed, sigma_m))
    return found[0]


@pytest.mark.parametrize("sigma_m", [5.0, 25.0])
@pytest.mark.parametrize("seed", range(5))
def test_the_chains_are_those_found_without_leaving_anything_out(monkeypatch, seed, sigma_m):
    usual, whole = searched(monkeypatch, seed, sigma_m)
    assert (usual.before >= 0).sum() > 20
    for field in ("first", "active", "forward", "back", "before", "anchor", "pair_first"):
        assert np.array_equal(getattr(usual, field), getattr(whole, field)), field
    assert np.array_equal(decide(usual)[0], decide(whole)[0])


@pytest.mark.parametrize("seed", range(5))
def test_every_rival_within_the_margin_is_there_at_its_cost(monkeypatch, seed):
    usual, whole = searched(monkeypatch, seed, 25.0)
    assert np.isinf(usual.pair).sum() > np.isinf(whole.pair).sum()
    onward = decide(whole)[1]
    chosen, usual_onward = decide(usual)
    margin = MatchSettings().denial_margin
    for i in np.flatnonzero(whole.before >= 0):
        before, after = (slice(*whole.first[k : k + 2]) for k in (whole.before[i], i))
        shape = (before.stop - before.start, after.stop - after.start)
        part = slice(whole.pair_first[i], whole.pair_first[i] + shape[0] * shape[1])
        pair = whole.pair[part].reshape(shape)
        cost = whole.forward[before, None] + pair + onward[after]
        usual_pair = usual.pair[part].reshape(shape)
        usual_cost = usual.forward[before, None] + usual_pair + usual_onward[after]
        least = cost[chosen[whole.before[i]] - before.start, chosen[i] - after.start]
        near = cost <= least + margin
        assert near.any()
        assert np.array_equal(usual_cost[near], cost[near])
        assert (usual_cost[~near] > least + margin).all()
