// What the sources of the map are filled with; a change hands over only what it changed.

import { plain } from "../../elements/dom.js";
import { collection, joinLines, lineFeature, pointFeature } from "../../map/line_geometry.js";
import { chosenSections, sectionsByName, state } from "../state/state.js";
import { gridColour } from "./colours.js";

const NAMES_PAUSE_MS = 400;
let marked = new Set();
let places = new Map();
let namesTimer = 0;

export function fill(map, source, features) {
  map.getSource(source)?.setData(collection(features));
}

function properties({ id, grids, oneway }) {
  const told = { id, oneway, grids: grids.length ? `|${grids.join("|")}|` : "" };
  for (const theme of ["dark", "light"]) {
    grids.slice(0, 2).forEach((grid, i) => {
      told[i ? `${theme}2` : theme] = gridColour(places.get(grid) ?? 0, theme);
    });
  }
  return told;
}

const feature = (section) => lineFeature(undefined, section.line, properties(section));

export function drawAllSections(map) {
  places = new Map(state.tables.grids.map(({ id }, place) => [id, place]));
  marked = new Set();
  fill(map, "streets", [...state.sections.values()].map(feature));
  drawNames(map);
}

/** Draw what a change did. */
export function drawSections(map, { lost, come }) {
  const add = come.map(({ id }) => feature(state.sections.get(id)));
  map.getSource("streets")?.updateData({ remove: lost, add });
  for (const id of lost) {
    map.removeFeatureState({ source: "streets", id });
    marked.delete(id);
  }
  clearTimeout(namesTimer);
  namesTimer = setTimeout(() => drawNames(map), NAMES_PAUSE_MS);
}

function drawNames(map) {
  fill(map, "names", [...sectionsByName()].flatMap(([name, sections]) =>
    [true, false].flatMap((isServed) => {
      const lines = sections.filter(({ grids }) => grids.length > 0 === isServed).map(({ line }) => line);
      return joinLines(lines).map((line) => lineFeature(undefined, line, { name: plain(name), isServed }));
    })));
}

export function drawGrid(map) {
  map.setFilter("of-grid", state.grid === null
    ? ["==", ["get", "grids"], "\n"] : ["in", `|${state.grid}|`, ["get", "grids"]]);
}

export function markChosen(map) {
  for (const id of marked) {
    if (!state.chosen.has(id)) map.setFeatureState({ source: "streets", id }, { chosen: false });
  }
  for (const id of state.chosen) {
    if (!marked.has(id)) map.setFeatureState({ source: "streets", id }, { chosen: true });
  }
  marked = new Set(state.chosen);
  drawMark(map, null);
}

/** The ends of what is chosen, which must meet to be joined, and the place of a cut. */
export function drawMark(map, cut) {
  const few = state.chosen.size <= 50 ? chosenSections() : [];
  const ends = few.flatMap(({ line }) => [line[0], line.at(-1)]).map((at) =>
    pointFeature(undefined, at, { kind: "end" }));
  fill(map, "mark", cut ? [...ends, pointFeature(undefined, cut, { kind: "cut" })] : ends);
}
