// Trucks on the map: where the last fix was, how old it is, where the truck came from.
//
// They are drawn on a sheet of their own over the map: a fix then shows in the next frame, and
// the streets below need not be drawn again for it. While the map moves the sheet is moved along as it
// is, and drawn anew now and then.

import { currentTheme } from "../elements/theme.js";
import { duration } from "../language/words.js";
import { fixAgeMs, state } from "../state/state.js";
import { plateImage, truckImage } from "./truck_images.js";

/** From this age on it is written beside the truck, and the truck begins to fade. */
const OLD_MS = 60_000;
const FADED_MS = 15 * 60_000;
/** With more trucks than this only the chosen one has its trail drawn. */
const MOST_TRAILS = 300;
const PLATES_FROM_ZOOM = 13.5;
const MOST_PLATES = 120;
const TILE = 512;
const REACH = 14;
const REDRAW_MS = 250;
const TRAIL_INK = { dark: "#ffd166", light: "#8a4b00" };

let map = null;
let pen = null;
let chosenId = null;
let frame = 0;
let places = [];
/** What the sheet was drawn for: centre in Mercator, zoom, and when. */
let drawnFor = null;
const drawn = new Set();

/** Lay the sheet over a map; it follows when the map moves. */
export function startTrucks(onMap) {
  map = onMap;
  const sheet = document.createElement("canvas");
  sheet.className = "trucks";
  sheet.setAttribute("aria-hidden", "true");
  map.getCanvasContainer().append(sheet);
  pen = sheet.getContext("2d");
  map.on("render", followMap);
}

export function chooseTruck(id) {
  chosenId = id;
  drawTrucksSoon();
}

/** Be told of each drawing: a Map of vehicle id to the event time that is now to be seen. */
export function onTrucksDrawn(listener) {
  drawn.add(listener);
}

export function drawTrucksSoon() {
  if (map) frame ||= requestAnimationFrame(draw);
}

/** The truck at a point of the map, or null. */
export function truckAt({ x, y }) {
  let best = null;
  let reach = REACH;
  for (const place of places) {
    const distance = Math.hypot(place.x - x, place.y - y);
    if (distance <= reach) [best, reach] = [place.vehicle.id, distance];
  }
  return best;
}

/** Where trucks are on the sheet, in pixels. */
export function truckPlaces() {
  return new Map(places.map(({ vehicle, x, y }) => [vehicle.id, [x, y]]));
}

