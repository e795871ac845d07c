// Lines of sections: how long they are, and where they are nearest to a place.

const METRES_PER_DEGREE = 111_320;

function metres([x, y], [u, v]) {
  return [(u - x) * Math.cos((y * Math.PI) / 180) * METRES_PER_DEGREE, (v - y) * METRES_PER_DEGREE];
}

export function lengthOf(line) {
  let sum = 0;
  for (let i = 1; i < line.length; i += 1) sum += Math.hypot(...metres(line[i - 1], line[i]));
  return sum;
}

/** The nearest place of a line: {at, away_m}. */
export function nearestOn(line, place) {
  let best = { at: line[0], away_m: Infinity };
  for (let i = 1; i < line.length; i += 1) {
    const [a, b] = [line[i - 1], line[i]];
    const [ex, ey] = metres(a, b);
    const [px, py] = metres(a, place);
    const long = ex * ex + ey * ey;
    const share = long ? Math.max(0, Math.min(1, (px * ex + py * ey) / long)) : 0;
    const away_m = Math.hypot(px - share * ex, py - share * ey);
    if (away_m < best.away_m) {
      best = { at: [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])], away_m };
    }
  }
  return best;
}
