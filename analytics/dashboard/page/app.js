// The operations page: starts everything, and shows the room that the address names.

import { askForLogin, logOutButton } from "./controls/login.js";
import { playingSpeed, startReplay } from "./controls/replay.js";
import { startSearch } from "./controls/search.js";
import { startSwitches } from "./controls/switches.js";
import { el, keyed, mark, say } from "./elements/dom.js";
import { currentLanguage, onLanguage, suggestLanguage, translatePage, word } from "./language/words.js";
import { clockSeconds, longDate, setOffsets } from "./language/zone_time.js";
import { startLegend } from "./map/legend.js";
import { startMap } from "./map/map.js";
import { alertsRoom, startAnnouncing } from "./panels/alerts.js";
import { gridRoom } from "./panels/detail.js";
import { gridsRoom } from "./panels/grids.js";
import { startNotices } from "./panels/notices.js";
import { vehicleRoom } from "./panels/vehicle.js";
import { windowsRoom } from "./panels/windows.js";
import { readAlerts, unacknowledged } from "./state/alerts.js";
import { followLive } from "./state/events.js";
import { get, readSession, Refusal } from "./state/request.js";
import { currentRoute, linkTo, onRoute } from "./state/route.js";
import { isOpen, listen, state, takePlan, takeSession } from "./state/state.js";

const ROOMS = {
  windows: windowsRoom, grids: gridsRoom, alerts: alertsRoom, grid: gridRoom, vehicle: vehicleRoom,
};
const TABS = ["windows", "grids", "alerts"];
const UPDATE_EVERY_MS = 250;
const RETRY_MS = 2_000;
const A_DAY_MS = 86_400_000;

const place = (id) => document.getElementById(id);
const logOut = logOutButton();
let room = null;
let updateTimer = 0;

function showRoom() {
  const { room: name, parts } = currentRoute();
  const known = name in ROOMS ? name : "windows";
  room?.close?.();
  const root = el("div", { class: `room room-${known}` });
  room = ROOMS[known](root, parts);
  place("room").replaceChildren(root);
  place("panel").scrollTop = 0;
  updatePage();
}

function updateSoon() {
  updateTimer ||= setTimeout(updatePage, UPDATE_EVERY_MS);
}

function updatePage() {
  clearTimeout(updateTimer);
  updateTimer = 0;
  writeTabs();
  logOut.update();
  mark(place("panel"), "aria-label", word("panels"));
  if (!state.plan) return;
  say(place("plan-name"), state.plan.name);
  writeClock();
  room?.update();
}

function writeClock() {
  if (!state.nowMs) return;
  const time = `${longDate(state.nowMs, currentLanguage())} ${clockSeconds(state.nowMs)}`;
  say(place("clock"), time);
  const speed = playingSpeed();
  const pace = speed === null ? "" : ` ${speed}×`;
  const isRecorded = Date.now() - state.nowMs > A_DAY_MS; // a server that was told a date
  say(place("mode"), state.live ? word(isRecorded ? "recorded" : "live") : word("replaying") + pace);
  mark(place("mode"), "data-mode", state.live ? "live" : "replay");
}

function writeTabs() {
  const { room: shown } = currentRoute();
  const open = [...state.windows.values()].filter((window) => isOpen(window)).length;
  const counts = { windows: open, grids: state.grids.size, alerts: unacknowledged() };
  keyed(place("tabs"), TABS, (name) => name, () => el("a", {}, el("span"), el("b")), (tab, name) => {
    mark(tab, "href", linkTo(name));
    say(tab.firstElementChild, word(name));
    say(tab.lastElementChild, counts[name] ? String(counts[name]) : "");
    mark(tab, "data-room", name);
    const isHere = name === shown || (name === "grids" && shown === "grid");
    if (isHere) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  });
  const pending = counts.alerts ? `(${counts.alerts}) ` : "";
  const name = `${pending}${state.plan?.name ?? "pingcheng"}`;
  if (document.title !== name) document.title = name;
}

async function loadPlan(date = undefined) {
  const [plan, streets] = await Promise.all([
    get("/plan", { date }), get("/streets.geojson", { date }),
  ]);
  setOffsets(plan.utc_offsets);
  suggestLanguage(plan.language);
  takePlan(plan, streets);
  const note = place("map-note");
  note.hidden = !plan.schematic;
  note.dataset.word = "schematic";
  translatePage();
}

/** Another day may have another plan. */
async function keepPlan() {
  if (!state.plan || state.planVersion === state.plan.version) return;
  try {
    await loadPlan(state.serviceDate);
  } catch {
    // the next state asks again
  }
}

function untilAnswered(ask) {
  return ask().catch((fault) => {
    if (fault instanceof Refusal && fault.status < 500) throw fault;
    return new Promise((resolve) => setTimeout(resolve, RETRY_MS)).then(() => untilAnswered(ask));
  });
}

function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || place("login").open) return;
    const { room: name, parts } = currentRoute();
    if (name === "grid" && parts.length > 2) location.hash = linkTo("grid", parts[0], parts[1]);
    else if (name === "grid") location.hash = linkTo("grids");
    else if (name !== "windows") location.hash = linkTo("windows");
    else return;
    place("panel").focus();
  });
}

async function start() {
  translatePage();
  startNotices(place("notices"));
  startSwitches(place("switches"), logOut);
  startSearch(place("search"));
  startLegend(place("legend"));
  startAnnouncing(place("news"));
  startKeys();
  onRoute(showRoom);
  onLanguage(showRoom);
  listen("plan state windows streets vehicles alerts clock session filter", updateSoon);
  showRoom();
  takeSession(await untilAnswered(readSession));
  if (state.session.login_required && !state.session.user) await askForLogin(place("login"));
  listen("session", () => {
    if (state.session.login_required && !state.session.user) askForLogin(place("login"));
  });
  listen("state", keepPlan);
  listen("state", readAlertsOfNewDate);
  listen("day other-plan", () => loadPlan().then(followLive, followLive));
  const plan = untilAnswered(loadPlan);
  startReplay(place("replay"));
  await plan;
  updatePage();
  await startMap();
}

let alertsOf = null;

function readAlertsOfNewDate() {
  const now = `${state.serviceDate} ${state.live}`;
  if (now === alertsOf) return;
  alertsOf = now;
  readAlerts();
}

start();
