// The badge of a state, on both pages.

import { word } from "../language/words.js";
import { STATES } from "../state/verdict_states.js";
import { el, mark, say } from "./dom.js";

/** A state as a badge: glyph, colour and word. */
export function stateBadge() {
  const glyph = el("span", { class: "glyph", "aria-hidden": "true" });
  const name = el("span");
  const badge = el("span", { class: "badge" }, glyph, name);
  badge.update = (which, prefix = "state") => {
    mark(badge, "data-state", which);
    say(glyph, STATES[which]?.glyph ?? "·");
    say(name, word(`${prefix}_${which}`));
  };
  return badge;
}
