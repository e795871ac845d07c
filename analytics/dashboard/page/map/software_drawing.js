// Maps on machines without a graphics card, where the processor draws every pixel.

const MOVING_PIXELS = 0.4;
const REST_MS = 200;
/** What a map in motion can do without. */
const RESTING_LAYERS = ["served-glow", "roads"];

export function isDrawnBySoftware(map) {
  const gl = map.getCanvas().getContext("webgl2");
  const facts = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = facts ? gl.getParameter(facts.UNMASKED_RENDERER_WEBGL) : "";
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

/** Without a graphics card pixels are what costs: a moving map has fewer, and less on it. */
export function coarsenWhileMoving(map) {
  const fine = map.getPixelRatio();
  const hidden = new Map();
  let isChanging = false;
  let timer = 0;
  const draw = (ratio) => {
    if (map.getPixelRatio() === ratio) return;
    isChanging = true; // a new ratio is told as a move, too
    map.setPixelRatio(ratio);
    isChanging = false;
  };
  const hide = () => {
    for (const id of RESTING_LAYERS) {
      if (hidden.has(id) || !map.getLayer(id)) continue;
      hidden.set(id, map.getPaintProperty(id, "line-opacity"));
      map.setPaintProperty(id, "line-opacity", 0);
    }
  };
  const show = () => {
    for (const [id, opacity] of hidden) {
      if (map.getLayer(id)) map.setPaintProperty(id, "line-opacity", opacity);
    }
    hidden.clear();
  };
  map.on("movestart", () => {
    if (isChanging) return;
    clearTimeout(timer);
    draw(fine * MOVING_PIXELS);
    hide();
  });
  map.on("moveend", () => {
    if (isChanging) return;
    timer = setTimeout(() => {
      draw(fine);
      show();
    }, REST_MS);
  });
}
