// The room of one grid: its windows as a timeline, street by street, and the evidence.

import { stateBadge } from "../elements/badge.js";
import { el, keyed, mark, progressBar, say, walkWithArrows } from "../elements/dom.js";
import { metres, percent, word } from "../language/words.js";
import { clockTime } from "../language/zone_time.js";
import { linkTo } from "../state/route.js";
import { shownWindows, state, windowsOf } from "../state/state.js";
import { rank } from "../state/verdict_states.js";
import { evidenceCard } from "./evidence.js";
import { timeline } from "./timeline.js";
import { chanceOfMiss, servedShare, windowFacts } from "./window_row.js";

export function gridRoom(root, [id, window = null, street = null]) {
  const title = el("h2", { class: "headline" });
  const about = el("p", { class: "facts" });
  const trucks = el("p", { class: "links" });
  const heading = el("h3");
  const bars = timeline();
  const now = el("p", { class: "now-line" });
  const badge = stateBadge();
  const facts = el("span");
  now.append(badge, facts);
  const streetsTitle = el("h3");
  const columns = ["street", "share", "first_service", "last_service"];
  const heads = columns.map((key) => el("th", { scope: "col", "data-word": key, text: word(key) }));
  const body = el("tbody");
  const hint = el("p", { class: "facts" });
  const card = evidenceCard();
  root.append(title, about, trucks, heading, bars, now, streetsTitle,
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), body), hint, card);
  walkWithArrows(body, "a");

  function update() {
    const grid = state.grids.get(id);
    say(title, word("grid", { id }));
    if (!grid) {
      if (state.plan) say(about, word("no_grid"));
      now.hidden = true;
      return;
    }
    say(about, [
      state.operators.get(grid.operator) ?? "",
      word("street_count", { count: grid.streets.length }),
      metres(grid.streets.reduce((sum, one) => sum + (one.length_m ?? 0), 0)),
    ].join(" · "));
    const windows = windowsOf(id);
    const chosen = windows.find((one) => one.window === window) ?? shownWindows().get(id) ?? null;
    const plates = chosen?.vehicles?.length ? chosen.vehicles : grid.vehicles;
    keyed(trucks, plates, (plate) => plate, (plate) => el("a", { class: "plate", text: plate }),
      (link, plate) => mark(link, "href", linkTo("vehicle", plate)));
    say(heading, word("today_windows"));
    bars.update(windows, chosen);
    now.hidden = !chosen;
    if (!chosen) return;
    badge.update(chosen.state);
    const chance = chanceOfMiss(chosen);
    say(facts, [percent(servedShare(chosen)), ...windowFacts(chosen),
      ...(chance === null ? [] : [word("risk", { percent: percent(chance) })])].join(" · "));
    say(streetsTitle, word("streets_in", { window: chosen.window }));
    columns.forEach((key, place) => say(heads[place], word(key)));
    keyed(body, rowsOf(grid, chosen), ({ name }) => name, streetRow,
      (row, entry) => row.update(entry, chosen, street));
    say(hint, word("evidence_hint"));
    hint.hidden = Boolean(street);
    card.update(street ? { grid: id, window: chosen.window, street } : null);
  }

  return { update, close: () => card.close() };
}

function rowsOf(grid, window) {
  const rows = grid.streets.map(({ name, located }) => ({
    name, located, street: state.streets.get(`${window.key}|${name}`) ?? null,
  }));
  return rows.sort((left, right) => rank(left.street?.state) - rank(right.street?.state)
    || left.name.localeCompare(right.name, "zh"));
}

function streetRow({ name, located }) {
  const link = el("a", { text: name });
  const badge = stateBadge();
  const bar = progressBar();
  const share = el("span", { class: "share" });
  const [first, last] = [el("td"), el("td")];
  const row = el("tr", {},
    el("th", { scope: "row" }, located ? link : el("span", { text: name }), badge),
    el("td", {}, bar, share), first, last);
  row.update = ({ street }, window, chosen) => {
    mark(link, "href", linkTo("grid", window.grid, window.window, name));
    if (name === chosen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    badge.hidden = bar.hidden = !street;
    if (!street) {
      say(share, word("unlocated"));
      return;
    }
    const part = Math.floor(street.served_ratio * 100 + 1e-6) / 100;
    badge.update(street.state);
    bar.update(part, street.state, word("progress_of", { name, percent: percent(part) }));
    say(share, percent(part));
    say(first, street.started_ms ? clockTime(street.started_ms) : "–");
    say(last, street.completed_ms ? clockTime(street.completed_ms) : "–");
  };
  return row;
}
