"""The notice's 57 grids against a town drawn for them: each mention is found, or told why not."""

import pytest

from geofence.locating.locate import locate
from geofence.locating.resolution import Located, UnlocatedReason
from geofence.streetmap.osm import read_osm
from geofence.streetmap.street_map import StreetMap
from tests.fixtures.drawn_map import drawn_pieces, off_m
from tests.fixtures.drawn_osm import write_drawn
from tests.fixtures.notice_town import build_town, grids

TOWN = build_town()
MENTIONS = sorted({mention for grid in grids() for mention in grid.streets})


@pytest.fixture(scope="module")
def street_map(tmp_path_factory) -> StreetMap:
    path = tmp_path_factory.mktemp("town") / "town.osm"
    return read_osm(write_drawn(path, TOWN.roads, TOWN.places))


@pytest.fixture(scope="module")
def located(street_map) -> Located:
    return locate(street_map, grids())


def test_each_mention_of_each_grid_has_one_resolution_in_the_order_of_the_plan(located):
    mentioned = [(grid.id, mention) for grid in grids() for mention in grid.streets]
    assert [(each.grid_id, each.mention) for each in located.resolutions] == mentioned
    assert len({each.grid_id for each in located.resolutions}) == 57


@pytest.mark.parametrize("mention", MENTIONS)
def test_a_mention_means_what_the_town_was_drawn_for(mention, street_map, located):
    kind, truth = TOWN.truth[mention]
    for resolution in located.resolutions:
        if resolution.mention != mention:
            continue
        if isinstance(truth, UnlocatedReason):
            assert resolution.reason is truth
            assert not resolution.pieces
            assert resolution.detail
        else:
            assert resolution.reason is None, resolution.detail
            assert off_m(drawn_pieces(street_map, resolution.pieces), truth) < 1.0
        assert resolution.kind is kind
