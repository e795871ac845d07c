// The tools on the map: pick, several, cut, join, clear, the whole plan.

import { el, mark } from "../../elements/dom.js";
import { onLanguage, word } from "../../language/words.js";
import { lookAtAll } from "../map/map.js";
import { switchCutting } from "../map/picking.js";
import { edit } from "../state/doing.js";
import { choose, listen, setMany, setMode, state } from "../state/state.js";

export function joinChosen(onFaults = null) {
  if (state.chosen.size < 2) return undefined;
  return edit("join", { sections: [...state.chosen] }, { chooses: true, onFaults });
}

export function startTools(root) {
  mark(root, "role", "toolbar");
  const tool = (key, sign, click, toggles = true) => {
    const node = el("button", { type: "button", class: "tool", "data-tool": key, on: { click } },
      el("span", { class: "sign", "aria-hidden": "true", text: sign }), el("span", {}));
    node.update = (isOn, isOff = false) => {
      node.lastElementChild.textContent = word(`edit_${key}`);
      mark(node, "title", word(`edit_${key}_hint`) === `edit_${key}_hint` ? word(`edit_${key}`) : word(`edit_${key}_hint`));
      if (toggles) mark(node, "aria-pressed", String(isOn));
      node.disabled = isOff;
    };
    return node;
  };
  const pick = tool("pick", "◎", () => setMode("pick"));
  const many = tool("many", "＋", () => setMany(!state.many));
  const cut = tool("cut", "✂", switchCutting);
  const join = tool("join", "⋈", () => joinChosen(), false);
  const clear = tool("clear", "×", () => choose([]), false);
  const fit = tool("fit", "⤢", lookAtAll, false);
  root.append(pick, many, cut, join, clear, fit);
  const update = () => {
    mark(root, "aria-label", word("edit_tools"));
    pick.update(state.mode === "pick");
    many.update(state.many);
    cut.update(state.mode === "cut");
    join.update(false, state.chosen.size < 2);
    clear.update(false, !state.chosen.size);
    fit.update(false);
  };
  listen("mode chosen plan", update);
  onLanguage(update);
  update();
}
