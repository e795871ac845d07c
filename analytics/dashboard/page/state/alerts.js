// The alerts of the shown date.

import { get } from "./request.js";
import { state, takeAlerts } from "./state.js";

/** Fetch the alerts of the shown date; the stream brings what follows. */
export async function readAlerts() {
  try {
    takeAlerts(await get("/alerts", { date: state.serviceDate }), { all: true });
  } catch {
    // the list says "none" until the next state brings it again
  }
}

/** In a replay nothing is shown that was not yet said. */
export function shownAlerts() {
  return [...state.alerts.values()]
    .filter((alert) => state.live || alert.said_ms <= state.nowMs)
    .sort((left, right) => right.said_ms - left.said_ms || (left.id < right.id ? 1 : -1));
}

export function unacknowledged() {
  return shownAlerts().filter(isPending).length;
}

export function isPending({ acknowledged_ms, ended_ms }) {
  return !acknowledged_ms && !ended_ms;
}
