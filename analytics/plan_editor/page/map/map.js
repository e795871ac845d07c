// The map: made once, and kept up with the plan, what is chosen, the theme and the language.

import { currentTheme, onTheme } from "../../elements/theme.js";
import { boundsOf } from "../../map/line_geometry.js";
import { loadLibrary, newMap, sayAttribution, sayNoMap } from "../../map/library.js";
import { coarsenWhileMoving, isDrawnBySoftware } from "../../map/software_drawing.js";
import { chosenSections, listen, sectionsByGrid, state } from "../state/state.js";
import { addArrow } from "./images.js";
import { startPicking } from "./picking.js";
import { drawAllSections, drawGrid, drawSections, markChosen } from "./sources.js";
import { editorStyle } from "./style.js";

let map = null;
let ready = false;
let seen = false;

/** Begin to draw; what cannot be drawn (no WebGL, no library) is said, and the lists go on. */
export async function startMap() {
  try {
    makeMap(await loadLibrary());
  } catch (fault) {
    sayNoMap(fault.message);
  }
}

/** The map itself, for those who test it; null until it is made. */
export function mapView() {
  return map;
}

/** Look at some sections, or at all of the plan. */
export function lookAt(sections, { animate = true } = {}) {
  const bounds = boundsOf(sections.map(({ line }) => line));
  if (!map || !bounds) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const pace = animate && !still ? { duration: 500 } : { animate: false };
  map.fitBounds(bounds, { padding: margins(), maxZoom: 16.5, ...pace });
}

/** Room for the tools: beside the streets on a desk, below them on a phone. */
function margins() {
  const tools = document.getElementById("tools");
  const isBeside = tools.offsetHeight > tools.offsetWidth;
  return {
    top: 40, right: 50,
    bottom: isBeside ? 40 : tools.offsetHeight + 24, left: isBeside ? tools.offsetWidth + 40 : 30,
  };
}

export const lookAtGrid = (id) => lookAt(sectionsByGrid().get(id) ?? []);
export const lookAtChosen = () => lookAt(chosenSections());
export const lookAtAll = () => lookAt([...state.sections.values()]);

function makeMap(library) {
  map = newMap(library, editorStyle(currentTheme(), state.plan.basemap), {
    boxZoom: false,
    canvasContextAttributes: { antialias: !isSmall() },
  });
  map.on("style.load", () => {
    addArrow(map, currentTheme());
    ready = true;
    drawAll();
  });
  startPicking(map);
  if (isDrawnBySoftware(map)) coarsenWhileMoving(map);
  listen("plan", drawAll);
  listen("sections", (news) => { if (ready) drawSections(map, news); });
  listen("chosen", () => { if (ready) markChosen(map); });
  listen("grid", () => { if (ready) drawGrid(map); });
  onTheme(() => {
    ready = false;
    map.setStyle(editorStyle(currentTheme(), state.plan.basemap), { diff: false });
  });
}

const isSmall = () => matchMedia("(max-width: 760px)").matches;

function drawAll() {
  if (!ready) return;
  sayAttribution(state.plan.basemap);
  drawAllSections(map);
  drawGrid(map);
  markChosen(map);
  if (!seen) lookAt([...state.sections.values()], { animate: false });
  seen = true;
}
