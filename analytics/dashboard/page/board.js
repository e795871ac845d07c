// The public board: find a street, see when it is collected, report a missed collection.

import { startSwitches } from "./controls/switches.js";
import { stateBadge } from "./elements/badge.js";
import { el, mark, say, walkWithArrows } from "./elements/dom.js";
import "./elements/theme.js";
import { currentLanguage, onLanguage, suggestLanguage, translatePage, word } from "./language/words.js";
import {
  clockTime, clockTimeOn, isoDate, longDate, setBrowserOffsets, setOffsets,
} from "./language/zone_time.js";
import { get, post, Refusal } from "./state/request.js";

const PAUSE_MS = 200;
const REFRESH_MS = 60_000;
const answer = document.getElementById("answer");
let shown = null;

function startAsking(root) {
  const input = el("input", { type: "search", id: "street", autocomplete: "off", enterkeyhint: "search" });
  const label = el("label", { for: "street" });
  const hint = el("p", { class: "facts" });
  root.append(label, input, hint);
  const name = () => {
    say(label, word("board_ask"));
    say(hint, word("board_hint"));
    document.title = word("board_title");
  };
  onLanguage(name);
  name();
  let timer = 0;
  let pending = null;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, PAUSE_MS);
  });

  async function find() {
    const q = input.value.trim();
    pending?.abort();
    if (!q) return answer.replaceChildren();
    pending = new AbortController();
    const { signal } = pending;
    try {
      showHits(await get("/board/streets", { q }, signal));
    } catch (refusal) {
      if (!signal.aborted) showRefusal(refusal);
    }
    return undefined;
  }
}

function showHits(hits) {
  shown = null;
  if (!hits.length) {
    answer.replaceChildren(el("p", { class: "note", text: word("board_none") }));
    return;
  }
  const list = el("ul", { class: "list" }, ...hits.map(({ grid, street }) =>
    el("li", {}, el("a", { class: "row", href: address(grid, street) },
      el("span", { class: "line" }, el("b", { text: street }), el("span", { text: grid }))))));
  walkWithArrows(list);
  answer.replaceChildren(list);
}

function address(grid, street) {
  return `#/${encodeURIComponent(grid)}/${encodeURIComponent(street)}`;
}

async function followAddress() {
  const [grid, street] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  if (!grid || !street) return;
  shown = { grid, street };
  await refresh();
}

async function refresh() {
  if (!shown) return;
  const asked = shown;
  try {
    const found = await get("/board/street", asked);
    if (shown === asked) showStreet(found);
  } catch (refusal) {
    if (shown === asked) showRefusal(refusal);
  }
}

function showRefusal(refusal) {
  const isMany = refusal instanceof Refusal && refusal.status === 429;
  const text = isMany ? word("board_too_many") : word("failed", { text: refusal.message });
  answer.replaceChildren(el("p", { class: "note", role: "alert", text }));
}

function showStreet(found) {
  const { grid, street, operator, windows, last_collected_ms: last, next_window: next } = found;
  const today = isoDate(Date.now());
  const outcome = el("p", { class: "outcome", role: "status" });
  const button = el("button", {
    type: "button", class: "big-button", text: word("board_report"),
    on: { click: () => report(grid, street, button, outcome) },
  });
  const lastText = last ? `${longDate(last, currentLanguage())} ${clockTime(last)}` : word("board_never");
  const nextText = next
    ? `${clockTimeOn(next.start_ms, today)}–${clockTime(next.end_ms)}` : word("board_no_next");
  answer.replaceChildren(
    el("h2", { text: street }),
    el("p", { class: "facts", text: `${word("grid", { id: grid })} · ${operator}` }),
    el("h3", { text: word("board_today") }),
    windows.length ? el("ul", { class: "list" }, ...windows.map(windowLine))
      : el("p", { class: "note", text: word("board_none_today") }),
    el("dl", { class: "big" },
      el("dt", { text: word("board_last") }), el("dd", { id: "last-collected", text: lastText }),
      el("dt", { text: word("board_next") }), el("dd", { id: "next-window", text: nextText })),
    button, outcome);
}

function windowLine({ start_ms: start, end_ms: end, state }) {
  const badge = stateBadge();
  badge.update(state, "public");
  return el("li", {}, el("div", { class: "row line" },
    el("b", { text: `${clockTime(start)}–${clockTime(end)}` }), badge));
}

async function report(grid, street, button, outcome) {
  button.disabled = true;
  say(outcome, word("board_sending"));
  try {
    const { outcome: kind, from_ms: from, to_ms: to, window_end_ms: end, reference } =
      await post("/board/reports", { grid, street });
    const text = word(`board_${kind}`, {
      from: from ? clockTime(from) : "", to: to ? clockTime(to) : "", end: end ? clockTime(end) : "",
    });
    mark(outcome, "data-outcome", kind);
    say(outcome, reference ? `${text} · ${word("board_reference", { reference })}` : text);
  } catch (refusal) {
    const isMany = refusal instanceof Refusal && refusal.status === 429;
    say(outcome, isMany ? word("board_too_many") : word("failed", { text: refusal.message }));
    button.disabled = false;
  }
}

async function start() {
  startSwitches(document.getElementById("switches"));
  try {
    const plan = await get("/board/about");
    setOffsets(plan.utc_offsets);
    suggestLanguage(plan.language);
  } catch {
    setBrowserOffsets(); // residents live in that zone
  }
  translatePage();
  startAsking(document.getElementById("ask"));
  window.addEventListener("hashchange", followAddress);
  onLanguage(refresh);
  setInterval(refresh, REFRESH_MS);
  await followAddress();
}

start();
