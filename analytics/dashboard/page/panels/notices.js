// What must be known before anything else is believed: a lost connection, a log that is old, a map
// that lies beside the trucks, a plan that cannot be used.

import { el, keyed, say } from "../elements/dom.js";
import { onLanguage, duration, word } from "../language/words.js";
import { clockSeconds } from "../language/zone_time.js";
import { isOpen, listen, state } from "../state/state.js";

/** The server looks at its log several times a second. */
const AWAY_S = 10;
/** Trucks report every few seconds: of a live log this old, something is down. */
const OLD_MS = 180_000;
/** A connection that is only now being made is no news. */
const PATIENCE_MS = 1_500;
const startedAt = Date.now();

export function startNotices(root) {
  const update = () => {
    document.body.classList.toggle("lost", state.lost || isAway());
    keyed(root, notices(), ({ kind }) => kind, ({ kind }) => el("p", { class: `notice ${kind}` }),
      (node, { text }) => say(node, text));
  };
  listen("connection clock state plan", update);
  onLanguage(update);
  setTimeout(update, PATIENCE_MS);
}

function notices() {
  if (state.lost) {
    if (state.session.login_required && !state.session.user) return [];
    if (state.lostSinceMs !== null) {
      return [{ kind: "is-lost", text: word("lost", { time: clockSeconds(state.lostSinceMs) }) }];
    }
    return Date.now() - startedAt < PATIENCE_MS ? [] : [{ kind: "is-lost", text: word("lost_never") }];
  }
  if (isAway()) {
    const time = clockSeconds(state.nowMs - state.logAgeS * 1000);
    return [{ kind: "is-lost", text: word("away", { time }) }];
  }
  if (state.streetsFault !== null) {
    return [{ kind: "is-misfit", text: word(`fleet_${state.streetsFault}`) }];
  }
  if (state.planRefused) return [{ kind: "is-refused", text: word("plan_refused") }];
  const age = state.logMs === null ? 0 : state.nowMs - state.logMs;
  const isWorking = [...state.windows.values()].some((window) => isOpen(window));
  if (state.live && age > OLD_MS && isWorking) {
    return [{ kind: "is-old", text: word("log_old", { age: duration(age) }) }];
  }
  return [];
}

function isAway() {
  return state.live && state.logAgeS !== null && state.logAgeS > AWAY_S;
}
