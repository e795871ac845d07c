// Longitudes of a town across 180°: what lies beyond runs on, so that lines are drawn in one piece.

let middle = 0;

/** Take where the plan lies. */
export function lieAround([west, , east]) {
  middle = (west + east) / 2;
}

/** The same longitude, counted from the side on which the plan lies. */
export function beside(longitude) {
  const turns = Math.round((middle - longitude) / 360);
  return turns ? longitude + 360 * turns : longitude;
}

/** The same longitude from -180 to 180, as files have it. */
export function onGlobe(longitude) {
  return longitude - 360 * Math.round(longitude / 360);
}

/** The coordinates of a geometry, however deep they are nested. */
export function alongside(coordinates) {
  if (!Array.isArray(coordinates[0])) return [beside(coordinates[0]), ...coordinates.slice(1)];
  return coordinates.map(alongside);
}
