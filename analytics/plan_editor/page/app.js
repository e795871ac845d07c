// The editor: starts everything, and shows the room that the tabs name.

import { startSwitches } from "../controls/switches.js";
import { el, keyed, mark, say } from "../elements/dom.js";
import { onTheme } from "../elements/theme.js";
import { onLanguage, suggestLanguage, translatePage, word } from "../language/words.js";
import { startKeys } from "./controls/keys.js";
import { startNotices } from "./controls/notices.js";
import { startSearch } from "./controls/search.js";
import { startSteps } from "./controls/steps.js";
import { joinChosen, startTools } from "./controls/tools.js";
import { lookAtChosen, lookAtGrid, startMap } from "./map/map.js";
import { switchCutting } from "./map/picking.js";
import { assignChosen, chosenRoom } from "./panels/chosen.js";
import { exceptionsRoom } from "./panels/exceptions.js";
import { gridsRoom } from "./panels/grids.js";
import { operatorsRoom } from "./panels/operators.js";
import { loadPlan } from "./state/doing.js";
import { choose, chooseGrid, listen, sectionsByName, setMode, state } from "./state/state.js";
import "./state/words.js";

const ROOMS = { chosen: chosenRoom, grids: gridsRoom, operators: operatorsRoom, exceptions: exceptionsRoom };
const LABELS = { chosen: "edit_chosen", grids: "grids", operators: "edit_operators", exceptions: "edit_exceptions" };

const place = (id) => document.getElementById(id);
let shown = "grids";
let room = null;

function showRoom(name) {
  room?.close?.();
  shown = name;
  const root = el("div", { class: `room room-${name}` });
  place("room").replaceChildren(root);
  place("room").scrollTop = 0;
  room = ROOMS[name](root);
  room.update();
  writeTabs();
}

function updateRoom(topic) {
  if (room?.topics.split(" ").includes(topic)) {
    const focused = place("room").contains(document.activeElement);
    if (topic !== "grid" || shown !== "grids") keepFocus(() => room.update());
    else {
      room.update(); // another grid, or the list of all, has other controls
      if (focused) place("panel").focus({ preventScroll: true });
    }
  }
  writeTabs();
}

/** A room is drawn anew as a whole; the focus and where it was scrolled to stay. */
function keepFocus(draw) {
  const old = document.activeElement;
  const inRoom = place("room").contains(old);
  const all = () => [...place("room").querySelectorAll("button, input, select, textarea")];
  const at = inRoom ? all().indexOf(old) : -1;
  const { scrollTop } = place("room");
  draw();
  place("room").scrollTop = scrollTop;
  if (at < 0 || place("room").contains(document.activeElement)) return;
  const controls = all();
  (old.id && place(old.id) ? place(old.id) : controls[Math.min(at, controls.length - 1)])?.focus({ preventScroll: true });
}

function writeTabs() {
  const counts = { chosen: state.chosen.size, grids: state.tables.grids.length, operators: 0, exceptions: state.tables.exceptions.length };
  mark(place("tabs"), "role", "tablist");
  mark(place("tabs"), "aria-label", word("edit_panels"));
  mark(place("panel"), "aria-label", word("edit_panels"));
  keyed(place("tabs"), Object.keys(ROOMS), (name) => name, (name) => el("button", {
    type: "button", role: "tab", "aria-controls": "room", "data-room": name, on: { click: () => showRoom(name) },
  }, el("span"), el("b")), (tab, name) => {
    say(tab.firstElementChild, word(LABELS[name]));
    say(tab.lastElementChild, counts[name] ? String(counts[name]) : "");
    mark(tab, "aria-selected", String(name === shown));
  });
}

function lead({ kind, id }) {
  if (kind === "grid") {
    chooseGrid(id);
    showRoom("grids");
    lookAtGrid(id);
    return;
  }
  choose(kind === "street" ? sectionsByName().get(id).map((section) => section.id) : [id]);
  lookAtChosen();
}

async function start() {
  suggestLanguage(navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
  translatePage();
  mark(place("room"), "role", "tabpanel");
  startNotices(place("notices"), place("news"));
  startSteps(place("steps"));
  startSwitches(place("switches"));
  startTools(place("tools"));
  startSearch(place("search"), lead);
  startKeys({ a: assignChosen, c: switchCutting, j: () => joinChosen(), v: () => setMode("pick") });
  for (const topic of ["tables", "chosen", "grid", "sections"]) listen(topic, () => updateRoom(topic));
  listen("chosen", () => { if (state.chosen.size && shown !== "chosen") showRoom("chosen"); });
  listen("grid", (news) => { if (news?.shows && shown !== "grids") showRoom("grids"); });
  listen("plan", () => {
    say(place("plan-name"), state.plan.name);
    place("map-note").hidden = !state.plan.schematic;
    place("map-note").dataset.word = "schematic";
    translatePage();
  });
  onLanguage(() => showRoom(shown));
  onTheme(() => room?.update());
  try {
    await loadPlan();
  } catch (fault) {
    place("notices").append(el("p", { class: "notice is-lost", text: word("edit_gone", { text: fault.message }) }));
    return;
  }
  showRoom(shown);
  await startMap();
}

start();
