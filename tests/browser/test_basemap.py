"""A basemap from a PMTiles file lies below the streets, in either look."""

import pytest

from tests.fixtures.operations import operations
from tests.fixtures.page_facts import share_of_colour, wait_for_map
from tests.fixtures.pmtiles_files import write_raster, write_vector

STARTS_AT = "09:20"


@pytest.fixture(params=[write_vector, write_raster])
def running(request, tmp_path):
    path = request.param(tmp_path / "ground.pmtiles")
    with operations(tmp_path, STARTS_AT, "--basemap", str(path)) as started:
        started.is_vector = request.param is write_vector
        yield started


def test_the_ground_is_that_of_the_file_and_its_makers_are_named(page, running, shoot):
    page.goto(running.url)
    wait_for_map(page)
    page.wait_for_function("() => window.seen.map.mapView().areTilesLoaded()")
    page.wait_for_timeout(500)
    assert page.locator("#attribution").inner_text() == "© 示例 contributors"
    water, red = (16, 38, 58), (75, 32, 38)
    assert share_of_colour(page, "#map", water if running.is_vector else red) > 0.3
    shoot(f"basemap_{'vector' if running.is_vector else 'raster'}")
    page.locator("#theme").click()
    page.wait_for_function("() => window.seen.map.mapView().areTilesLoaded()")
    page.wait_for_timeout(500)
    if running.is_vector:
        assert share_of_colour(page, "#map", (211, 229, 242)) > 0.3
