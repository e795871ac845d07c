// The time machine: any stored day, scrubbed or played, through the same state as live.

import { el, mark, say } from "../elements/dom.js";
import { onLanguage, word } from "../language/words.js";
import { clockSeconds, clockTime, instantOf } from "../language/zone_time.js";
import { readAlerts } from "../state/alerts.js";
import { followLive, hold, play } from "../state/events.js";
import { get } from "../state/request.js";
import { currentRoute, goToInstant, noteInstant, onRoute } from "../state/route.js";
import { listen, setLost, state, takeState } from "../state/state.js";

const SPEEDS = [1, 10, 60, 300, 600];
const MINUTES = 24 * 60;
const NOTE_EVERY_MS = 3_000;

let shown = { at: undefined, speed: undefined };
let wanted = null;
let isFetching = false;
let notedAt = 0;

export function startReplay(root) {
  const bar = makeBar(root);
  onRoute(follow);
  listen("end", () => goToInstant(state.nowMs));
  listen("clock", () => noteProgress());
  listen("state clock session plan", bar.update);
  onLanguage(bar.update);
  follow(currentRoute());
  readDates(bar);
  listen("day", () => readDates(bar));
}

/** Whether the page plays, and how fast; null while it stands still or is live. */
export function playingSpeed() {
  return shown.at === null ? null : shown.speed;
}

async function readDates(bar) {
  try {
    bar.setDates(await get("/dates"));
  } catch {
    // the bar keeps the dates it has
  }
}

/** Do what the address says: live, standing still, or playing. */
function follow({ at, speed }) {
  if (shown.at === at && shown.speed === speed) return;
  shown = { at, speed };
  if (at === null) followLive();
  else if (speed === null) {
    hold();
    showInstant(at);
  } else play(at, speed);
}

function noteProgress() {
  if (shown.at === null || shown.speed === null) return;
  const now = performance.now();
  if (now - notedAt < NOTE_EVERY_MS) return;
  notedAt = now;
  shown = { at: Math.round(state.nowMs), speed: shown.speed };
  noteInstant(shown.at, shown.speed);
}

/** Show an instant; of several asked for in a row, the last wins and those between are left out. */
async function showInstant(at) {
  wanted = at;
  if (isFetching) return;
  isFetching = true;
  try {
    while (wanted !== null) {
      const next = wanted;
      wanted = null;
      const before = state.serviceDate;
      const document = await get("/state", { at: Math.round(next) });
      if (currentRoute().at === null) return;
      takeState(document);
      if (state.serviceDate !== before) readAlerts();
    }
  } catch {
    setLost(state.nowMs || null);
  } finally {
    isFetching = false;
  }
}

function makeBar(root) {
  const toggle = el("button", {
    type: "button", class: "small-button toggle", "aria-expanded": "false",
    on: {
      click: () => {
        const open = root.classList.toggle("open");
        mark(toggle, "aria-expanded", String(open));
      },
    },
  });
  const live = el("button", {
    type: "button", class: "small-button live", on: { click: () => goToInstant(null) },
  });
  const date = el("select", { id: "replay-date", on: { change: jump } });
  const playing = el("button", { type: "button", class: "small-button play", on: { click: playOrPause } });
  const speed = el("select", { id: "replay-speed", on: { change: changeSpeed } },
    ...SPEEDS.map((pace) => el("option", { value: String(pace), text: `${pace}×` })));
  speed.value = "60";
  const range = el("input", {
    type: "range", id: "replay-time", min: "0", max: String(MINUTES), step: "1", on: { input: scrub },
  });
  const time = el("output", { for: "replay-time" });
  root.append(toggle, el("div", { class: "controls" }, live, date, playing, speed, range, time));

  function chosenInstant() {
    return instantOf(date.value || state.serviceDate, Number(range.value));
  }

  function jump() {
    if (shown.at === null) range.value = String(8 * 60);
    goToInstant(chosenInstant());
  }

  function scrub() {
    goToInstant(chosenInstant());
    say(time, clockTime(chosenInstant()));
  }

  function playOrPause() {
    if (playingSpeed() !== null) goToInstant(state.nowMs);
    else goToInstant(shown.at === null ? chosenInstant() : state.nowMs, Number(speed.value));
  }

  function changeSpeed() {
    if (playingSpeed() !== null) goToInstant(state.nowMs, Number(speed.value));
  }

  function update() {
    const isPlaying = playingSpeed() !== null;
    say(toggle, word("replay"));
    say(live, word(shown.at === null ? "live" : "back_to_live"));
    live.disabled = shown.at === null;
    say(playing, isPlaying ? "⏸" : "▶");
    mark(playing, "aria-label", word(isPlaying ? "pause" : "play"));
    mark(speed, "aria-label", word("pace"));
    mark(date, "aria-label", word("date"));
    mark(range, "aria-label", word("instant"));
    if (isPlaying && String(shown.speed) !== speed.value && SPEEDS.includes(shown.speed)) {
      speed.value = String(shown.speed);
    }
    if (!state.plan || !state.serviceDate) return;
    if (![...date.options].some(({ value }) => value === state.serviceDate)) addDate(state.serviceDate);
    if (document.activeElement !== date) date.value = state.serviceDate;
    const minute = Math.round((state.nowMs - instantOf(state.serviceDate, 0)) / 60_000);
    if (!isFetching) range.value = String(Math.max(0, Math.min(MINUTES, minute)));
    const text = shown.at === null ? clockTime(state.nowMs) : clockSeconds(state.nowMs);
    if (!isFetching) say(time, text);
    mark(range, "aria-valuetext", text);
  }

  function addDate(text) {
    date.append(el("option", { value: text, text }));
  }

  function setDates(dates) {
    const value = date.value;
    date.replaceChildren();
    dates.forEach(addDate);
    if (value) date.value = value;
    update();
  }

  return { update, setDates };
}
