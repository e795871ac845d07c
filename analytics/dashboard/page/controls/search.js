// The search box: grid, plate, street or pinyin; a list to walk with the arrow keys.

import { el, mark, say } from "../elements/dom.js";
import { onLanguage, word } from "../language/words.js";
import { get } from "../state/request.js";
import { go } from "../state/route.js";
import { shownWindows } from "../state/state.js";

const PAUSE_MS = 150;

export function startSearch(root) {
  const list = el("ul", { id: "found", role: "listbox", class: "found" });
  list.hidden = true;
  const input = el("input", {
    type: "search", id: "search-box", role: "combobox", autocomplete: "off",
    "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list",
  });
  root.append(input, list);
  const name = () => {
    mark(input, "placeholder", word("search"));
    mark(input, "aria-label", word("search"));
    mark(list, "aria-label", word("search"));
  };
  onLanguage(name);
  name();
  let timer = 0;
  let pending = null;
  let active = -1;
  let shownFor = ""; // the text that the list answers
  let chooses = false; // whether Enter waits for the answer to what was typed since

  function close() {
    chooses = false;
    shownFor = "";
    list.hidden = true;
    active = -1;
    mark(input, "aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function highlight(place) {
    active = place;
    [...list.children].forEach((node, i) => mark(node, "aria-selected", String(i === place)));
    const node = list.children[place];
    if (!node) return;
    mark(input, "aria-activedescendant", node.id);
    node.scrollIntoView({ block: "nearest" });
  }

  async function find() {
    const q = input.value.trim();
    pending?.abort();
    if (!q) return close();
    pending = new AbortController();
    const { signal } = pending;
    try {
      const hits = await get("/search", { q }, signal);
      shownFor = q;
      show(hits);
      if (chooses && hits.length) list.children[0].click();
      chooses = false;
    } catch (refusal) {
      if (!signal.aborted) showText(word("failed", { text: refusal.message }));
    }
    return undefined;
  }

  function showText(text) {
    list.replaceChildren(el("li", { role: "option", "aria-disabled": "true", text }));
    open();
  }

  function show(hits) {
    if (!hits.length) return showText(word("search_none"));
    list.replaceChildren(...hits.map((hit, i) => option(hit, i, (chosen) => {
      input.value = "";
      close();
      lead(chosen);
    })));
    open();
    return highlight(0);
  }

  function open() {
    list.hidden = false;
    mark(input, "aria-expanded", "true");
  }

  input.addEventListener("input", () => {
    chooses = false;
    clearTimeout(timer);
    timer = setTimeout(find, PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    const count = list.hidden ? 0 : list.children.length;
    if (event.key === "Escape") {
      event.stopPropagation();
      input.value = "";
      close();
      input.blur(); // so that "/" is a key again
    } else if (event.key === "Enter" && input.value.trim() !== shownFor) {
      clearTimeout(timer);
      chooses = true;
      find();
    } else if (event.key === "Enter" && count) list.children[Math.max(0, active)].click();
    else if (event.key === "ArrowDown" && count) highlight((active + 1) % count);
    else if (event.key === "ArrowUp" && count) highlight((active + count - 1) % count);
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
    if (event.key !== "/" || typing) return;
    event.preventDefault();
    input.focus();
  });
}

function option(hit, place, choose) {
  const label = el("span");
  say(label, hit.label);
  return el("li", {
    id: `found-${place}`, role: "option", "data-kind": hit.kind,
    on: { mousedown: (event) => event.preventDefault(), click: () => choose(hit) },
  }, label, el("span", { class: "facts", text: hit.kind === "street" ? hit.grid ?? "" : word(hit.kind === "grid" ? "grids" : "vehicles") }));
}

function lead({ kind, id, label, grid }) {
  if (kind === "vehicle") return go("vehicle", id);
  if (kind === "grid") return go("grid", id);
  const window = shownWindows().get(grid)?.window;
  const street = label.includes(id) ? id : label;
  return window ? go("grid", grid, window, street) : go("grid", grid);
}
