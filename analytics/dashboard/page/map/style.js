// The layers of the map, from the ground up. No glyphs, sprites or tiles are fetched from anywhere.

import { STATES } from "../state/verdict_states.js";

export const FONT = "PingFang SC, Noto Sans CJK SC, Microsoft YaHei, sans-serif";

export const INK = {
  dark: {
    ground: "#0b111c", road: "#232c3a", name: "#c9d3e0", halo: "#0b111c", served: "#3df0b8",
    trail: "#ffd166", chosen: "#33435a", faint: "#8fa0b5",
    water: "#10263a", green: "#10201c", building: "#161f2d", way: "#1b2432",
  },
  light: {
    ground: "#f3f5f8", road: "#d3d9e1", name: "#27313f", halo: "#ffffff", served: "#00a878",
    trail: "#8a4b00", chosen: "#c3cdda", faint: "#526072",
    water: "#d3e5f2", green: "#e4efe2", building: "#e6e8ec", way: "#e3e7ec",
  },
};

export const EVIDENCE = {
  covered: { dark: "#12c48f", light: "#007a58", dash: [1, 0] },
  missing: { dark: "#ff7a2f", light: "#b84a00", dash: [1.2, 0.8] },
  ambiguous: { dark: "#e08fbf", light: "#a3457c", dash: [3, 1.5] },
  gap: { dark: "#6ea8ff", light: "#0059a8", dash: [0.5, 2] },
};

const EMPTY = { type: "FeatureCollection", features: [] };

function byState(pick, otherwise) {
  return ["match", ["get", "state"], ...Object.entries(STATES).flatMap(([name, look]) =>
    [name, pick(look)]), otherwise];
}

/** Widths are for zoom 14; streets thin out as the town gets small. */
export function zoomed(width) {
  return ["interpolate", ["exponential", 1.35], ["zoom"],
    10, ["*", 0.45, width], 14, width, 18, ["*", 2.6, width]];
}

const FLAT = { "fill-antialias": false };

/** Layers of the usual vector basemaps, by what they are drawn as. */
const GROUND_LAYERS = {
  water: ["water"],
  green: ["landuse", "landcover", "park"],
  building: ["buildings", "building"],
  way: ["roads", "transportation"],
};

/** The ground from a basemap: pale, so that the states of streets stand out. */
export function groundLayers(basemap, ink) {
  if (!basemap) return [];
  const source = "basemap";
  if (basemap.kind === "raster") {
    const paint = { "raster-opacity": 0.45, "raster-saturation": -0.6, "raster-fade-duration": 0 };
    return [{ id: "basemap", type: "raster", source, paint }];
  }
  return Object.entries(GROUND_LAYERS).flatMap(([kind, names]) =>
    names.filter((name) => basemap.layers.includes(name)).map((name) => ({
      id: `basemap-${name}`, source, "source-layer": name,
      ...(kind === "way"
        ? { type: "line", paint: { "line-color": ink.way, "line-width": zoomed(1.2) } }
        : {
          type: "fill", filter: ["==", ["geometry-type"], "Polygon"],
          paint: { "fill-color": ink[kind], ...FLAT },
        }),
      ...(kind === "building" ? { minzoom: 14 } : {}),
    })));
}

export function groundSource(basemap, base = `${location.origin}/api/v1`) {
  if (!basemap) return {};
  const tiles = [`${base}/basemap/{z}/{x}/{y}`];
  const zooms = { minzoom: basemap.min_zoom, maxzoom: basemap.max_zoom };
  const size = basemap.kind === "raster" ? { tileSize: 256 } : {};
  return { basemap: { type: basemap.kind, tiles, ...zooms, ...size } };
}

export function mapStyle(theme, basemap = null) {
  const ink = INK[theme];
  const names = {
    "text-font": [FONT],
    "text-padding": 4,
  };
  const halo = { "text-halo-color": ink.halo, "text-halo-width": 1.6 };
  const source = (more = {}) => ({ type: "geojson", data: EMPTY, ...more });
  return {
    version: 8,
    sources: {
      ...groundSource(basemap),
      roads: source({ maxzoom: 16 }), streets: source({ maxzoom: 16 }),
      served: source({ maxzoom: 16 }), names: source({ maxzoom: 16 }),
      chosen: source({ maxzoom: 16 }), evidence: source({ maxzoom: 16 }),
      facilities: source(),
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": ink.ground } },
      ...groundLayers(basemap, ink),
      {
        id: "roads", type: "line", source: "roads",
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": ink.road, "line-width": zoomed(2) },
      },
      {
        id: "chosen", type: "line", source: "chosen",
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": ink.chosen, "line-width": zoomed(13) },
      },
      {
        id: "streets", type: "line", source: "streets",
        layout: {
          "line-join": "round",
          "line-sort-key": byState((look) => look.width, 0),
        },
        paint: {
          "line-color": byState((look) => look[theme], ink.faint),
          "line-width": zoomed(byState((look) => look.width, 1.5)),
          "line-dasharray": byState(
            (look) => ["literal", look.dash ?? [1, 0]], ["literal", [1, 0]]),
        },
      },
      {
        id: "served-glow", type: "line", source: "served",
        layout: { "line-cap": "butt", "line-join": "round" },
        paint: {
          "line-color": ink.served, "line-opacity": 0.22, "line-width": zoomed(9),
        },
      },
      {
        id: "served", type: "line", source: "served",
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": ink.served, "line-width": zoomed(2.6) },
      },
      ...Object.entries(EVIDENCE).map(([kind, look]) => ({
        id: `evidence-${kind}`, type: "line", source: "evidence",
        filter: ["all", ["==", ["geometry-type"], "LineString"], ["==", ["get", "kind"], kind]],
        paint: {
          "line-color": look[theme], "line-width": zoomed(kind === "gap" ? 3 : 7),
          "line-dasharray": look.dash,
        },
      })),
      {
        id: "day-track", type: "line", source: "evidence",
        filter: ["==", ["get", "kind"], "track"],
        layout: { "line-join": "round" },
        paint: { "line-color": ink.trail, "line-opacity": 0.6, "line-width": zoomed(2) },
      },
      {
        id: "names", type: "symbol", source: "names", minzoom: 12.5,
        layout: {
          ...names, "symbol-placement": "line", "text-field": ["get", "name"],
          "text-size": ["interpolate", ["linear"], ["zoom"], 12.5, 11, 17, 16],
          "text-letter-spacing": 0.12, "symbol-spacing": 320, "text-max-angle": 35,
        },
        paint: { "text-color": ink.name, ...halo },
      },
      {
        id: "facilities", type: "symbol", source: "facilities",
        layout: {
          ...names, "icon-image": ["get", "kind"], "icon-allow-overlap": true,
          "text-field": ["get", "name"], "text-size": 12, "text-anchor": "top",
          "text-offset": [0, 1.1], "text-optional": true,
        },
        paint: { "text-color": ink.name, ...halo },
      },
    ],
  };
}
