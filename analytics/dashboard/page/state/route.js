// The address of what is shown: #/room/part/part?at=…&speed=… so that every view is a link.

const listeners = new Set();

/** {room, parts: [...], at, speed} */
export function currentRoute() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decode);
  const parameters = new URLSearchParams(query);
  const at = Number(parameters.get("at"));
  const speed = Number(parameters.get("speed"));
  return {
    room: parts[0] ?? "windows",
    parts: parts.slice(1),
    at: Number.isFinite(at) && at > 0 ? at : null,
    speed: speed >= 1 && speed <= 600 ? speed : null,
  };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The link to a room; the shown instant of a replay stays in it. */
export function linkTo(room, ...parts) {
  const { at, speed } = currentRoute();
  return address([room, ...parts], at, speed);
}

function address(parts, at, speed) {
  const query = new URLSearchParams();
  if (at !== null) query.set("at", String(Math.round(at)));
  if (at !== null && speed !== null) query.set("speed", String(speed));
  return `#/${parts.map(encodeURIComponent).join("/")}${query.size ? `?${query}` : ""}`;
}

export function go(room, ...parts) {
  location.hash = linkTo(room, ...parts);
}

/** Show another instant without leaving the room; `at` null is live. */
export function goToInstant(at, speed = null) {
  const { room, parts } = currentRoute();
  history.replaceState(null, "", address([room, ...parts], at, speed));
  announce();
}

/** Note where a replay stands, so that a copied link leads there; nothing is fetched for it. */
export function noteInstant(at, speed) {
  const { room, parts } = currentRoute();
  history.replaceState(null, "", address([room, ...parts], at, speed));
}

export function onRoute(listener) {
  listeners.add(listener);
}

function announce() {
  const route = currentRoute();
  for (const listener of listeners) listener(route);
}

window.addEventListener("hashchange", announce);
