"""A town across 180°: the pages open on it in one piece, its trucks on its streets."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ingest.log.batch import batches_of
from ingest.log.pinglog import open_log
from tests.fixtures.operations import GRIDS, TRUCK, Operations, arrivals, at, write_plan
from tests.fixtures.page_facts import place_of, wait_for_map

MIDDLE_DEG = 113.3
"""Where the sample town lies, which is moved."""


def moved(longitude):
    """To 180°, in degrees from -180 to 180."""
    return (np.asarray(longitude) - MIDDLE_DEG) % 360.0 - 180.0


def write_moved_plan(folder):
    write_plan(folder)
    file = folder / "streets.geojson"
    streets = json.loads(file.read_text("utf-8"))
    for feature in streets["features"]:
        line = np.array(feature["geometry"]["coordinates"])
        line[:, 0] = moved(line[:, 0])
        feature["geometry"]["coordinates"] = line.tolist()
    file.write_text(json.dumps(streets), "utf-8")
    file = folder / "facilities.geojson"
    facilities = json.loads(file.read_text("utf-8"))
    for feature in facilities["features"]:
        longitude, latitude = feature["geometry"]["coordinates"]
        feature["geometry"]["coordinates"] = [float(moved(longitude)), latitude]
    file.write_text(json.dumps(facilities), "utf-8")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("date-line")
    write_moved_plan(folder)
    pings: pd.DataFrame = arrivals()[arrivals()["received_time"] < at("09:20")]
    operations = Operations(folder)
    with open_log(operations.database) as log:
        for batch in batches_of(pings.assign(longitude=moved(pings["longitude"])), ()):
            log.write(batch)
    operations.start()
    yield operations
    operations.stop()


SIDES = """() => {
  const map = window.seen.map.mapView();
  const bounds = map.getBounds();
  const lines = [...window.seen.state.state.sections.values()].map(({ line }) => line);
  return {
    wide: bounds.getEast() - bounds.getWest(),
    longest: Math.max(...lines.map((line) =>
      Math.max(...line.map(([x]) => x)) - Math.min(...line.map(([x]) => x)))),
    middle: map.getCenter().lng,
  };
}"""


def test_the_page_opens_on_the_town_and_not_on_the_whole_world(page, running, shoot):
    page.goto(running.url)
    wait_for_map(page)
    seen = page.evaluate(SIDES)
    assert seen["wide"] < 1.0
    assert seen["longest"] < 0.1
    assert abs(seen["middle"]) > 179.0
    shoot("date-line")


@pytest.mark.parametrize("side_deg", [-0.02, 0.02])
def test_trucks_are_drawn_on_whichever_side_the_map_has_its_middle(page, running, side_deg):
    page.goto(f"{running.url}/#/vehicle/{TRUCK}")
    wait_for_map(page)
    x, y = place_of(page, TRUCK)
    page.evaluate(
        """(side) => {
          const map = window.seen.map.mapView();
          map.jumpTo({ center: [180 + side, map.getCenter().lat], zoom: 12 });
        }""",
        side_deg,
    )
    page.wait_for_function(
        "([id, x]) => Math.abs((window.seen.trucks.truckPlaces().get(id)?.[0] ?? x) - x) > 1",
        arg=[TRUCK, x],
    )
    box = page.locator("#map").bounding_box()
    x, y = place_of(page, TRUCK)
    assert 0 < x < box["width"]
    assert 0 < y < box["height"]


def test_a_grid_is_found_where_it_lies(page, running):
    page.goto(f"{running.url}/#/grid/{GRIDS[0]}")
    wait_for_map(page)
    page.wait_for_function("() => window.seen.map.mapView().getZoom() > 11")
    assert abs(page.evaluate(SIDES)["middle"]) > 179.0


@pytest.fixture
def editing(tmp_path):
    write_moved_plan(tmp_path)
    command = [sys.executable, "-m", "pingcheng", "plan", "edit", str(tmp_path / "plan.toml")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().strip()
    process.kill()
    process.communicate()


SEEN = """async () => {
  const own = (name) => import(new URL(`static/editor/${name}.js`, document.baseURI).href);
  const [map, plan] = [await own("map/map"), await own("state/state")];
  window.seen = { map, state: plan };
}"""
ACROSS = """() => {
  const all = [...window.seen.state.state.sections.values()];
  const places = all.map(({ id, line }) => ({ id, at: line[0].map((x, k) =>
    (x + line[1][k]) / 2), east: Math.max(...line.map(([x]) => x)) }));
  return places.sort((a, b) => b.east - a.east)[0];
}"""


def test_the_editor_opens_on_the_town_and_cuts_a_street_beyond_180(page, editing):
    page.goto(editing)
    page.evaluate(SEEN)
    page.wait_for_function("() => window.seen.map.mapView()?.getZoom() > 9")
    seen = page.evaluate(SIDES)
    assert seen["wide"] < 1.0
    assert seen["longest"] < 0.1
    across = page.evaluate(ACROSS)
    assert across["east"] > 180.0
    page.evaluate(
        "(center) => window.seen.map.mapView().jumpTo({ center, zoom: 17 })", across["at"]
    )
    page.wait_for_function(
        """() => {
          const map = window.seen.map.mapView();
          const { x, y } = map.project(map.getCenter());
          const near = [[x - 5, y - 5], [x + 5, y + 5]];
          return map.queryRenderedFeatures(near, { layers: ["streets", "roads"] }).length > 0;
        }"""
    )
    box = page.locator("#map canvas").first.bounding_box()
    page.locator("[data-tool=cut]").click()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("() => window.seen.state.state.status.undo?.title === 'cut'")
    assert page.evaluate("() => window.seen.state.state.sections.size") == (
        page.evaluate("() => window.seen.state.state.plan.sections.length + 1")
    )
