import numpy as np
import pytest

from geofence.streetmap.vector.datum_guess import by_fixes, by_streets, is_in_china, to_wgs84
from ingest.datum import Datum, gcj02_to_bd09, wgs84_to_gcj02


def crooked(lines=24, seed=7):
    """Give a town of crooked streets: places, and the street of each."""
    noise = np.random.default_rng(seed)
    spots = []
    for k in range(lines):
        along = np.linspace(113.78, 113.82, 40)
        across = 33.98 + 0.04 * k / lines + np.cumsum(noise.normal(0, 4e-5, 40))
        across += noise.uniform(0, 1e-3)
        pair = (along, across) if k % 2 else (across + 79.8, along - 79.8)
        spots.append(np.stack(pair, axis=1))
    return np.concatenate(spots), np.repeat(np.arange(lines), 40)


def blocks(size_deg=0.001):
    """Give a chequerboard, which fits itself when moved by a block."""
    at = np.arange(113.78, 113.82, size_deg)
    spots, owner = [], []
    for k, value in enumerate(at):
        spots += [[113.78, value - 79.8], [113.82, value - 79.8]]
        spots += [[value, 33.98], [value, 34.02]]
        owner += [2 * k, 2 * k, 2 * k + 1, 2 * k + 1]
    return np.array(spots), np.array(owner)


def shifted(spots, datum):
    longitude, latitude = spots.T
    if datum is not Datum.WGS84:
        longitude, latitude = wgs84_to_gcj02(longitude, latitude)
    if datum is Datum.BD09:
        longitude, latitude = gcj02_to_bd09(longitude, latitude)
    return np.stack([longitude, latitude], axis=1)


@pytest.mark.parametrize("datum", list(Datum))
def test_lines_of_a_datum_are_taken_back_to_wgs_84(datum):
    spots, _ = crooked()
    assert to_wgs84(shifted(spots, datum), datum) == pytest.approx(spots, abs=1e-9)


@pytest.mark.parametrize("datum", list(Datum))
def test_the_datum_is_the_one_that_brings_lines_onto_the_map(datum):
    spots, owner = crooked()
    drawn = spots + np.random.default_rng(1).normal(0, 3e-5, spots.shape)
    guess = by_streets(shifted(drawn, datum), owner, spots, owner)
    assert (guess.datum, guess.is_sure) == (datum, True)
    assert f"m as {datum}" in guess.evidence


@pytest.mark.parametrize("datum", list(Datum))
def test_a_map_that_has_half_of_the_streets_and_others_will_do(datum):
    spots, owner = crooked()
    elsewhere, _ = crooked(seed=99)
    known = np.where((owner % 3 > 0)[:, None], spots, elsewhere)
    guess = by_streets(shifted(spots, datum), owner, known, owner)
    assert (guess.datum, guess.is_sure) == (datum, True)


@pytest.mark.parametrize("datum", list(Datum))
def test_the_datum_is_found_by_fixes_of_a_fleet_with_their_errors(datum):
    spots, owner = crooked()
    noise = np.random.default_rng(2)
    fixes = spots[::3] + noise.normal(0, 6e-5, spots[::3].shape)
    parked = np.tile([[113.7811, 33.9911]], (5000, 1)) + noise.normal(0, 2e-5, (5000, 2))
    guess = by_fixes(shifted(spots, datum), owner, np.concatenate([fixes, parked]))
    assert (guess.datum, guess.is_sure) == (datum, True)


def test_streets_of_another_town_tell_nothing():
    spots, owner = crooked()
    guess = by_streets(spots, owner, spots + 1.0, owner)
    assert (guess.datum, guess.is_sure) == (Datum.WGS84, False)
    assert "only 0 squares" in guess.evidence


def test_other_streets_of_the_same_town_make_nobody_sure():
    spots, owner = crooked()
    middle, turn = np.array([113.8, 34.0]), np.radians(40)
    way = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    other = (crooked(seed=31)[0] - middle) @ way + middle
    assert not by_streets(spots, owner, other, owner).is_sure


def test_few_fixes_tell_nothing():
    spots, owner = crooked()
    assert not by_fixes(spots, owner, spots[:8]).is_sure
    assert not by_fixes(spots, owner, np.full((5, 2), np.nan)).is_sure
    assert by_fixes(spots, owner, np.empty((0, 2))).evidence == ""


@pytest.mark.parametrize("datum", list(Datum))
def test_of_a_chequerboard_nothing_false_is_believed(datum):
    spots, owner = blocks()
    drawn = spots + np.random.default_rng(3).normal(0, 3e-5, spots.shape)
    guess = by_streets(shifted(drawn, datum), owner, spots, owner)
    assert guess.datum is datum or not guess.is_sure


def test_maps_are_shifted_in_china_only():
    assert is_in_china(np.array([[113.8, 34.0]]))
    assert not is_in_china(np.array([[-54.6, -20.4]]))
