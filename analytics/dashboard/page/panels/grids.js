// The room "Grids": every grid, the one at most risk first.

import { stateBadge } from "../elements/badge.js";
import { el, keyed, mark, progressBar, say, walkWithArrows } from "../elements/dom.js";
import { duration, percent, word } from "../language/words.js";
import { shownState } from "../map/legend.js";
import { linkTo } from "../state/route.js";
import { fixAgeMs, isOpen, shownWindows, state } from "../state/state.js";
import { rank } from "../state/verdict_states.js";
import { chanceOfMiss, riskLevel, servedShare } from "./window_row.js";

export function gridsRoom(root) {
  const list = el("ul", { class: "list" });
  root.append(list);
  walkWithArrows(list);
  return {
    update() {
      const shown = shownWindows();
      const only = shownState();
      const grids = [...state.grids.values()]
        .map((grid) => ({ grid, window: shown.get(grid.id) ?? null }))
        .filter(({ window }) => !only || window?.state === only);
      grids.sort(byRisk);
      keyed(list, grids, ({ grid }) => grid.id, gridRow, (row, entry) => row.update(entry));
    },
  };
}

function byRisk(left, right) {
  return open(right) - open(left) || chance(right) - chance(left)
    || rank(left.window?.state) - rank(right.window?.state)
    || left.grid.id.localeCompare(right.grid.id);
}

function open({ window }) {
  return window && isOpen(window) ? 1 : 0;
}

function chance({ window }) {
  return window ? chanceOfMiss(window) ?? -1 : -2;
}

function gridRow({ grid }) {
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
  row.update = ({ window }) => {
    mark(row.firstElementChild, "href", linkTo("grid", grid.id));
    say(title, `${grid.id}  ${window?.window ?? ""}`);
    badge.hidden = bar.hidden = !window;
    const miss = window && chanceOfMiss(window);
    if (window) {
      const part = servedShare(window);
      badge.update(window.state);
      bar.update(part, window.state, word("progress_of", { name: grid.id, percent: percent(part) }));
      say(share, percent(part));
    }
    say(facts, [state.operators.get(grid.operator) ?? "", ...truckFacts(window)].join(" · "));
    say(risk, miss === null ? "" : word("risk", { percent: percent(miss) }));
    mark(risk, "data-level", miss === null ? "none" : riskLevel(miss));
  };
  return row;
}

function truckFacts(window) {
  return (window?.vehicles ?? []).map((id) => {
    const vehicle = state.vehicles.get(id);
    const age = vehicle ? fixAgeMs(vehicle) : null;
    const text = age === null ? word("motion_unseen") : word("fix_age", { age: duration(age) });
    return `${id} ${text}`;
  });
}
