// What the sources of the map are filled with: the ground of a plan, streets by state, metres collected.

import { plain } from "../elements/dom.js";
import { sectionStates, servedBySection, state } from "../state/state.js";
import { collection, cutLine, joinLines, lineFeature, pointFeature } from "./line_geometry.js";

/** What the sources hold: section number -> state, and -> collected metres as text. */
let drawnStates = new Map();
let drawnServed = new Map();

export function fill(map, source, data) {
  map.getSource(source)?.setData(data);
}

/** Roads, names, depot and transfer stations: they stay for as long as the plan holds. */
export function drawGround(map) {
  const sections = [...state.sections.values()];
  fill(map, "roads", collection(sections.map(({ number, line }) => lineFeature(number, line))));
  const byName = new Map();
  for (const { name, grids, line } of sections) {
    if (!name || !grids.length) continue;
    if (!byName.has(name)) byName.set(name, []);
    byName.get(name).push(line);
  }
  fill(map, "names", collection([...byName].flatMap(([name, lines]) =>
    joinLines(lines).map((line) => lineFeature(undefined, line, { name: plain(name) })))));
  const { facilities } = state.plan;
  fill(map, "facilities", collection(facilities.map(({ kind, name, longitude, latitude }) =>
    pointFeature(undefined, [longitude, latitude], { kind, name: plain(name) }))));
}

/** Have the next drawing fill the sources anew, whatever they hold. */
export function forgetStreets() {
  drawnStates = new Map();
  drawnServed = new Map();
}

/** Draw the streets as they are in the windows given for the grids. */
export function drawStreets(map, shown) {
  const states = sectionStates(shown);
  update(map, "streets", drawnStates, states, (number, name) =>
    lineFeature(number, state.sections.get(number).line, { state: name }));
  drawnStates = states;
  const pieces = servedBySection(shown);
  const texts = new Map([...pieces].map(([number, flat]) => [number, flat.join()]));
  update(map, "served", drawnServed, texts, (number) => servedFeature(number, pieces.get(number)));
  drawnServed = texts;
}

function servedFeature(number, flat) {
  const { line, length_m } = state.sections.get(number);
  const coordinates = [];
  for (let i = 0; i < flat.length; i += 2) {
    coordinates.push(cutLine(line, length_m, flat[i], flat[i + 1]));
  }
  return {
    type: "Feature", id: number, properties: {}, geometry: { type: "MultiLineString", coordinates },
  };
}

/** Hand over only what changed, unless nothing is drawn yet. */
function update(map, source, before, after, feature) {
  if (!before.size) {
    fill(map, source, collection([...after].map(([number, value]) => feature(number, value))));
    return;
  }
  const add = [];
  for (const [number, value] of after) {
    if (before.get(number) !== value) add.push(feature(number, value));
  }
  const remove = [...before.keys()].filter((number) => !after.has(number));
  if (add.length || remove.length) map.getSource(source)?.updateData({ add, remove });
}
