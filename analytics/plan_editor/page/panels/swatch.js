// The colour of a grid, as on the map.

import { el } from "../../elements/dom.js";
import { currentTheme } from "../../elements/theme.js";
import { gridColour } from "../map/colours.js";
import { state } from "../state/state.js";

export function swatch(id) {
  const place = state.tables.grids.findIndex((grid) => grid.id === id);
  const node = el("span", { class: "swatch", "aria-hidden": "true" });
  node.style.background = gridColour(Math.max(0, place), currentTheme());
  return node;
}
