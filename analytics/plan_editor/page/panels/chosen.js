// What is chosen: its name and grids, and what can be done to it.

import { el } from "../../elements/dom.js";
import { metres, word } from "../../language/words.js";
import { joinChosen } from "../controls/tools.js";
import { faultLine, labelled, select } from "../elements/fields.js";
import { lookAtChosen } from "../map/map.js";
import { switchCutting } from "../map/picking.js";
import { edit } from "../state/doing.js";
import { choose, chooseGrid, chosenSections, gridOf, sectionsByName, state } from "../state/state.js";
import { swatch } from "./swatch.js";

let wantedGrid = null;

/** The grid that what is chosen would be assigned to. */
function target() {
  if (state.grid !== null) return state.grid;
  return gridOf(wantedGrid) ? wantedGrid : state.tables.grids[0]?.id ?? "";
}

/** Assign what is chosen, as the key A does. */
export function assignChosen() {
  document.getElementById("assign")?.click();
}

export function chosenRoom(root) {
  const update = () => root.replaceChildren(...(state.chosen.size ? contents() : nothing()));
  return { update, topics: "chosen tables grid" };
}

function nothing() {
  const { decisions } = state.status;
  return [
    el("h2", { class: "headline", text: word("edit_none_chosen") }),
    el("p", { class: "note", text: word("edit_how") }),
    decisions ? el("p", { class: "facts", text: word("edit_decisions", { n: decisions }) }) : "",
  ];
}

const countText = (n) => (n === 1 ? word("edit_section") : word("edit_sections", { n }));

function headline(sections) {
  const names = [...new Set(sections.map(({ name }) => name))];
  const first = names.find(Boolean) ?? word("edit_nameless");
  return names.length > 1 ? word("edit_and_more", { name: first, n: names.length - 1 }) : first;
}

function contents() {
  const sections = chosenSections();
  const ids = sections.map(({ id }) => id);
  const length_m = sections.reduce((sum, section) => sum + section.length_m, 0);
  const facts = [countText(ids.length), metres(length_m)];
  if (ids.length === 1) facts.push(ids[0]);
  if (sections.every(({ oneway }) => oneway)) facts.push(word("edit_oneway"));
  return [
    el("h2", { class: "headline", text: headline(sections) }),
    el("p", { class: "facts", text: facts.join(" · ") }),
    grids(sections, ids),
    assigning(sections, ids),
    naming(sections, ids),
    shaping(sections),
  ];
}

function grids(sections, ids) {
  const counts = new Map();
  for (const { grids: own } of sections) for (const id of own) counts.set(id, (counts.get(id) ?? 0) + 1);
  const chips = [...counts].map(([grid, n]) => {
    const takeOut = word("edit_take_out", { grid });
    const text = n === ids.length ? grid : word("edit_some", { grid, n });
    return el("li", { class: "plate of-grid" },
      el("button", { type: "button", class: "plain-button", on: { click: () => chooseGrid(grid) } }, swatch(grid), text),
      el("button", {
        type: "button", class: "x", text: "×", "aria-label": takeOut, title: takeOut,
        on: { click: () => edit("unassign", { sections: ids, grid }) },
      }));
  });
  return el("section", {}, el("h3", { text: word("edit_grids_of") }),
    chips.length ? el("ul", { class: "links" }, ...chips) : el("p", { class: "facts", text: word("edit_no_grid") }));
}

function assigning(sections, ids) {
  const fault = faultLine();
  const choice = select(state.tables.grids.map(({ id }) => [id, gridName(id)]), target(), { id: "assign-grid" });
  choice.addEventListener("change", () => {
    wantedGrid = choice.value;
    if (state.grid !== null) chooseGrid(choice.value, false);
  });
  const keeps = el("input", { type: "checkbox", id: "assign-keeps" });
  const hasOthers = sections.some(({ grids: own }) => own.length);
  const assign = el("button", {
    type: "button", class: "big-button", id: "assign", text: word("edit_assign"), title: word("edit_assign_hint"),
    on: {
      click: () => edit("assign", {
        sections: ids, grid: choice.value, keeps: keeps.checked,
        name: document.getElementById("section-name")?.value ?? "",
      }, { onFaults: fault.show }),
    },
  });
  return el("section", { class: "form" },
    labelled(word("edit_assign_to"), choice),
    hasOthers ? el("label", { class: "check" }, keeps, word("edit_keeps")) : null,
    assign, fault);
}

function gridName(id) {
  const grid = gridOf(id);
  const operator = state.tables.operators.find((each) => each.id === grid?.operator);
  return operator ? `${id} · ${operator.name}` : id;
}

function naming(sections, ids) {
  const names = new Set(sections.map(({ name }) => name));
  const fault = faultLine();
  const listed = gridOf(target())?.streets ?? [];
  const suggestions = el("datalist", { id: "street-names" }, ...listed.map((text) => el("option", { value: text })));
  const input = el("input", {
    id: "section-name", value: names.size === 1 ? [...names][0] : "", list: "street-names",
    autocomplete: "off", spellcheck: "false", "aria-describedby": fault.id,
  });
  const rename = () => edit("rename", { sections: ids, name: input.value }, { onFaults: fault.show });
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") rename(); });
  const button = el("button", { type: "button", class: "small-button", id: "rename", text: word("edit_rename"), on: { click: rename } });
  return el("section", { class: "form" },
    el("div", { class: "field" }, el("label", { for: "section-name", text: word("edit_name") }),
      el("span", { class: "beside" }, input, button)), suggestions, fault);
}

function shaping(sections) {
  const fault = faultLine();
  const names = new Set(sections.map(({ name }) => name).filter(Boolean));
  const button = (id, text, click, isOff = false) =>
    el("button", { type: "button", class: "small-button", id, text, disabled: isOff, on: { click } });
  return el("section", {},
    el("div", { class: "links" },
      button("whole-street", word("edit_whole_street"), () => {
        choose([...names].flatMap((name) => sectionsByName().get(name).map(({ id }) => id)));
        lookAtChosen();
      }, !names.size),
      button("cut", word("edit_cut"), switchCutting),
      button("join", word("edit_join"), () => joinChosen(fault.show), sections.length < 2),
      button("clear", word("edit_clear"), () => choose([]))),
    fault);
}
