// What the page knows: the plan, and all that the server said of the shown instant.
//
// Live and replay go through the same functions: only the stream they come from differs.

import { alongside, lieAround } from "./longitude.js";
import { worse, rank } from "./verdict_states.js";

export const state = {
  plan: null,
  session: { user: null, role: null, login_required: false },
  /** Section number -> {number, name, grids, length_m, line}. */
  sections: new Map(),
  /** Grid id -> grid of the plan. */
  grids: new Map(),
  operators: new Map(),
  nowMs: 0,
  live: true,
  serviceDate: null,
  planVersion: null,
  /** Seconds since the server last read the log; longer than a few, its database is away. */
  logAgeS: null,
  /** When the latest ping was received. */
  logMs: null,
  /** The fault of the whole fleet if its fixes do not lie on the streets: then all is unknown. */
  streetsFault: null,
  /** Whether the plan was changed and cannot be used: the one before goes on. */
  planRefused: false,
  windows: new Map(),
  streets: new Map(),
  vehicles: new Map(),
  /** Key of a street and window -> Map of section number -> merged [from, to, ...] metres. */
  served: new Map(),
  alerts: new Map(),
  /** Instant the last word came from the server, while the connection is away; else null. */
  lostSinceMs: null,
  lost: true,
};

const listeners = new Map();
const TRAIL_MS = 5 * 60_000;

export function listen(topics, listener) {
  for (const topic of topics.split(" ")) {
    if (!listeners.has(topic)) listeners.set(topic, new Set());
    listeners.get(topic).add(listener);
  }
}

export function tell(topic, what) {
  for (const listener of listeners.get(topic) ?? []) listener(what);
}

export function takePlan(plan, streets) {
  state.plan = plan;
  lieAround(plan.bounds);
  state.grids = new Map(plan.grids.map((grid) => [grid.id, grid]));
  state.operators = new Map(plan.operators.map((operator) => [operator.id, operator.name]));
  state.sections = new Map();
  for (const { geometry, properties } of streets.features) {
    const { number, name, grids, length_m } = properties;
    state.sections.set(number, { number, name, grids, length_m, line: alongside(geometry.coordinates) });
  }
  tell("plan");
}

export function takeSession(session) {
  state.session = session;
  tell("session");
}

/** The whole state of an instant: what was known before is forgotten. */
export function takeState(document) {
  state.nowMs = document.at_ms;
  state.live = document.live;
  state.serviceDate = document.service_date;
  state.planVersion = document.plan_version;
  state.windows = new Map(document.windows.map((window) => [window.key, window]));
  state.streets = new Map(document.streets.map((street) => [street.key, street]));
  state.vehicles = new Map(document.vehicles.map((vehicle) => [vehicle.id, vehicle]));
  state.served = new Map();
  for (const piece of document.served) addServed(piece);
  tell("state");
}

export function takeWindows(windows) {
  for (const window of windows) state.windows.set(window.key, window);
  tell("windows", windows);
}

export function takeStreets(streets) {
  for (const street of streets) state.streets.set(street.key, street);
  tell("streets", streets);
}

/** Fixes come without trail: the page draws it on. */
export function takeVehicles(vehicles) {
  for (const vehicle of vehicles) {
    const trail = state.vehicles.get(vehicle.id)?.trail ?? [];
    vehicle.trail = vehicle.trail ?? trail;
    extendTrail(vehicle);
    state.vehicles.set(vehicle.id, vehicle);
  }
  tell("vehicles", vehicles);
}

function extendTrail({ trail, longitude, latitude, event_ms }) {
  if (longitude === null || event_ms === null) return;
  if (!trail.length || trail.at(-1)[2] < event_ms) trail.push([longitude, latitude, event_ms]);
  let old = 0;
  while (old < trail.length && trail[old][2] < event_ms - TRAIL_MS) old += 1;
  if (old) trail.splice(0, old);
}

export function takeServed(pieces) {
  for (const piece of pieces) addServed(piece);
  tell("served", pieces);
}

/** A later fix moved a path: what is still collected of these streets follows, whole. */
export function takeUnserved(pieces) {
  for (const { key, section } of pieces) state.served.get(key)?.delete(section);
  tell("served", pieces);
}