function mercator(longitude, latitude) {
  const sine = Math.sin((latitude * Math.PI) / 180);
  return [longitude / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}

/** The shorter way between two places, in worlds: at 180° the map begins anew. */
function acrossWorld(way) {
  return way - Math.round(way);
}

function followMap() {
  const isFresh = drawnFor && performance.now() - drawnFor.at < REDRAW_MS;
  if (!map.isMoving() || !isFresh) return draw();
  const zoom = map.getZoom();
  const center = map.getCenter();
  const [x, y] = mercator(center.lng, center.lat);
  const world = TILE * 2 ** zoom;
  const [dx, dy] = [acrossWorld(drawnFor.x - x) * world, (drawnFor.y - y) * world];
  pen.canvas.style.transform = `translate(${dx}px, ${dy}px) scale(${2 ** (zoom - drawnFor.zoom)})`;
  return undefined;
}

function draw() {
  cancelAnimationFrame(frame);
  frame = 0;
  const { clientWidth: width, clientHeight: height } = map.getContainer();
  const ratio = Math.min(2, devicePixelRatio || 1);
  fitSheet(width, height, ratio);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const zoom = map.getZoom();
  const world = TILE * 2 ** zoom;
  const center = map.getCenter();
  const [middleX, middleY] = mercator(center.lng, center.lat);
  drawnFor = { x: middleX, y: middleY, zoom, at: performance.now() };
  pen.canvas.style.transform = "";
  const place = (longitude, latitude) => {
    const [x, y] = mercator(longitude, latitude);
    return [acrossWorld(x - middleX) * world + width / 2, (y - middleY) * world + height / 2];
  };
  drawTrails(place);
  places = [];
  for (const vehicle of state.vehicles.values()) {
    if (vehicle.longitude === null || vehicle.motion === "unseen") continue;
    const [x, y] = place(vehicle.longitude, vehicle.latitude);
    if (x < -20 || y < -20 || x > width + 20 || y > height + 20) continue;
    places.push({ vehicle, x, y });
  }
  drawArrows(zoom, ratio);
  if (zoom >= PLATES_FROM_ZOOM && places.length <= MOST_PLATES) drawPlates(ratio);
  for (const listener of drawn) {
    listener(new Map(places.map(({ vehicle }) => [vehicle.id, vehicle.event_ms])));
  }
}

function fitSheet(width, height, ratio) {
  const sheet = pen.canvas;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (sheet.width === w && sheet.height === h) return;
  [sheet.width, sheet.height] = [w, h];
  sheet.style.width = `${width}px`;
  sheet.style.height = `${height}px`;
}

function drawTrails(place) {
  pen.globalAlpha = 0.5;
  pen.strokeStyle = TRAIL_INK[currentTheme()];
  pen.lineJoin = "round";
  pen.lineWidth = 1.6;
  pen.beginPath();
  if (state.vehicles.size <= MOST_TRAILS) {
    for (const { id, trail } of state.vehicles.values()) if (id !== chosenId) trace(trail, place);
  }
  pen.stroke();
  const chosen = state.vehicles.get(chosenId);
  if (!chosen) return;
  pen.globalAlpha = 1;
  pen.lineWidth = 3.5;
  pen.beginPath();
  trace(chosen.trail, place);
  pen.stroke();
}

function trace(trail, place) {
  trail?.forEach(([longitude, latitude], i) => {
    const [x, y] = place(longitude, latitude);
    if (i) pen.lineTo(x, y);
    else pen.moveTo(x, y);
  });
}

function opacity(age) {
  if (age <= OLD_MS) return 1;
  return Math.max(0.3, 1 - (0.7 * (age - OLD_MS)) / (FADED_MS - OLD_MS));
}

function drawArrows(zoom, ratio) {
  const scale = Math.max(0.5, Math.min(1.15, 0.75 + (zoom - 13) * 0.13)) / 2;
  for (const { vehicle, x, y } of places) {
    const heading = vehicle.heading_deg;
    const look = heading === null && vehicle.motion === "moving" ? "standing" : vehicle.motion;
    const image = truckImage(look, vehicle.id === chosenId);
    const turn = ((heading ?? 0) * Math.PI) / 180;
    const [cos, sin] = [Math.cos(turn) * scale * ratio, Math.sin(turn) * scale * ratio];
    pen.globalAlpha = opacity(fixAgeMs(vehicle));
    pen.setTransform(cos, sin, -sin, cos, x * ratio, y * ratio);
    pen.drawImage(image, -image.width / 2, -image.height / 2);
  }
}

/** Where trucks crowd, as in the depot, only the first of the plates that would overlap is written. */
function drawPlates(ratio) {
  const theme = currentTheme();
  const written = [];
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  const chosenFirst = [...places].sort((a, b) =>
    Number(b.vehicle.id === chosenId) - Number(a.vehicle.id === chosenId));
  for (const { vehicle, x, y } of chosenFirst) {
    const age = fixAgeMs(vehicle);
    const lines = age > OLD_MS ? [vehicle.id, duration(age)] : [vehicle.id];
    const image = plateImage(lines, theme);
    const [width, height] = [image.width / 2, image.height / 2];
    const box = [x - width / 2, y + 11, x + width / 2, y + 11 + height];
    if (written.some((other) => overlap(box, other))) continue;
    written.push(box);
    pen.globalAlpha = Math.max(0.6, opacity(age));
    pen.drawImage(image, box[0], box[1], width, height);
  }
}

function overlap([left, top, right, bottom], [l, t, r, b]) {
  return left < r && l < right && top < b && t < bottom;
}
