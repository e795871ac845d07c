// What is not judged on some dates: holidays, closed roads, exemptions.

import { el } from "../../elements/dom.js";
import { word } from "../../language/words.js";
import { faultLine, labelled, select } from "../elements/fields.js";
import { edit } from "../state/doing.js";
import { gridOf, sectionsByGrid, sectionsByName, state } from "../state/state.js";

const REASONS = ["holiday", "road_closed", "other"];
/** The number of the exception that is changed; null for a new one, undefined if none is. */
let editing;

export function exceptionsRoom(root) {
  const update = () => {
    const { exceptions } = state.tables;
    const rows = exceptions.map((each) => (each.number === editing ? form(each, update) : row(each, update)));
    root.replaceChildren(
      el("p", { class: "note", text: word("edit_exceptions_about") }),
      exceptions.length ? el("ul", { class: "list" }, ...rows) : el("p", { class: "facts", text: word("edit_no_exceptions") }),
      editing === null
        ? el("ul", { class: "list" }, form({ number: null, reason: "holiday", first: "", last: "", grid: "", streets: [], windows: [], note: "" }, update))
        : el("button", {
          type: "button", class: "big-button", id: "add-exception", text: word("edit_add_exception"),
          on: { click: () => { editing = null; update(); document.getElementById("exception-reason").focus(); } },
        }));
  };
  return { update, topics: "tables", close: () => { editing = undefined; } };
}

const datesOf = ({ first, last }) => (first === last ? first : `${first} – ${last}`);

function row(exception, update) {
  const { number, reason, grid, streets, windows, note } = exception;
  const title = word(`edit_reason_${reason}`);
  const scope = [grid || word("edit_every_grid"), streets.join("、") || word("edit_every_street"), ...windows];
  const button = (id, text, click) => el("button", {
    type: "button", class: "small-button", "data-do": id, text, "aria-label": `${text}: ${title} ${datesOf(exception)}`, on: { click },
  });
  return el("li", { class: "exception", "data-exception": number },
    el("div", { class: "line" }, el("span", { class: "title", text: `${title} ${datesOf(exception)}` }),
      el("span", { class: "links" },
        button("change", word("edit_change"), () => { editing = number; update(); }),
        button("remove", word("edit_remove_short"), () => edit("remove_exception", { number })))),
    el("p", { class: "facts", text: scope.join(" · ") }),
    note ? el("p", { class: "small", text: note }) : "");
}

function form(exception, update) {
  const faults = faultLine();
  const reason = select(REASONS.map((each) => [each, word(`edit_reason_${each}`)]), exception.reason, { id: "exception-reason" });
  const first = el("input", { type: "date", value: exception.first, required: true, id: "exception-first" });
  const last = el("input", { type: "date", value: exception.last, required: true, id: "exception-last" });
  first.addEventListener("change", () => { if (!last.value || last.value < first.value) last.value = first.value; });
  const grid = select([["", word("edit_every_grid")], ...state.tables.grids.map(({ id }) => [id, id])], exception.grid, { id: "exception-grid" });
  const lines = (values, id) => {
    const area = el("textarea", { rows: "2", id, spellcheck: "false" });
    area.value = values.join("\n");
    return area;
  };
  const streets = lines(exception.streets, "exception-streets");
  const windows = lines(exception.windows, "exception-windows");
  const note = el("input", { value: exception.note, id: "exception-note" });
  const fields = { reason, date: first, from: first, to: last, first, last, grid, streets, windows, note };
  const texts = (area) => area.value.split(/[\n,，、;；]/).map((text) => text.trim()).filter(Boolean);
  const end = () => { editing = undefined; update(); };
  const save = async (event) => {
    event.preventDefault();
    const number = exception.number;
    const before = editing;
    editing = undefined; // the list is drawn anew once it was done
    const isDone = await edit("exception", {
      number, reason: reason.value, first: first.value, last: last.value, grid: grid.value,
      streets: texts(streets), windows: texts(windows), note: note.value.trim(),
    }, {
      onFaults: (found) => {
        for (const control of new Set(Object.values(fields))) control.removeAttribute("aria-invalid");
        for (const { field } of found) fields[field]?.setAttribute("aria-invalid", "true");
        faults.show(found.map((fault) => ({ ...fault, table: "" }))); // what else would it be of
      },
    });
    if (!isDone) editing = before;
  };
  const known = grid.value ? [...new Set((sectionsByGrid().get(grid.value) ?? []).map(({ name }) => name))] : [...sectionsByName().keys()].slice(0, 3);
  if (known.length) streets.setAttribute("placeholder", known.slice(0, 2).join("\n"));
  const example = (gridOf(grid.value) ?? state.tables.grids[0])?.windows[0];
  if (example) windows.setAttribute("placeholder", example);
  return el("li", {}, el("form", { class: "form card", id: "exception-form", novalidate: true, on: { submit: save } },
    labelled(word("edit_reason"), reason),
    el("div", { class: "two" }, labelled(word("edit_first"), first), labelled(word("edit_last"), last)),
    labelled(word("edit_grid"), grid),
    labelled(word("edit_only_streets"), streets),
    labelled(word("edit_only_windows"), windows),
    labelled(word("edit_note"), note),
    faults,
    el("div", { class: "links" },
      el("button", { class: "small-button wanted", type: "submit", text: word("edit_ok") }),
      el("button", { class: "small-button", type: "button", text: word("edit_cancel"), on: { click: end } }))));
}
