"""What the tests ask of a page, through the page's own modules."""

from io import BytesIO

import matplotlib.image
import numpy as np
from playwright.sync_api import Page

MODULES = """async () => {
  const names = ["map", "trucks", "state"];
  const modules = await Promise.all(names.map((name) => import(`/static/${name}.js`)));
  window.seen = Object.fromEntries(names.map((name, i) => [name, modules[i]]));
}"""
IS_DRAWN = """() => {
  const map = window.seen.map.mapView();
  return Boolean(map?.isStyleLoaded() && map.queryRenderedFeatures({ layers: ["streets"] }).length);
}"""
IS_ELSEWHERE = """([id, [x, y]]) => {
  const [u, v] = window.seen.trucks.truckPlaces().get(id) ?? [x, y];
  return Math.hypot(u - x, v - y) > 3;
}"""


def wait_for_map(page: Page) -> None:
    """Wait until streets are drawn."""
    page.evaluate(MODULES)
    page.wait_for_function(IS_DRAWN)


def place_of(page: Page, vehicle: str) -> list[float]:
    """Give where a truck is drawn, in pixels of the map, as soon as it is."""
    page.wait_for_function("id => window.seen.trucks.truckPlaces().has(id)", arg=vehicle)
    return page.evaluate("id => window.seen.trucks.truckPlaces().get(id)", vehicle)


def wait_for_move(page: Page, vehicle: str, before: list[float]) -> None:
    """Wait until a truck is drawn elsewhere."""
    page.wait_for_function(IS_ELSEWHERE, arg=[vehicle, before])


def colours_in(page: Page, selector: str) -> int:
    """Count the colours to be seen in an element."""
    picture = matplotlib.image.imread(BytesIO(page.locator(selector).screenshot()))
    return len(np.unique((picture[..., :3] * 255).astype(np.uint8).reshape(-1, 3), axis=0))


def wait_for_street(page: Page, name: str, state: str) -> None:
    """Wait until a street is drawn in the look of a state."""
    page.wait_for_function(
        """([name, wanted]) => {
          const { map: { mapView }, state: { state } } = window.seen;
          return mapView().queryRenderedFeatures({ layers: ["streets"] }).some((feature) =>
            state.sections.get(feature.id).name === name && feature.properties.state === wanted);
        }""",
        arg=[name, state],
    )


def share_of_colour(page: Page, selector: str, wanted: tuple[int, int, int], off: int = 6) -> float:
    """Tell which share of an element has a colour, each part of it give or take `off`."""
    picture = matplotlib.image.imread(BytesIO(page.locator(selector).screenshot()))
    parts = (picture[..., :3] * 255).round()
    return float((np.abs(parts - wanted).max(axis=-1) <= off).mean())
