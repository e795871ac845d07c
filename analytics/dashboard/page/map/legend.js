// The legend of the map, which also counts the windows of each state and filters the lists.

import { el, keyed, mark, say } from "../elements/dom.js";
import { onLanguage, word } from "../language/words.js";
import { listen, shownWindows, tell } from "../state/state.js";
import { STATE_NAMES, STATES } from "../state/verdict_states.js";

let only = null;

/** The one state that lists are to show, or null for all. */
export function shownState() {
  return only;
}

export function startLegend(root) {
  mark(root, "role", "group");
  const update = () => {
    mark(root, "aria-label", word("legend"));
    const counts = new Map(STATE_NAMES.map((name) => [name, 0]));
    for (const { state } of shownWindows().values()) counts.set(state, (counts.get(state) ?? 0) + 1);
    keyed(root, STATE_NAMES, (name) => name, chip, (node, name) => node.update(counts.get(name)));
  };
  listen("state windows clock filter", update);
  onLanguage(update);
  update();
}

function chip(name) {
  const count = el("b");
  const label = el("span");
  const node = el("button", {
    type: "button", class: "chip", "data-state": name,
    on: { click: () => { only = only === name ? null : name; tell("filter"); } },
  }, sample(STATES[name]), label, count);
  node.update = (number) => {
    say(count, String(number));
    say(label, word(`state_${name}`));
    mark(node, "aria-pressed", String(only === name));
    mark(node, "data-none", String(number === 0));
    mark(node, "title", word("filter_state", { state: word(`state_${name}`) }));
  };
  return node;
}

/** The line as the map draws it. */
function sample({ width, dash }) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  const set = (node, values) => {
    for (const [name, value] of Object.entries(values)) node.setAttribute(name, value);
  };
  set(svg, { viewBox: "0 0 26 8", width: 26, height: 8, "aria-hidden": "true" });
  set(line, { x1: 0, y1: 4, x2: 26, y2: 4, stroke: "currentColor", "stroke-width": width });
  if (dash) line.setAttribute("stroke-dasharray", dash.map((part) => part * Math.min(width, 2.6)).join(" "));
  svg.append(line);
  return svg;
}
