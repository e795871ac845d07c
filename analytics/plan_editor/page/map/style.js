// The layers of the editor's map, on the ground of the live page.

import { FONT, groundLayers, groundSource, INK, zoomed } from "../../map/style.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const CHOSEN = { dark: "#ffffff", light: "#111111" };
const is = (name) => ["boolean", ["feature-state", name], false];

export function editorStyle(theme, basemap) {
  const ink = INK[theme];
  const source = (more = {}) => ({ type: "geojson", data: EMPTY, ...more });
  const round = { "line-cap": "round", "line-join": "round" };
  return {
    version: 8,
    sources: {
      ...groundSource(basemap, new URL("api", document.baseURI).href),
      streets: source({ promoteId: "id", maxzoom: 18, tolerance: 0.2 }),
      names: source({ maxzoom: 16 }),
      mark: source(),
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": ink.ground } },
      ...groundLayers(basemap, ink),
      {
        id: "of-grid", type: "line", source: "streets", layout: round, filter: ["in", "", ["get", "grids"]],
        paint: { "line-color": ["get", theme], "line-opacity": 0.3, "line-width": zoomed(13) },
      },
      {
        id: "chosen", type: "line", source: "streets", layout: round,
        paint: {
          "line-color": ["case", is("chosen"), CHOSEN[theme], ink.faint],
          "line-opacity": ["case", is("chosen"), 1, is("hovered"), 0.55, 0],
          "line-width": zoomed(["case", is("chosen"), 9, 7]),
        },
      },
      {
        id: "roads", type: "line", source: "streets", layout: round, filter: ["!", ["has", theme]],
        paint: { "line-color": ink.faint, "line-opacity": 0.75, "line-width": zoomed(1.8) },
      },
      {
        id: "streets", type: "line", source: "streets", layout: round, filter: ["has", theme],
        paint: { "line-color": ["get", theme], "line-width": zoomed(4) },
      },
      {
        id: "shared", type: "line", source: "streets", filter: ["has", `${theme}2`],
        layout: { "line-join": "round" },
        paint: { "line-color": ["get", `${theme}2`], "line-width": zoomed(4), "line-dasharray": [2, 2] },
      },
      {
        id: "ends", type: "circle", source: "mark", filter: ["==", ["get", "kind"], "end"],
        paint: { "circle-radius": 4, "circle-color": CHOSEN[theme], "circle-stroke-width": 1.5, "circle-stroke-color": ink.ground },
      },
      {
        id: "arrows", type: "symbol", source: "streets", minzoom: 14.5, filter: ["get", "oneway"],
        layout: { "symbol-placement": "line", "symbol-spacing": 90, "icon-image": "arrow" },
      },
      ...[true, false].map((isServed) => ({
        id: isServed ? "names" : "other-names", type: "symbol", source: "names",
        minzoom: isServed ? 13 : 14.5, filter: ["==", ["get", "isServed"], isServed],
        layout: {
          "text-font": [FONT], "text-padding": 4, "symbol-placement": "line", "text-field": ["get", "name"],
          "text-size": ["interpolate", ["linear"], ["zoom"], 13, 11, 17, 15],
          "text-letter-spacing": 0.1, "symbol-spacing": 320, "text-max-angle": 35, "text-offset": [0, 0.9],
        },
        paint: { "text-color": isServed ? ink.name : ink.faint, "text-halo-color": ink.halo, "text-halo-width": 1.6 },
      })).reverse(),
      {
        id: "cut-mark", type: "circle", source: "mark", filter: ["==", ["get", "kind"], "cut"],
        paint: { "circle-radius": 7, "circle-color": "#ff7a2f", "circle-stroke-width": 2.5, "circle-stroke-color": "#ffffff" },
      },
    ],
  };
}
