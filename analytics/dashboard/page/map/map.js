// The map: streets by state, collected metres, trucks, evidence.

import { currentTheme, onTheme } from "../elements/theme.js";
import { onLanguage, word } from "../language/words.js";
import { currentRoute, go, onRoute } from "../state/route.js";
import { listen, sectionStates, servedBySection, shownWindows, state } from "../state/state.js";
import { addImages } from "./images.js";
import {
  boundsOf, collection, cutLine, joinLines, lineFeature, pointFeature,
} from "./line_geometry.js";
import { coarsenWhileMoving, isDrawnBySoftware } from "./software_drawing.js";
import { mapStyle } from "./style.js";
import { chooseTruck, drawTrucksSoon, startTrucks, truckAt } from "./trucks.js";

/** Streets may follow a little later than trucks, which follow at once. */
const STREETS_EVERY_MS = 1_000;

let map = null;
let ready = false;
let tries = 0;
let seenGround = false;
/** What the sources hold: section number -> state, and -> collected metres as text. */
let drawnStates = new Map();
let drawnServed = new Map();
let evidence = collection([]);
let choice = { grid: null, window: null, street: null, vehicle: null };
let dirtyStreets = false;
/** A vehicle to fly to once it is known where it is. */
let flyingTo = null;

/** Begin to draw; what cannot be drawn (no WebGL, no library) is said, and the lists go on. */
export async function startMap() {
  tries += 1;
  try {
    // a browser keeps in mind that a module did not load: another try needs another address
    const again = tries > 1 ? `?try=${tries}` : "";
    const library = await import(`../vendor/maplibre-gl.mjs${again}`);
    await addSheet("/static/vendor/maplibre-gl.css");
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

/** The library's own style sheet, which the lists need not wait for. */
function addSheet(href) {
  return new Promise((resolve, reject) => {
    const sheet = document.createElement("link");
    sheet.addEventListener("load", resolve);
    sheet.addEventListener("error", () => reject(new Error(href)));
    sheet.rel = "stylesheet";
    sheet.href = href;
    document.head.prepend(sheet);
  });
}

/** The map itself, for those who test it; null until it is made. */
export function mapView() {
  return map;
}

function sayNoMap(text) {
  const note = document.getElementById("map-note");
  note.textContent = word("no_map", { text });
  note.hidden = false;
  document.body.classList.add("no-map");
}

function makeMap(library) {
  map = new library.Map({
    container: "map",
    style: mapStyle(currentTheme(), state.plan?.basemap),
    center: [0, 0],
    zoom: 2,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: 0,
    maxPitch: 0,
    localIdeographFontFamily: false,
    canvasContextAttributes: { antialias: false },
    locale: { "Map.Title": word("map") },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new library.ScaleControl({ maxWidth: 80 }), "bottom-right");
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
    sayAttribution();
    if (Boolean(state.plan.basemap) !== Boolean(map.getStyle()?.sources.basemap)) setStyle();
    else drawAll();
  });
  sayAttribution();
  listen("state", drawAll);
  listen("windows streets served", () => { dirtyStreets = true; });
  listen("vehicles clock", showTrucks);
  onRoute(choose);
  onTheme(setStyle);
  onLanguage(drawTrucksSoon);
  setInterval(() => { if (dirtyStreets) drawStreets(); }, STREETS_EVERY_MS);
  choose(currentRoute());
}

/** Draw with another look; `style.load` fills the sources again. */
function setStyle() {
  ready = false;
  map.setStyle(mapStyle(currentTheme(), state.plan?.basemap), { diff: false });
}

/** Whose data the basemap is; as text, whatever the file says. */
function sayAttribution() {
  const note = document.getElementById("attribution");
  note.textContent = state.plan?.basemap?.attribution ?? "";
  note.hidden = !note.textContent;
}

function fill(source, data) {
  map.getSource(source)?.setData(data);
}

function drawAll() {
  if (!ready || !state.plan) return;
  drawGround();
  drawnStates = new Map();
  drawnServed = new Map();
  drawStreets();
  drawChoice();
  fill("evidence", evidence);
  showTrucks();
}

function drawGround() {
  const sections = [...state.sections.values()];
  fill("roads", collection(sections.map(({ number, line }) => lineFeature(number, line))));
  const byName = new Map();
  for (const { name, grids, line } of sections) {
    if (!name || !grids.length) continue;
    if (!byName.has(name)) byName.set(name, []);
    byName.get(name).push(line);
  }
  fill("names", collection([...byName].flatMap(([name, lines]) =>
    joinLines(lines).map((line) => lineFeature(undefined, line, { name })))));
  fill("facilities", collection(state.plan.facilities.map(({ kind, name, longitude, latitude }) =>
    pointFeature(undefined, [longitude, latitude], { kind, name }))));
  if (!seenGround) {
    seenGround = true;
    const chosen = boundsOf(chosenLines());
    map.fitBounds(chosen ?? state.plan.bounds, { padding: margins(), animate: false, maxZoom: 16 });
  }
}

/** The windows to draw: of each grid the one that stands for it, of a chosen grid the chosen. */
function drawnWindows() {
  const shown = shownWindows();
  const chosen = state.windows.get(`${choice.grid}|${choice.window}`);
  if (chosen) shown.set(choice.grid, chosen);
  return shown;
}

function drawStreets() {
  dirtyStreets = false;
  if (!ready || !state.plan) return;
  const shown = drawnWindows();
  const states = sectionStates(shown);
  update("streets", drawnStates, states, (number, name) =>
    lineFeature(number, state.sections.get(number).line, { state: name }));
  drawnStates = states;
  const pieces = servedBySection(shown);
  const texts = new Map([...pieces].map(([number, flat]) => [number, flat.join()]));
  update("served", drawnServed, texts, (number) => servedFeature(number, pieces.get(number)));
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
function update(source, before, after, feature) {
  if (!before.size) {
    fill(source, collection([...after].map(([number, value]) => feature(number, value))));
    return;
  }
  const add = [];
  for (const [number, value] of after) {
    if (before.get(number) !== value) add.push(feature(number, value));
  }
  const remove = [...before.keys()].filter((number) => !after.has(number));
  if (add.length || remove.length) map.getSource(source)?.updateData({ add, remove });
}

function showTrucks() {
  drawTrucksSoon();
  flyToVehicle();
}

function choose({ room, parts }) {
  const before = choice;
  choice = { grid: null, window: null, street: null, vehicle: null };
  if (room === "grid") [choice.grid = null, choice.window = null, choice.street = null] = parts;
  if (room === "vehicle") [choice.vehicle = null] = parts;
  if (choice.vehicle !== before.vehicle) flyingTo = choice.vehicle;
  chooseTruck(choice.vehicle);
  if (!ready || !state.plan) return;
  drawStreets();
  drawChoice();
  const moved = choice.grid !== before.grid || choice.street !== before.street;
  if (moved && choice.grid) flyTo(boundsOf(chosenLines()));
}

function chosenLines() {
  const lines = [];
  for (const { name, grids, line } of state.sections.values()) {
    if (!grids.includes(choice.grid)) continue;
    if (!choice.street || name === choice.street) lines.push(line);
  }
  return lines;
}

function drawChoice() {
  const lines = choice.grid ? chosenLines() : [];
  fill("chosen", collection(lines.map((line) => lineFeature(undefined, line))));
}

function flyTo(bounds) {
  if (bounds) map.fitBounds(bounds, { padding: margins(), maxZoom: 16.5, ...pace() });
}

/** Room for the legend: beside the streets on a desk, below them on a phone. */
function margins() {
  const legend = document.getElementById("legend");
  const isBeside = legend.offsetHeight > legend.offsetWidth;
  return {
    top: 40, right: 50,
    bottom: isBeside ? 40 : legend.offsetHeight + 24, left: isBeside ? legend.offsetWidth + 40 : 30,
  };
}

function flyToVehicle() {
  const vehicle = state.vehicles.get(flyingTo);
  if (!vehicle || vehicle.longitude === null) return;
  flyingTo = null;
  const center = [vehicle.longitude, vehicle.latitude];
  map.easeTo({ center, zoom: Math.max(map.getZoom(), 15), ...pace() });
}

function pace() {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return still ? { animate: false } : { duration: 500 };
}

/** Put the evidence of a street on the map; null takes it away. */
export function showEvidence(features) {
  evidence = features ?? collection([]);
  if (ready) fill("evidence", evidence);
}

export function resizeMap() {
  map?.resize();
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

