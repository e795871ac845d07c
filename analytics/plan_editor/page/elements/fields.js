// Fields of a form: each with its label, and with what is wrong with it beside it.

import { el, mark } from "../../elements/dom.js";
import { word } from "../../language/words.js";
import { faultText } from "../state/words.js";

let count = 0;
const freshId = (stem) => `${stem}-${(count += 1)}`;

/** A place for faults, which is read aloud once it has some. */
export function faultLine() {
  const id = freshId("fault");
  const line = el("p", { class: "fault", role: "alert", id });
  line.hidden = true;
  line.show = (faults) => {
    line.textContent = (faults ?? []).map(faultText).join(" ");
    line.hidden = !line.textContent;
  };
  return line;
}

export function labelled(text, control, ...more) {
  control.id ||= freshId("field");
  return el("div", { class: "field" }, el("label", { for: control.id, text }), control, ...more);
}

export function select(options, value, attributes = {}) {
  const control = el("select", attributes, ...options.map(([key, text]) =>
    el("option", { value: key, text, selected: key === value })));
  return control;
}

/**
 * A list of texts, an input each. `save(texts, onFaults)` is asked once one was changed; until it
 * takes them, what was typed stays, with the fault beside it.
 */
export function listField(label, texts, save, { kind = "text", hint = "", suggest = [], empty = "" } = {}) {
  const fault = faultLine();
  const rows = el("ul", { class: "texts" });
  const title = el("h3", { text: label });
  const suggestions = suggest.length ? el("datalist", { id: freshId("suggest") },
    ...suggest.map((text) => el("option", { value: text }))) : null;
  const values = () => [...rows.querySelectorAll("input")].map(({ value }) => value.trim()).filter(Boolean);
  const apply = () => {
    const now = values();
    if (now.join("\n") === texts.join("\n")) return fault.show([]);
    return save(now, (faults) => {
      fault.show(faults);
      for (const input of rows.querySelectorAll("input")) {
        const isBad = faults.some(({ value }) => value === `"${input.value.trim()}"`);
        if (isBad) mark(input, "aria-invalid", "true");
        else input.removeAttribute("aria-invalid");
      }
    });
  };
  const row = (text) => {
    const input = el("input", {
      value: text, "aria-label": label, "aria-describedby": fault.id, placeholder: hint, size: kind === "window" ? 12 : null,
      list: suggestions?.id, spellcheck: "false", autocomplete: "off", on: { change: apply },
    });
    const remove = el("button", {
      type: "button", class: "x", text: "×", "aria-label": word("edit_remove", { what: text }), title: word("edit_remove", { what: text }),
      on: { click: () => { item.remove(); apply(); } },
    });
    const item = el("li", { class: kind }, input, remove);
    return item;
  };
  rows.append(...texts.map(row));
  const add = el("button", {
    type: "button", class: "small-button add", text: `＋ ${word("edit_add")}`, "aria-label": `${word("edit_add")}: ${label}`,
    on: { click: () => { const item = row(""); rows.append(item); item.querySelector("input").focus(); } },
  });
  return el("section", { class: "list-field" }, title,
    texts.length || !empty ? null : el("p", { class: "facts", text: empty }), rows, add, fault, suggestions);
}