function addServed({ key, section, from_m, to_m }) {
  let sections = state.served.get(key);
  if (!sections) state.served.set(key, (sections = new Map()));
  sections.set(section, mergeInterval(sections.get(section) ?? [], from_m, to_m));
}

/** Add [from, to] to sorted disjoint intervals, given flat; touching ones become one. */
export function mergeInterval(flat, from, to) {
  const merged = [];
  let [low, high] = [from, to];
  let placed = false;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i + 1] < low) merged.push(flat[i], flat[i + 1]);
    else if (flat[i] > high) {
      if (!placed) merged.push(low, high);
      placed = true;
      merged.push(flat[i], flat[i + 1]);
    } else {
      low = Math.min(low, flat[i]);
      high = Math.max(high, flat[i + 1]);
    }
  }
  if (!placed) merged.push(low, high);
  return merged;
}

export function takeAlerts(alerts, { all = false } = {}) {
  const fresh = alerts.filter((alert) => !state.alerts.has(alert.id));
  if (all) state.alerts = new Map();
  for (const alert of alerts) state.alerts.set(alert.id, alert);
  tell("alerts", all ? [] : fresh);
}

export function takeClock({ now_ms, log_ms, log_age_s, streets_fault, plan_refused }) {
  state.nowMs = now_ms;
  state.logMs = log_ms ?? null;
  state.logAgeS = log_age_s ?? null;
  state.streetsFault = streets_fault ?? null;
  state.planRefused = plan_refused ?? false;
  tell("clock");
}

export function setLost(sinceMs) {
  state.lost = true;
  state.lostSinceMs = sinceMs;
  tell("connection");
}

export function setConnected() {
  if (!state.lost) return;
  state.lost = false;
  state.lostSinceMs = null;
  tell("connection");
}

export function isOpen(window, nowMs = state.nowMs) {
  return window.start_ms <= nowMs && nowMs < window.deadline_ms && !window.is_final;
}

/** How old the last fix of a vehicle is; null before its first. */
export function fixAgeMs(vehicle) {
  return vehicle.event_ms === null ? null : Math.max(0, state.nowMs - vehicle.event_ms);
}

/** Windows of a grid on the service date, in the order of the plan. */
export function windowsOf(gridId) {
  const mine = [];
  for (const window of state.windows.values()) if (window.grid === gridId) mine.push(window);
  return mine;
}

/**
 * The window that stands for each grid now: of its open ones the worst, of equals the latest;
 * without an open one the last that ended, and before the first of the day that one.
 */
export function shownWindows() {
  const shown = new Map();
  for (const window of state.windows.values()) {
    const best = shown.get(window.grid);
    if (!best || outranks(window, best)) shown.set(window.grid, window);
  }
  return shown;
}

function outranks(window, best) {
  const [open, bestOpen] = [isOpen(window), isOpen(best)];
  if (open !== bestOpen) return open;
  const [rankHere, rankBest] = [rank(window.state), rank(best.state)];
  if (open && rankHere !== rankBest) return rankHere < rankBest;
  const [begun, bestBegun] = [window.start_ms <= state.nowMs, best.start_ms <= state.nowMs];
  if (begun !== bestBegun) return begun;
  return begun ? window.start_ms >= best.start_ms : window.start_ms < best.start_ms;
}

/** State of each section that someone must collect, by the windows given for the grids. */
export function sectionStates(shown) {
  const states = new Map();
  for (const section of state.sections.values()) {
    let here = null;
    for (const grid of section.grids) {
      const window = shown.get(grid);
      if (!window) continue;
      const street = state.streets.get(`${window.key}|${section.name}`);
      if (street) here = here === null ? street.state : worse(here, street.state);
    }
    if (here !== null) states.set(section.number, here);
  }
  return states;
}

/** Collected metres of each section in the windows given for the grids. */
export function servedBySection(shown) {
  const pieces = new Map();
  for (const section of state.sections.values()) {
    for (const grid of section.grids) {
      const window = shown.get(grid);
      const flat = window && state.served.get(`${window.key}|${section.name}`)?.get(section.number);
      if (!flat) continue;
      let merged = pieces.get(section.number) ?? [];
      for (let i = 0; i < flat.length; i += 2) merged = mergeInterval(merged, flat[i], flat[i + 1]);
      pieces.set(section.number, merged);
    }
  }
  return pieces;
}
