// The search box: grid, plate, street or pinyin; a list to walk with the arrow keys.

import { findBox } from "../elements/find_box.js";
import { word } from "../language/words.js";
import { get } from "../state/request.js";
import { go } from "../state/route.js";
import { shownWindows } from "../state/state.js";

const PAUSE_MS = 150;

export function startSearch(root) {
  let timer = 0;
  let pending = null;
  let shownFor = ""; // the text that the list answers
  let chooses = false; // whether Enter waits for the answer to what was typed since
  const box = findBox(root, "search", { takesEnter, closed });
  const { input } = box;

  /** Enter chooses of what is typed, and not of what was typed before. */
  function takesEnter() {
    if (input.value.trim() === shownFor) return false;
    clearTimeout(timer);
    chooses = true;
    find();
    return true;
  }

  function closed() {
    chooses = false;
    shownFor = "";
  }

  async function find() {
    const q = input.value.trim();
    pending?.abort();
    if (!q) return box.close();
    pending = new AbortController();
    const { signal } = pending;
    try {
      const hits = await get("/search", { q }, signal);
      shownFor = q;
      box.show(hits.map(shown));
      if (chooses && hits.length) box.chooseActive();
      chooses = false;
    } catch (refusal) {
      if (!signal.aborted) box.tell(word("failed", { text: refusal.message }));
    }
    return undefined;
  }

  input.addEventListener("input", () => {
    chooses = false;
    clearTimeout(timer);
    timer = setTimeout(find, PAUSE_MS);
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
    if (event.key !== "/" || typing) return;
    event.preventDefault();
    input.focus();
  });
}

function shown(hit) {
  const { kind, label, grid } = hit;
  const facts = kind === "street" ? grid ?? "" : word(kind === "grid" ? "grids" : "vehicles");
  return { kind, label, facts, choose: () => lead(hit) };
}

function lead({ kind, id, label, grid }) {
  if (kind === "vehicle") return go("vehicle", id);
  if (kind === "grid") return go("grid", id);
  const window = shownWindows().get(grid)?.window;
  const street = label.includes(id) ? id : label;
  return window ? go("grid", grid, window, street) : go("grid", grid);
}
