// The map: loaded, made, and kept up with the state, the address, the theme and the language.

import { currentTheme, onTheme } from "../elements/theme.js";
import { onLanguage, word } from "../language/words.js";
import { currentRoute, go, onRoute } from "../state/route.js";
import { listen, state } from "../state/state.js";
import { flyTo, flyToVehicle, lookAt, wantVehicle } from "./camera.js";
import { chosenLines, currentChoice, drawnWindows, takeChoice } from "./choice.js";
import { addImages } from "./images.js";
import { boundsOf, collection, lineFeature } from "./line_geometry.js";
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
  setInterval(() => { if (dirtyStreets) showStreets(); }, STREETS_EVERY_MS);
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
  evidence = features ?? collection([]);
  if (ready) fill(map, "evidence", evidence);
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
