// What the keyboard does. Letters are left to fields that are typed into.

import { save, step } from "../state/doing.js";
import { choose, setMode, state } from "../state/state.js";

const isTyping = () => /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");

/** `letters` maps a letter to what it does. */
export function startKeys(letters) {
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const commands = event.ctrlKey || event.metaKey;
    if (commands && key === "s") {
      document.activeElement?.blur(); // what is typed just now counts too
      save();
    } else if (commands && isTyping()) return; // a field undoes its own typing
    else if (commands && key === "z") step(event.shiftKey ? "redo" : "undo");
    else if (commands && key === "y") step("redo");
    else if (commands || event.altKey || isTyping()) return;
    else if (key === "escape") {
      if (state.mode === "cut") setMode("pick");
      else choose([]);
    } else if (key in letters) letters[key]();
    else return;
    event.preventDefault();
  });
}
