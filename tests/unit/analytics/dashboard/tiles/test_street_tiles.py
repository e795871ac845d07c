import math
from dataclasses import replace

import numpy as np
import pytest

from analytics.dashboard.tiles import street_tiles as module
from analytics.dashboard.tiles.street_tiles import MOST_ZOOM, StreetTiles
from tests.fixtures.served_town import TOWN
from tests.fixtures.town import Town, grid, street
from tests.fixtures.vector_tiles import EXTENT, read_back


def place_of(longitude: float, latitude: float, zoom: int) -> tuple[float, float]:
    """Give the tile of a place by the formula of the slippy map, with its share of the tile."""
    across = (longitude + 180) / 360 * 2**zoom
    angle = math.radians(latitude)
    down = (1 - math.log(math.tan(angle) + 1 / math.cos(angle)) / math.pi) / 2 * 2**zoom
    return across, down


def ids_in(tile: bytes, folder) -> list[int]:
    return read_back(tile, folder)[0]["mvt_id"].tolist() if tile else []


@pytest.fixture(scope="module")
def tiles():
    return StreetTiles(TOWN.plan)


@pytest.mark.parametrize("zoom", [11, 14, MOST_ZOOM])
def test_a_street_begins_in_the_tile_where_its_first_point_is(tiles, tmp_path, zoom):
    across, down = place_of(*TOWN.plan.sections[0].coordinates[0], zoom)
    tile = tiles.tile(zoom, int(across), int(down))
    fields, features = read_back(tile, tmp_path)
    [line] = features[fields["mvt_id"].tolist().index(0)]
    drawn = np.array(line)[[0, -1]] / EXTENT + [int(across), int(down)]
    assert np.abs(drawn - [across, down]).max(axis=1).min() <= 1 / EXTENT


def test_what_is_too_short_to_be_seen_is_not_drawn(tiles):
    assert tiles.tile(0, 0, 0) == b""


def test_every_section_is_in_some_tile_of_the_closest_zoom(tiles, tmp_path):
    found = set()
    for section in TOWN.plan.sections:
        for longitude, latitude in section.coordinates:
            across, down = place_of(longitude, latitude, MOST_ZOOM)
            found.update(ids_in(tiles.tile(MOST_ZOOM, int(across), int(down)), tmp_path))
    assert found == {0, 1}


def test_where_there_is_no_street_there_is_nothing(tiles):
    assert tiles.tile(14, 0, 0) == b""


def test_of_too_many_sections_the_longest_are_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_SECTIONS", 1)
    across, down = place_of(*TOWN.plan.sections[0].coordinates[0], 13)
    tile = StreetTiles(TOWN.plan).tile(13, int(across), int(down))
    assert ids_in(tile, tmp_path) == [0]


def test_a_tile_asked_for_again_is_not_made_again_until_there_is_no_room(tiles, monkeypatch):
    across, down = (int(each) for each in place_of(*TOWN.plan.sections[0].coordinates[0], 14))
    own, made = StreetTiles(TOWN.plan), []
    make = own._make
    monkeypatch.setattr(own, "_make", lambda *key: made.append(key) or make(*key))
    assert own.tile(14, across, down) == own.tile(14, across, down) == tiles.tile(14, across, down)
    assert len(made) == 1
    monkeypatch.setattr(module, "MOST_BYTES", 0)
    own.tile(14, across, down)
    own.tile(15, 2 * across, 2 * down)
    own.tile(14, across, down)
    assert [key[0] for key in made] == [14, 15, 14]


def test_a_town_across_the_date_line_is_drawn_on_both_sides(tmp_path):
    town = Town(street("Taveuni", (-5000, 0), (5000, 0)), grids=[grid("G", "07:00-10:00")])
    section = town.plan.sections[0]
    middle = section.coordinates[:, 0].mean()
    moved = section.coordinates.copy()
    moved[:, 0] = (moved[:, 0] - middle + 360.0) % 360.0 - 180.0
    plan = replace(town.plan, sections=(replace(section, coordinates=moved),))
    tiles = StreetTiles(plan)
    down = int(place_of(0, moved[0, 1], 10)[1])
    assert ids_in(tiles.tile(10, 0, down), tmp_path) == [0]
    assert ids_in(tiles.tile(10, 1023, down), tmp_path) == [0]
