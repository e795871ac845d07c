// One window as a row: state, progress, time left, forecast.

import { stateBadge } from "../elements/badge.js";
import { el, mark, progressBar, say } from "../elements/dom.js";
import { duration, metres, percent, word } from "../language/words.js";
import { clockTime } from "../language/zone_time.js";
import { linkTo } from "../state/route.js";
import { isOpen, state } from "../state/state.js";

/** Collected share in whole percent, rounded down: 99.6% is not all. */
export function servedShare({ served_m, length_m }) {
  return length_m > 0 ? Math.floor((served_m / length_m) * 100 + 1e-6) / 100 : 0;
}

export function windowRow(window) {
  const title = el("span", { class: "title" });
  const badge = stateBadge();
  const bar = progressBar();
  const share = el("span", { class: "share" });
  const facts = el("span", { class: "facts" });
  const risk = el("span", { class: "risk" });
  const row = el("li", {}, el("a", { class: "row" },
    el("span", { class: "line" }, title, badge),
    el("span", { class: "line" }, bar, share),
    el("span", { class: "line small" }, facts, risk)));
  row.update = (now) => {
    mark(row.firstElementChild, "href", linkTo("grid", now.grid, now.window));
    say(title, `${now.grid}  ${now.window}`);
    badge.update(now.state);
    const part = servedShare(now);
    bar.update(part, now.state, word("progress_of", { name: title.textContent, percent: percent(part) }));
    say(share, percent(part));
    say(facts, windowFacts(now).join(" · "));
    const chance = chanceOfMiss(now);
    say(risk, chance === null ? "" : word("risk", { percent: percent(chance) }));
    mark(risk, "data-level", chance === null ? "none" : riskLevel(chance));
  };
  row.update(window);
  return row;
}

/** Chance that an unfinished window will be missed, or null if nothing is foreseen. */
export function chanceOfMiss(window) {
  if (["served", "late", "partial", "skipped", "exempt"].includes(window.state)) return null;
  return window.forecast?.miss_probability ?? null;
}

export function riskLevel(chance) {
  if (chance >= 0.5) return "high";
  return chance >= 0.2 ? "some" : "low";
}

/** What matters of a window at this instant, in words. */
export function windowFacts(window) {
  const now = state.nowMs;
  const facts = [];
  if (window.completed_ms) facts.push(word("done_at", { time: clockTime(window.completed_ms) }));
  if (now < window.start_ms) {
    facts.push(word("starts_in", { time: duration(window.start_ms - now) }));
    return facts;
  }
  if (!isOpen(window) || window.completed_ms) return facts;
  if (now < window.end_ms) facts.push(word("left", { time: duration(window.end_ms - now) }));
  else {
    facts.push(word("over_by", { time: duration(now - window.end_ms) }));
    facts.push(word("deadline_in", { time: duration(window.deadline_ms - now) }));
  }
  const finish = window.forecast?.finish_ms ?? null;
  facts.push(finish === null
    ? word("finish_none") : word("finish_at", { time: clockTime(finish) }));
  facts.push(word("metres_left", { metres: metres(window.remaining_m) }));
  const since = window.forecast?.visible_since_ms ?? null;
  if (since !== null && (chanceOfMiss(window) ?? 0) >= 0.2) {
    facts.push(word("visible_since", { time: clockTime(since) }));
  }
  return facts;
}
