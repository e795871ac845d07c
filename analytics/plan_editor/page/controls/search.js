// Find a street, a section or a grid, and choose it.

import { findBox } from "../../elements/find_box.js";
import { word } from "../../language/words.js";
import { sectionsByName, state } from "../state/state.js";

const MOST = 12;
const KINDS = { grid: "edit_grid", street: "edit_name", section: "edit_section" };
let searchNow = null;

/** Put a text into the box, as if it had been typed. */
export function searchFor(text) {
  searchNow?.(text);
}

/** Without accents and capitals, as people type. */
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** `lead` is given what was found: {kind: "grid" | "street" | "section", id}. */
export function startSearch(root, lead) {
  const { input, show, close } = findBox(root, "edit_find");
  const find = () => {
    const text = folded(input.value.trim());
    if (!text) return close();
    return show(hitsOf(text).map((hit) => ({
      kind: hit.kind, label: hit.id, facts: word(KINDS[hit.kind]), choose: () => lead(hit),
    })));
  };
  input.addEventListener("input", find);
  searchNow = (text) => {
    input.value = text;
    input.focus();
    find();
  };
}

function hitsOf(text) {
  const hits = [];
  const take = (kind, ids) => {
    const fitting = ids.filter((id) => folded(id).includes(text));
    fitting.sort((a, b) => a.length - b.length);
    hits.push(...fitting.slice(0, MOST).map((id) => ({ kind, id })));
  };
  take("grid", state.tables.grids.map(({ id }) => id));
  take("street", [...sectionsByName().keys()]);
  if (hits.length < MOST) take("section", [...state.sections.keys()]);
  return hits.slice(0, MOST);
}
