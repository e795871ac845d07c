// The evidence of one street in one window: on the map, in words, and as the record itself.

import { stateBadge } from "../elements/badge.js";
import { el, say } from "../elements/dom.js";
import { eventLine } from "../elements/event_line.js";
import { metres, percent, word } from "../language/words.js";
import { clockSeconds, clockTimeOn } from "../language/zone_time.js";
import { showEvidence } from "../map/map.js";
import { EVIDENCE } from "../map/style.js";
import { get, Refusal } from "../state/request.js";
import { linkTo } from "../state/route.js";
import { state } from "../state/state.js";

/** Evidence of a street that is being collected is read again this often. */
const FRESH_MS = 15_000;

export function evidenceCard() {
  const title = el("h3");
  const body = el("div");
  const box = el("section", { class: "card", "aria-live": "polite" }, title, body);
  box.hidden = true;
  let shown = "";
  let readAt = 0;
  let pending = null;

  box.close = () => {
    pending?.abort();
    shown = "";
    showEvidence(null);
  };

  box.update = (choice) => {
    box.hidden = !choice;
    const key = choice ? [state.serviceDate, choice.grid, choice.window, choice.street].join("|") : "";
    if (key === shown && (!choice || Math.abs(state.nowMs - readAt) < FRESH_MS)) return;
    const isNew = key !== shown;
    shown = key;
    readAt = state.nowMs;
    pending?.abort();
    if (!choice) return showEvidence(null);
    say(title, word("evidence_of", choice));
    if (isNew) body.replaceChildren(el("p", { class: "facts", text: word("loading") }));
    return read(choice, isNew);
  };

  async function read({ grid, window, street }, isNew) {
    pending = new AbortController();
    const { signal } = pending;
    const query = { date: state.serviceDate, grid, window, street };
    if (!state.live) query.at = Math.round(state.nowMs);
    try {
      const { record, geojson } = await get("/evidence", query, signal);
      showEvidence(geojson);
      body.replaceChildren(...describe(record, query));
      if (isNew) box.scrollIntoView({ block: "nearest" });
      readEvents(query, signal);
    } catch (refusal) {
      if (signal.aborted) return;
      showEvidence(null);
      const none = refusal instanceof Refusal && refusal.status === 404;
      const text = none ? word("evidence_none") : word("failed", { text: refusal.message });
      body.replaceChildren(el("p", { class: "facts", text }));
    }
  }

  /** What happened beside the proof: without it the proof stands all the same. */
  async function readEvents(query, signal) {
    try {
      const events = await get("/evidence/events", query, signal);
      if (events.length) body.append(beside(events));
    } catch (refusal) {
      if (!signal.aborted) {
        body.append(el("p", { class: "facts", text: word("failed", { text: refusal.message }) }));
      }
    }
  }

  return box;
}

function describe(record, query) {
  const badge = stateBadge();
  badge.update(record.verdict);
  const covered = record.sections.flatMap((section) =>
    section.covered.map((piece) => ({ ...piece, id: section.id })));
  covered.sort((left, right) => left.from_ms - right.from_ms);
  const missing = record.sections.flatMap((section) => section.missing);
  const length = (pieces) => pieces.reduce((sum, [from, to]) => sum + (to - from), 0);
  const rows = [
    [word("verdict"), badge],
    [word("share"), percent(Math.floor(record.served_ratio * 100 + 1e-6) / 100)],
    [word("length"), metres(record.sections.reduce((sum, { length_m }) => sum + length_m, 0))],
    [word("missing"), metres(length(missing))],
    [word("period"), word("until", {
      from: clockTimeOn(record.start_ms, record.service_date),
      to: clockTimeOn(record.period_end_ms, record.service_date),
    })],
    ...record.pings.map(({ vehicle_id: plate, count }) =>
      [word("pings"), el("span", {},
        el("a", { href: linkTo("vehicle", plate), text: plate }), ` ${count}`)]),
  ];
  const list = el("dl", {}, ...rows.flatMap(([name, value]) => [
    el("dt", { text: name }), el("dd", {}, value)]));
  const passes = el("ol", { class: "passes" }, ...covered.slice(0, 200).map((piece) =>
    el("li", { text: `${clockSeconds(piece.from_ms)}–${clockSeconds(piece.to_ms)}  ${piece.id}  `
      + `${Math.round(piece.from_m)}–${Math.round(piece.to_m)} m` })));
  const address = `/api/v1/evidence?${new URLSearchParams(query)}`;
  return [key(), list,
    el("details", {}, el("summary", { text: `${word("passes")} ${covered.length}` }), passes),
    el("p", {}, el("a", { href: address, target: "_blank", rel: "noopener", text: word("record") }),
      el("span", { class: "facts", text: `  ${word("plan_version")} ${record.plan_version.slice(0, 12)}` }))];
}

function beside(events) {
  return el("div", {}, el("h4", { text: word("events_beside") }),
    el("ul", { class: "plain" }, ...events.map((event) => el("li", { text: eventLine(event) }))));
}

function key() {
  return el("p", { class: "key" }, ...Object.keys(EVIDENCE).map((kind) =>
    el("span", { class: `evidence-${kind}`, text: word(kind) })));
}
