// The map: loaded, made, and kept up with the state, the address, the theme and the language.

import { currentTheme, onTheme } from "../elements/theme.js";
import { onLanguage } from "../language/words.js";
import { currentRoute, go, onRoute } from "../state/route.js";
import { alongside } from "../state/longitude.js";
import { listen, state } from "../state/state.js";
import { flyTo, flyToVehicle, lookAt, wantVehicle } from "./camera.js";
import { chosenLines, currentChoice, drawnWindows, takeChoice } from "./choice.js";
import { addImages } from "./images.js";
import { boundsOf, collection, lineFeature } from "./line_geometry.js";
import { loadLibrary, newMap, sayAttribution, sayNoMap } from "./library.js";
import { coarsenWhileMoving, isDrawnBySoftware } from "./software_drawing.js";
import { drawGround, drawStreets, fill, forgetStreets } from "./sources.js";
import { mapStyle } from "./style.js";
import { chooseTruck, drawTrucksSoon, startTrucks, truckAt } from "./trucks.js";

/** Streets may follow a little later than trucks, which follow at once. */
const STREETS_EVERY_MS = 1_000;

let map = null;
let ready = false;
let tries = 0;
let seenGround = false;
let evidence = collection([]);
let dirtyStreets = false;

/** Begin to draw; what cannot be drawn (no WebGL, no library) is said, and the lists go on. */
export async function startMap() {
  tries += 1;
  try {
    const library = await loadLibrary(tries);
    makeMap(library);
  } catch (fault) {
    sayNoMap(fault.message);
    tryAgainOnceConnected();
  }
}

function tryAgainOnceConnected() {
  if (tries > 1) return;
  listen("connection", () => {
    if (map || state.lost) return;
    document.body.classList.remove("no-map");
    document.getElementById("map-note").hidden = true;
    startMap();
  });
}

/** The map itself, for those who test it; null until it is made. */
export function mapView() {
  return map;
}

function makeMap(library) {
  map = newMap(library, mapStyle(currentTheme(), state.plan?.basemap));
  map.on("style.load", () => {
    addImages(map);
    ready = true;
    drawAll();
  });
  map.on("click", chooseUnder);
  map.on("mousemove", ({ point }) => {
    map.getCanvas().style.cursor = truckAt(point) || streetAt(point) ? "pointer" : "";
  });
  startTrucks(map);
  if (isDrawnBySoftware(map)) coarsenWhileMoving(map);
  listen("plan", () => {
    seenGround = false;
    sayAttribution(state.plan?.basemap);
    if (Boolean(state.plan.basemap) !== Boolean(map.getStyle()?.sources.basemap)) setStyle();
    else drawAll();
  });
  sayAttribution(state.plan?.basemap);
  listen("state", drawAll);
  listen("windows streets served", () => { dirtyStreets = true; });
  listen("vehicles clock", showTrucks);
  onRoute(choose);
  onTheme(setStyle);
  onLanguage(drawTrucksSoon);
  setInterval(() => { if (dirtyStreets) showStreets(); }, STREETS_EVERY_MS);
  choose(currentRoute());
}

/** Draw with another look; `style.load` fills the sources again. */
function setStyle() {
  ready = false;
  map.setStyle(mapStyle(currentTheme(), state.plan?.basemap), { diff: false });
}

function drawAll() {
  if (!ready || !state.plan) return;
  drawGround(map);
  if (!seenGround) {
    seenGround = true;
    lookAt(map, boundsOf(chosenLines()) ?? state.plan.bounds);
  }
  forgetStreets();
  showStreets();
  showChoice();
  fill(map, "evidence", evidence);
  showTrucks();
}

function showStreets() {
  dirtyStreets = false;
  if (ready && state.plan) drawStreets(map, drawnWindows());
}

function showTrucks() {
  drawTrucksSoon();
  flyToVehicle(map);
}

function choose(route) {
  const before = currentChoice();
  const choice = takeChoice(route);
  if (choice.vehicle !== before.vehicle) wantVehicle(choice.vehicle);
  chooseTruck(choice.vehicle);
  if (!ready || !state.plan) return;
  showStreets();
  showChoice();
  const moved = choice.grid !== before.grid || choice.street !== before.street;
  if (moved && choice.grid) flyTo(map, boundsOf(chosenLines()));
}

function showChoice() {
  const lines = currentChoice().grid ? chosenLines() : [];
  fill(map, "chosen", collection(lines.map((line) => lineFeature(undefined, line))));
}

/** Put the evidence of a street on the map; null takes it away. */
export function showEvidence(features) {
  evidence = collection((features?.features ?? []).map(asideOf));
  if (ready) fill(map, "evidence", evidence);
}

function asideOf(feature) {
  const { geometry } = feature;
  if (!geometry) return feature;
  return { ...feature, geometry: { ...geometry, coordinates: alongside(geometry.coordinates) } };
}

function streetAt({ x, y }) {
  if (!ready) return undefined;
  return map.queryRenderedFeatures([[x - 5, y - 5], [x + 5, y + 5]], { layers: ["streets"] })[0];
}

function chooseUnder(event) {
  const truck = truckAt(event.point);
  if (truck) return go("vehicle", truck);
  const street = streetAt(event.point);
  if (!street) return undefined;
  const { name, grids } = state.sections.get(street.id);
  const shown = drawnWindows();
  const grid = grids.find((id) => shown.has(id)) ?? grids[0];
  const window = shown.get(grid)?.window;
  return window ? go("grid", grid, window, name) : go("grid", grid);
}
