// Choosing and cutting with the mouse or a finger.

import { beside, onGlobe } from "../../state/longitude.js";
import { edit } from "../state/doing.js";
import { nearestOn } from "../state/lines.js";
import { choose, listen, setMode, state, toggle } from "../state/state.js";
import { drawMark } from "./sources.js";

const REACH_PX = 7;
const SNAP_PX = 9;
const LAYERS = ["streets", "roads"];
let hovered = null;
let box = null;

export function startPicking(map) {
  map.on("click", (event) => press(map, event));
  map.on("mousemove", (event) => hover(map, event));
  map.on("mouseout", () => hover(map, null));
  map.on("mousedown", (event) => beginBox(map, event));
  listen("mode", () => {
    map.getCanvas().style.cursor = state.mode === "cut" ? "crosshair" : "";
    drawMark(map, null);
  });
}

/** The section nearest to a pixel, among those in reach. */
function sectionAt(map, { point, lngLat }) {
  const { x, y } = point;
  const reach = [[x - REACH_PX, y - REACH_PX], [x + REACH_PX, y + REACH_PX]];
  if (!map.getLayer("streets")) return null;
  const ids = new Set(map.queryRenderedFeatures(reach, { layers: LAYERS }).map((f) => f.properties.id));
  let best = null;
  for (const id of ids) {
    const section = state.sections.get(id);
    if (!section) continue;
    const near = nearestOn(section.line, [beside(lngLat.lng), lngLat.lat]);
    if (!best || near.away_m < best.away_m) best = { section, ...near };
  }
  return best;
}

/** Where a section would be cut: a vertex that is near holds, as others may meet it there. */
function cutAt(map, { section, at }) {
  const here = map.project(at);
  const near = (vertex) => {
    const { x, y } = map.project(vertex);
    return Math.hypot(x - here.x, y - here.y);
  };
  const vertices = section.line.slice(1, -1).filter((vertex) => near(vertex) < SNAP_PX);
  return vertices.sort((a, b) => near(a) - near(b))[0] ?? at;
}

function press(map, event) {
  const found = sectionAt(map, event);
  const { shiftKey, ctrlKey, metaKey } = event.originalEvent;
  const adds = state.many || shiftKey || ctrlKey || metaKey;
  if (state.mode === "cut") {
    if (!found) return;
    const [longitude, latitude] = cutAt(map, found);
    const at = [onGlobe(longitude), latitude];
    edit("cut", { section: found.section.id, at }, { chooses: true });
    return;
  }
  if (found) (adds ? toggle : choose)([found.section.id]);
  else if (!adds) choose([]);
}

function hover(map, event) {
  if (!map.getSource("streets")) return;
  const found = event && !box ? sectionAt(map, event) : null;
  const id = found?.section.id ?? null;
  if (id !== hovered) {
    if (hovered !== null) map.setFeatureState({ source: "streets", id: hovered }, { hovered: false });
    if (id !== null) map.setFeatureState({ source: "streets", id }, { hovered: true });
    hovered = id;
  }
  if (state.mode === "cut") drawMark(map, found && cutAt(map, found));
  else map.getCanvas().style.cursor = found ? "pointer" : "";
}

/** Shift and drag: choose all that a box touches, besides what is chosen. */
function beginBox(map, { originalEvent, point: start }) {
  if (!originalEvent.shiftKey || originalEvent.button !== 0 || state.mode === "cut") return;
  map.dragPan.disable();
  const frame = document.createElement("div");
  frame.className = "box";
  map.getContainer().append(frame);
  box = { frame, end: start };
  const place = (event) => {
    const { left, top } = map.getCanvas().getBoundingClientRect();
    box.end = { x: event.clientX - left, y: event.clientY - top };
    frame.style.left = `${Math.min(start.x, box.end.x)}px`;
    frame.style.top = `${Math.min(start.y, box.end.y)}px`;
    frame.style.width = `${Math.abs(box.end.x - start.x)}px`;
    frame.style.height = `${Math.abs(box.end.y - start.y)}px`;
  };
  const finish = () => {
    removeEventListener("mousemove", place);
    map.dragPan.enable();
    frame.remove();
    const { end } = box;
    box = null;
    if (Math.hypot(end.x - start.x, end.y - start.y) < REACH_PX) return; // a click
    const inside = map.queryRenderedFeatures([[start.x, start.y], [end.x, end.y]], { layers: LAYERS });
    choose([...state.chosen, ...inside.map((f) => f.properties.id)]);
  };
  addEventListener("mousemove", place);
  addEventListener("mouseup", finish, { once: true });
}

/** Begin or end to cut. */
export function switchCutting() {
  setMode(state.mode === "cut" ? "pick" : "cut");
}
