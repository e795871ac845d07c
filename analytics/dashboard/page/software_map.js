// Maps on machines without a graphics card, where the processor draws every pixel.

const MOVING_PIXELS = 0.5;
const REST_MS = 200;

export function isDrawnBySoftware(map) {
  const gl = map.getCanvas().getContext("webgl2");
  const facts = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = facts ? gl.getParameter(facts.UNMASKED_RENDERER_WEBGL) : "";
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

/** Without a graphics card pixels are what costs: a moving map has fewer, one at rest has all. */
export function coarsenWhileMoving(map) {
  const fine = map.getPixelRatio();
  let isChanging = false;
  let timer = 0;
  const draw = (ratio) => {
    if (map.getPixelRatio() === ratio) return;
    isChanging = true; // a new ratio is told as a move, too
    map.setPixelRatio(ratio);
    isChanging = false;
  };
  map.on("movestart", () => {
    if (isChanging) return;
    clearTimeout(timer);
    draw(fine * MOVING_PIXELS);
  });
  map.on("moveend", () => {
    if (!isChanging) timer = setTimeout(draw, REST_MS, fine);
  });
}
