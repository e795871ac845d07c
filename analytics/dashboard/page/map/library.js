// The map's library: fetched when it is needed, and a map made of it as all pages have it.

import { word } from "../language/words.js";

/** Fetch it and its style sheet, which the lists need not wait for; `tries` counts from 1. */
export async function loadLibrary(tries = 1) {
  // a browser keeps in mind that a module did not load: another try needs another address
  const again = tries > 1 ? `?try=${tries}` : "";
  const library = await import(`../vendor/maplibre-gl.mjs${again}`);
  await addSheet(new URL("../vendor/maplibre-gl.css", import.meta.url).href);
  return library;
}

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

/** A map that is neither turned nor tilted; `more` are options of a page. */
export function newMap(library, style, more = {}) {
  const map = new library.Map({
    container: "map",
    style,
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
    ...more,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new library.ScaleControl({ maxWidth: 80 }), "bottom-right");
  return map;
}

/** Say why no map is shown. */
export function sayNoMap(text) {
  const note = document.getElementById("map-note");
  delete note.dataset.word; // what it says else
  note.textContent = word("no_map", { text });
  note.hidden = false;
  document.body.classList.add("no-map");
}

/** Whose data the basemap is; as text, whatever the file says. */
export function sayAttribution(basemap) {
  const note = document.getElementById("attribution");
  note.textContent = basemap?.attribution ?? "";
  note.hidden = !note.textContent;
}
