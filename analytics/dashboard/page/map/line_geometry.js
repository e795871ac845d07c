// Lines of sections: measuring, cutting, joining.

const METRES_PER_DEGREE = 111_320;

function stepLengths(line) {
  const shrink = Math.cos((line[0][1] * Math.PI) / 180);
  return line.slice(1).map((point, i) =>
    Math.hypot((point[0] - line[i][0]) * shrink, point[1] - line[i][1]) * METRES_PER_DEGREE);
}

/**
 * The part of a line between two distances. `length_m` is the length that the server measured:
 * ours differs by the projection, and is scaled to it.
 */
export function cutLine(line, length_m, from_m, to_m) {
  const steps = stepLengths(line);
  const whole = steps.reduce((sum, step) => sum + step, 0);
  const scale = length_m > 0 ? whole / length_m : 1;
  const [from, to] = [Math.max(0, from_m * scale), Math.min(whole, to_m * scale)];
  const cut = [];
  let run = 0;
  for (let i = 0; i < steps.length; i += 1) {
    const next = run + steps[i];
    if (next > from && run < to) {
      if (!cut.length) cut.push(between(line[i], line[i + 1], (from - run) / steps[i]));
      cut.push(between(line[i], line[i + 1], (Math.min(to, next) - run) / steps[i]));
    }
    run = next;
  }
  return cut.length ? cut : [line[0], line[0]];
}

function between([x, y], [u, v], share) {
  const part = Math.max(0, Math.min(1, share));
  return [x + (u - x) * part, y + (v - y) * part];
}

/** Sections that meet end to end become one line, so that a name has room along it. */
export function joinLines(lines) {
  const ends = new Map();
  lines.forEach((line, number) => {
    for (const point of [line[0], line.at(-1)]) {
      const key = point.join();
      if (!ends.has(key)) ends.set(key, []);
      ends.get(key).push(number);
    }
  });
  const used = new Set();
  const joined = [];
  lines.forEach((line, number) => {
    if (used.has(number)) return;
    used.add(number);
    let chain = grow([...line], lines, ends, used);
    chain = grow(chain.reverse(), lines, ends, used);
    joined.push(chain);
  });
  return joined;
}

function grow(chain, lines, ends, used) {
  for (;;) {
    const end = chain.at(-1).join();
    const next = ends.get(end)?.find((number) => !used.has(number) && straightOn(chain, lines[number]));
    if (next === undefined) return chain;
    used.add(next);
    const line = lines[next];
    chain.push(...(line[0].join() === end ? line.slice(1) : line.slice(0, -1).reverse()));
  }
}

/** A name follows a bend, not a corner. */
function straightOn(chain, line) {
  const [from, at] = [chain.at(-2), chain.at(-1)];
  const onward = line[0].join() === at.join() ? line[1] : line.at(-2);
  const [a, b] = [[at[0] - from[0], at[1] - from[1]], [onward[0] - at[0], onward[1] - at[1]]];
  const dot = a[0] * b[0] + a[1] * b[1];
  return dot > 0.6 * Math.hypot(...a) * Math.hypot(...b);
}

export function boundsOf(lines) {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const line of lines) {
    for (const [x, y] of line) {
      bounds[0] = Math.min(bounds[0], x);
      bounds[1] = Math.min(bounds[1], y);
      bounds[2] = Math.max(bounds[2], x);
      bounds[3] = Math.max(bounds[3], y);
    }
  }
  return bounds[0] <= bounds[2] ? bounds : null;
}

export function collection(features) {
  return { type: "FeatureCollection", features };
}

export function lineFeature(id, coordinates, properties = {}) {
  return { type: "Feature", id, properties, geometry: { type: "LineString", coordinates } };
}

export function pointFeature(id, coordinates, properties = {}) {
  return { type: "Feature", id, properties, geometry: { type: "Point", coordinates } };
}
