// Undo, redo and save, and whether all is saved.

import { el, mark, say } from "../../elements/dom.js";
import { onLanguage, word } from "../../language/words.js";
import { save, step, stepText } from "../state/doing.js";
import { listen, state } from "../state/state.js";

export function startSteps(root) {
  const button = (id, click) => el("button", { type: "button", class: "small-button", id, on: { click } });
  const undo = button("undo", () => step("undo"));
  const redo = button("redo", () => step("redo"));
  const write = button("save", save);
  const where = el("span", { id: "saved", class: "mode" });
  root.append(where, undo, redo, write);
  const update = () => {
    const { status } = state;
    const name = (node, sign, key, what) => {
      node.replaceChildren(el("span", { "aria-hidden": "true", text: sign }), el("span", { class: "long", text: word(`edit_${key}`) }));
      const hint = what ? word(`edit_${key}_what`, { what: stepText(what) }) : word(`edit_${key}`);
      mark(node, "title", hint);
      mark(node, "aria-label", hint);
      node.disabled = !what;
    };
    name(undo, "↶", "undo", status.undo);
    name(redo, "↷", "redo", status.redo);
    say(write, word("edit_save"));
    mark(write, "title", word("edit_save_keys"));
    write.disabled = status.saved;
    write.classList.toggle("wanted", !status.saved);
    say(where, word(status.saved ? "edit_all_saved" : "edit_unsaved"));
    mark(where, "data-saved", String(status.saved));
    document.title = `${status.saved ? "" : "• "}${state.plan?.name ?? "pingcheng"}`;
  };
  listen("plan status", update);
  onLanguage(update);
  update();
  addEventListener("beforeunload", (event) => {
    if (!state.status.saved) event.preventDefault();
  });
}
