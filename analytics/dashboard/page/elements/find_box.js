// A box to type into, and below it a list of what was found, walked with the arrow keys.

import { onLanguage, word } from "../language/words.js";
import { el, mark, say } from "./dom.js";

/**
 * A box in `root`, called by the word `key`. `takesEnter` may keep Enter for itself; else it
 * chooses what is highlighted. `closed` is told that the list is gone. Gives the input, and
 * functions of the list.
 */
export function findBox(root, key, { takesEnter = () => false, closed = () => {} } = {}) {
  const list = el("ul", { id: "found", role: "listbox", class: "found" });
  list.hidden = true;
  const input = el("input", {
    type: "search", id: "search-box", role: "combobox", autocomplete: "off",
    "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list",
  });
  root.append(input, list);
  let active = 0;
  const name = () => {
    for (const attribute of ["placeholder", "aria-label"]) mark(input, attribute, word(key));
    mark(list, "aria-label", word(key));
  };
  onLanguage(name);
  name();

  function close() {
    list.hidden = true;
    active = 0;
    mark(input, "aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    closed();
  }

  function clear() {
    input.value = "";
    close();
  }

  function open(nodes) {
    list.replaceChildren(...nodes);
    list.hidden = false;
    mark(input, "aria-expanded", "true");
  }

  function highlight(place) {
    active = place;
    [...list.children].forEach((node, i) => mark(node, "aria-selected", String(i === place)));
    const node = list.children[place];
    if (!node?.id) return;
    mark(input, "aria-activedescendant", node.id);
    node.scrollIntoView({ block: "nearest" });
  }

  /** Show a text in the place of what was found. */
  function tell(text) {
    open([el("li", { role: "option", "aria-disabled": "true", text })]);
  }

  /** Show what was found, each as {kind, label, facts, choose}. */
  function show(hits) {
    if (!hits.length) return tell(word("search_none"));
    open(hits.map((hit, place) => option(hit, place, clear)));
    return highlight(0);
  }

  const chooseActive = () => list.children[active]?.click();

  input.addEventListener("keydown", (event) => {
    const count = list.hidden ? 0 : list.children.length;
    if (event.key === "Escape") {
      event.stopPropagation();
      clear();
      input.blur(); // so that a letter is a key of the page again
    } else if (event.key === "Enter" && takesEnter()) {
      // the page has it
    } else if (event.key === "Enter" && count) chooseActive();
    else if (event.key === "ArrowDown" && count) highlight((active + 1) % count);
    else if (event.key === "ArrowUp" && count) highlight((active + count - 1) % count);
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  return { input, close, show, tell, chooseActive };
}

function option({ kind, label, facts, choose }, place, clear) {
  const name = el("span");
  say(name, label);
  const take = () => {
    clear();
    choose();
  };
  return el("li", {
    id: `found-${place}`, role: "option", "data-kind": kind,
    on: { mousedown: (event) => event.preventDefault(), click: take },
  }, name, el("span", { class: "facts", text: facts }));
}
