// All grids, and one of them: windows, days, vehicles, streets.

import { el } from "../../elements/dom.js";
import { metres, word } from "../../language/words.js";
import { searchFor } from "../controls/search.js";
import { faultLine, labelled, listField, select } from "../elements/fields.js";
import { lookAt, lookAtGrid } from "../map/map.js";
import { edit } from "../state/doing.js";
import { choose, chooseGrid, gridOf, sectionsByGrid, state } from "../state/state.js";
import { swatch } from "./swatch.js";

const DAYS = [0, 1, 2, 3, 4, 5, 6];
let filter = "";

export function gridsRoom(root) {
  let shown;
  const update = () => {
    const before = shown;
    shown = state.grid;
    if (shown === null) root.replaceChildren(...allGrids());
    else root.replaceChildren(...oneGrid(gridOf(shown)));
    if (before !== shown) root.closest("#room").scrollTop = 0;
  };
  return { update, topics: "tables grid sections" };
}

const lengthOf = (sections) => sections.reduce((sum, { length_m }) => sum + length_m, 0);
const operatorName = (id) => state.tables.operators.find((each) => each.id === id)?.name ?? id;

function allGrids() {
  const list = el("ul", { class: "list" });
  const input = el("input", {
    type: "search", class: "filter", value: filter, placeholder: word("edit_filter"), "aria-label": word("edit_filter"),
    on: { input: () => { filter = input.value; fill(); } },
  });
  const fill = () => {
    const wanted = filter.trim().toLowerCase();
    const fitting = state.tables.grids.filter((grid) =>
      [grid.id, operatorName(grid.operator), ...grid.vehicles].some((text) => text.toLowerCase().includes(wanted)));
    list.replaceChildren(...fitting.map(gridRow));
    if (!fitting.length) list.replaceChildren(el("li", { class: "note", text: word("edit_no_match") }));
  };
  fill();
  return [input, list];
}

/** The streets that a grid lists, and that none of its sections bears. */
function unlocated({ id, streets: listed }) {
  const drawn = new Set((sectionsByGrid().get(id) ?? []).flatMap(({ name, mentions }) => [name, ...mentions]));
  return listed.filter((name) => !drawn.has(name));
}

function gridRow(grid) {
  const { id, operator, windows, vehicles } = grid;
  const sections = sectionsByGrid().get(id) ?? [];
  const lost = unlocated(grid).length;
  return el("li", {}, el("button", {
    type: "button", class: "row", "data-grid": id, on: { click: () => { chooseGrid(id); lookAtGrid(id); } },
  },
  el("span", { class: "line" },
    el("span", { class: "title" }, swatch(id), id),
    el("span", { class: "facts", text: sections.length ? metres(lengthOf(sections)) : word("edit_none_streets") }),
    lost ? el("span", { class: "badge lost", text: word("edit_lost", { n: lost }) }) : null),
  el("span", { class: "line facts" },
    el("span", { text: operatorName(operator) }),
    el("span", { text: `${windows.length} ${word("edit_windows")} · ${vehicles.join(" ")}` }))));
}

function oneGrid(grid) {
  const change = (key) => (value, onFaults) => edit("grid", { grid: grid.id, [key]: value }, { onFaults });
  const operator = select(state.tables.operators.map(({ id, name }) => [id, name]), grid.operator, {
    id: "grid-operator", on: { change: () => change("operator")(operator.value) },
  });
  return [
    el("p", { class: "links" }, el("button", {
      type: "button", class: "small-button", id: "back", text: `← ${word("grids")}`, on: { click: () => chooseGrid(null) },
    })),
    el("h2", { class: "headline" }, swatch(grid.id), grid.id),
    el("div", { class: "form" }, labelled(word("edit_operator"), operator)),
    listField(word("edit_windows"), grid.windows, change("windows"), { kind: "window", hint: "07:00-10:00" }),
    days(grid, change("days")),
    listField(word("edit_vehicles"), grid.vehicles, change("vehicles"), { kind: "vehicle" }),
    ...streets(grid),
    listField(word("edit_listed"), grid.streets, change("streets")),
  ];
}

function days(grid, save) {
  const fault = faultLine();
  const boxes = DAYS.map((day) => el("input", { type: "checkbox", checked: grid.days.includes(day), value: day }));
  const apply = () => save(DAYS.filter((day) => boxes[day].checked), fault.show);
  boxes.forEach((box) => box.addEventListener("change", apply));
  return el("fieldset", { class: "days" }, el("legend", { text: word("edit_days") }),
    ...DAYS.map((day) => el("label", { class: "day" }, boxes[day], word(`edit_day_${day}`))), fault);
}

function streets(grid) {
  const sections = sectionsByGrid().get(grid.id) ?? [];
  const byName = new Map();
  for (const section of sections) {
    if (!byName.has(section.name)) byName.set(section.name, []);
    byName.get(section.name).push(section);
  }
  const row = (name, own) => el("li", {}, el("button", {
    type: "button", class: "row", "data-street": name,
    on: { click: () => { choose(own.map(({ id }) => id)); lookAt(own); } },
  }, el("span", { class: "line" }, el("span", { class: "title", text: name || word("edit_nameless") }),
    el("span", { class: "facts", text: `${own.length === 1 ? word("edit_section") : word("edit_sections", { n: own.length })} · ${metres(lengthOf(own))}` }))));
  const lost = unlocated(grid);
  return [
    el("h3", { text: word("edit_streets") }),
    byName.size
      ? el("ul", { class: "list" }, ...[...byName].sort(([a], [b]) => a.localeCompare(b, "zh")).map(([name, own]) => row(name, own)))
      : el("p", { class: "facts", text: word("edit_none_streets") }),
    byName.size > 1 ? el("button", {
      type: "button", class: "small-button", id: "choose-grid", text: word("edit_choose_all"),
      on: { click: () => choose(sections.map(({ id }) => id)) },
    }) : "",
    lost.length ? el("section", { class: "unlocated" }, el("h3", { text: word("edit_unlocated") }),
      el("p", { class: "facts", text: word("edit_unlocated_hint") }),
      el("ul", { class: "links" }, ...lost.map((name) => el("li", {}, el("button", {
        type: "button", class: "plate", text: name, title: word("edit_find"), on: { click: () => searchFor(name) },
      }))))) : "",
  ];
}
