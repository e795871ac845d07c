// The windows of a grid on its day, as bars between the hours, with a line for now.

import { stateBadge } from "../elements/badge.js";
import { el, keyed, mark, say } from "../elements/dom.js";
import { percent, word } from "../language/words.js";
import { clockTime } from "../language/zone_time.js";
import { linkTo } from "../state/route.js";
import { state } from "../state/state.js";
import { servedShare } from "./window_row.js";

const HOUR_MS = 3_600_000;

export function timeline() {
  const hours = el("div", { class: "hours", "aria-hidden": "true" });
  const rows = el("ol", { class: "windows" });
  const now = el("div", { class: "now-mark", "aria-hidden": "true" });
  const box = el("div", { class: "timeline" }, hours, rows, now);
  box.update = (windows, chosen) => {
    box.hidden = !windows.length;
    if (!windows.length) return;
    const from = Math.floor(Math.min(...windows.map((one) => one.start_ms)) / HOUR_MS - 0.5) * HOUR_MS;
    const to = Math.ceil(Math.max(...windows.map((one) => one.end_ms)) / HOUR_MS + 1) * HOUR_MS;
    const place = (ms) => `${(Math.max(0, Math.min(1, (ms - from) / (to - from))) * 100).toFixed(2)}%`;
    const step = to - from > 10 * HOUR_MS ? 3 : 2;
    const marks = [];
    for (let at = from + HOUR_MS; at < to; at += step * HOUR_MS) marks.push(at);
    keyed(hours, marks, (at) => at, () => el("span"), (node, at) => {
      say(node, clockTime(at));
      node.style.left = place(at);
    });
    keyed(rows, windows, (one) => one.key, bar, (node, one) =>
      node.update(one, place, one === chosen));
    now.style.left = place(state.nowMs);
    now.hidden = state.nowMs < from || state.nowMs > to;
  };
  return box;
}

function bar() {
  const fill = el("span", { class: "fill" });
  const label = el("span", { class: "label" });
  const badge = stateBadge();
  const link = el("a", {}, fill, label);
  const node = el("li", {}, link);
  node.update = (window, place, isChosen) => {
    mark(link, "href", linkTo("grid", window.grid, window.window));
    mark(link, "data-state", window.state);
    link.style.left = place(window.start_ms);
    link.style.right = `${100 - Number.parseFloat(place(window.end_ms))}%`;
    label.classList.toggle("before", Number.parseFloat(link.style.left) > 55);
    fill.style.width = percent(servedShare(window));
    badge.update(window.state);
    say(label, `${badge.firstElementChild.textContent} ${window.window}`);
    mark(link, "aria-label",
      `${window.window}: ${word(`state_${window.state}`)}, ${percent(servedShare(window))}`);
    if (isChosen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  };
  return node;
}
