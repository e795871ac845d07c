// The event stream, live or replayed, and noticing when it falls silent.

import { readSession } from "./request.js";
import {
  setConnected, setLost, state, takeAlerts, takeClock, takeServed, takeSession, takeState,
  takeStreets, takeUnserved, takeVehicles, takeWindows, tell,
} from "./state.js";

/** The server speaks every second; silence of this length is a lost connection. */
const SILENCE_MS = 6_000;
const REOPEN_MS = 2_000;

const HANDLERS = {
  state: takeState,
  vehicles: takeVehicles,
  windows: takeWindows,
  streets: takeStreets,
  unserved: takeUnserved,
  served: takeServed,
  alerts: takeAlerts,
  clock: takeClock,
  day: () => tell("day"),
  plan: () => tell("other-plan"),
};

let source = null;
let stream = null;
let heardAt = 0;
let retryAt = 0;

/** Follow the log as it grows. */
export function followLive() {
  open({});
}

/** Play a stored day from an instant on, `speed` times as fast as it went. */
export function play(atMs, speed) {
  open({ at: Math.round(atMs), speed });
}

/** Say nothing more: a replay that stands still needs no stream. */
export function hold() {
  close();
  stream = null;
  setConnected();
}

function open(parameters) {
  close();
  stream = parameters;
  heardAt = Date.now();
  retryAt = 0;
  const query = new URLSearchParams(parameters);
  source = new EventSource(`/api/v1/events${query.size ? `?${query}` : ""}`);
  const mine = source;
  for (const [name, take] of Object.entries(HANDLERS)) {
    mine.addEventListener(name, (event) => {
      if (mine !== source) return;
      hear();
      take(event.data ? JSON.parse(event.data) : null);
    });
  }
  mine.addEventListener("end", () => {
    if (mine !== source) return;
    hold();
    tell("end");
  });
  mine.addEventListener("error", () => {
    if (mine !== source) return;
    lose();
    if (mine.readyState === EventSource.CLOSED) refused();
  });
}

function close() {
  source?.close();
  source = null;
}

function hear() {
  heardAt = Date.now();
  setConnected();
}

function lose() {
  if (!state.lost) setLost(state.nowMs || null);
}

/** The browser gives up on an answer that is no stream: perhaps the session has ended. */
async function refused() {
  close();
  retryAt = Date.now() + REOPEN_MS;
  try {
    takeSession(await readSession());
  } catch {
    // the server is away; the watch tries again
  }
}

function reopen() {
  if (state.session.login_required && !state.session.user) return;
  // a replay goes on from where it was, not from where it began
  open(stream.at === undefined ? stream : { ...stream, at: Math.round(state.nowMs) });
}

// A laptop that slept wakes up here, hours late: what it shows is old from this moment on.
setInterval(() => {
  if (!stream) return;
  const now = Date.now();
  if (source && now - heardAt > SILENCE_MS) {
    lose();
    reopen();
  } else if (!source && now > retryAt) {
    retryAt = now + REOPEN_MS;
    reopen();
  }
}, 1_000);
