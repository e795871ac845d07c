// The room "Windows": what is open now, what comes next, what has ended.

import { el, keyed, say, walkWithArrows } from "../elements/dom.js";
import { word } from "../language/words.js";
import { clockTime } from "../language/zone_time.js";
import { shownState } from "../map/legend.js";
import { isOpen, state } from "../state/state.js";
import { rank } from "../state/verdict_states.js";
import { chanceOfMiss, windowRow } from "./window_row.js";

const SOON_MS = 60 * 60_000;

export function windowsRoom(root) {
  const note = el("p", { class: "note" });
  const parts = { in_play: part(), soon: part(), ended: part() };
  root.append(note, ...Object.values(parts).map(({ box }) => box));
  walkWithArrows(root);
  return { update: () => update(note, parts) };
}

function part() {
  const title = el("h2");
  const list = el("ul", { class: "list" });
  return { box: el("section", {}, title, list), title, list };
}

function update(note, parts) {
  const only = shownState();
  const all = [...state.windows.values()].filter((window) => !only || window.state === only);
  const open = all.filter((window) => isOpen(window)).sort(byRisk);
  const coming = all.filter((window) => window.start_ms > state.nowMs)
    .sort((left, right) => left.start_ms - right.start_ms);
  const soon = coming.filter((window) => window.start_ms <= state.nowMs + SOON_MS);
  const ended = all.filter((window) => !isOpen(window) && window.start_ms <= state.nowMs)
    .sort((left, right) => rank(left.state) - rank(right.state) || right.end_ms - left.end_ms);
  write(parts.in_play, "in_play", open);
  write(parts.soon, "soon", soon);
  write(parts.ended, "ended", ended);
  let text = "";
  if (!state.windows.size) text = state.serviceDate ? word("no_windows") : word("loading");
  else if (!open.length && !only) {
    text = word("none_open");
    if (coming.length) text += ` · ${word("next_at", { time: clockTime(coming[0].start_ms) })}`;
  }
  say(note, text);
  note.hidden = !text;
}

function write({ box, title, list }, key, windows) {
  box.hidden = !windows.length;
  say(title, `${word(key)} ${windows.length}`);
  keyed(list, windows, (window) => window.key, windowRow, (row, window) => row.update(window));
}

/** What is done goes last, the likeliest miss first, of equals what ends first. */
function byRisk(left, right) {
  const chance = (window) => chanceOfMiss(window) ?? -1;
  return doneLast(left) - doneLast(right) || chance(right) - chance(left)
    || rank(left.state) - rank(right.state) || left.end_ms - right.end_ms;
}

function doneLast({ state: name }) {
  return name === "served" || name === "late" || name === "exempt" ? 1 : 0;
}
