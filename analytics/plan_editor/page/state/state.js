// What the page knows: the plan as it is edited, what is chosen, and which grid is worked on.

import { alongside, lieAround } from "../../state/longitude.js";
import { lengthOf } from "./lines.js";

const listeners = new Map();

export const state = {
  plan: null,
  tables: { operators: [], grids: [], exceptions: [] },
  status: { revision: 0, undo: null, redo: null, saved: true, decisions: 0 },
  /** Section id -> section; in the order of the file as far as nothing was cut or joined. */
  sections: new Map(),
  /** Ids, in the order in which they were chosen. */
  chosen: new Set(),
  grid: null,
  mode: "pick",
  many: false,
};

/** Call back after changes of some topics: plan sections tables status chosen grid mode. */
export function listen(topics, listener) {
  for (const topic of topics.split(" ")) {
    if (!listeners.has(topic)) listeners.set(topic, new Set());
    listeners.get(topic).add(listener);
  }
}

function tell(topics, news = undefined) {
  const called = new Set();
  for (const topic of topics.split(" ")) {
    for (const listener of listeners.get(topic) ?? []) {
      if (called.has(listener)) continue;
      called.add(listener);
      listener(news);
    }
  }
}

export function takePlan(plan) {
  state.plan = plan;
  state.tables = plan.tables;
  state.status = plan.status;
  const [west] = plan.sections[0]?.line[0] ?? [0];
  lieAround([west, 0, west]);
  state.sections = new Map(plan.sections.map((section) => [section.id, measured(section)]));
  state.chosen = new Set([...state.chosen].filter((id) => state.sections.has(id)));
  if (!gridOf(state.grid)) state.grid = null;
  tell("plan tables status chosen grid");
}

/** Take what a change did; `chooses` has what it brought chosen. */
export function takeChange({ gone, come, tables, status }, chooses = false) {
  const fresh = new Set(come.map(({ id }) => id));
  const lost = gone.filter((id) => !fresh.has(id));
  const wasChosen = gone.some((id) => state.chosen.has(id));
  for (const id of lost) state.sections.delete(id);
  for (const section of come) state.sections.set(section.id, measured(section));
  for (const id of lost) state.chosen.delete(id);
  if (chooses && come.length) state.chosen = fresh;
  else if (wasChosen) for (const id of fresh) state.chosen.add(id);
  state.status = status;
  if (tables) state.tables = tables;
  tell("sections", { lost, come });
  tell(tables ? "tables status chosen" : "status chosen");
}

export function takeStatus(status) {
  state.status = status;
  tell("status");
}

function measured(section) {
  const line = alongside(section.line);
  return { ...section, line, length_m: lengthOf(line) };
}

export function choose(ids) {
  state.chosen = new Set([...ids].filter((id) => state.sections.has(id)));
  tell("chosen");
}

export function toggle(ids) {
  const next = new Set(state.chosen);
  for (const id of ids) if (!next.delete(id)) next.add(id);
  choose(next);
}

/** Work on a grid; `shows` has the page show it. */
export function chooseGrid(id, shows = true) {
  if (state.grid === id && !shows) return;
  state.grid = id;
  tell("grid", { shows });
}

export function setMode(mode) {
  if (state.mode === mode) return;
  state.mode = mode;
  tell("mode");
}

export function setMany(many) {
  state.many = many;
  tell("mode");
}

export function gridOf(id) {
  return state.tables.grids.find((grid) => grid.id === id);
}

export function chosenSections() {
  return [...state.chosen].map((id) => state.sections.get(id));
}

let byGrid = null;
let byName = null;
listen("plan sections", () => {
  byGrid = null;
  byName = null;
});

function grouped(keysOf) {
  const groups = new Map();
  for (const section of state.sections.values()) {
    for (const key of keysOf(section)) {
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(section);
    }
  }
  return groups;
}

/** Grid id -> its sections. */
export function sectionsByGrid() {
  byGrid ??= grouped(({ grids }) => grids);
  return byGrid;
}

/** Street -> its sections; roads without a name have none. */
export function sectionsByName() {
  byName ??= grouped(({ name }) => (name ? [name] : []));
  return byName;
}
