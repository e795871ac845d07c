// The room of one vehicle: its last fix, its day, gaps and faults of its tracker, its events.

import { el, keyed, mark, say } from "../elements/dom.js";
import { eventLine } from "../elements/event_line.js";
import { duration, word } from "../language/words.js";
import { clockSeconds, clockTimeOn, instantOf } from "../language/zone_time.js";
import { collection, lineFeature } from "../map/line_geometry.js";
import { showEvidence } from "../map/map.js";
import { get } from "../state/request.js";
import { linkTo } from "../state/route.js";
import { fixAgeMs, state } from "../state/state.js";

const FRESH_MS = 60_000;

export function vehicleRoom(root, [id]) {
  const title = el("h2", { class: "headline" });
  const facts = el("dl");
  const grids = el("p", { class: "links" });
  const fixes = el("p", { class: "facts" });
  const [gapsTitle, gaps] = [el("h3"), el("ul", { class: "plain" })];
  const [faultsTitle, faults] = [el("h3"), el("ul", { class: "plain" })];
  const [eventsTitle, events] = [el("h3"), el("ul", { class: "plain" })];
  root.append(title, facts, grids, fixes, gapsTitle, gaps, faultsTitle, faults, eventsTitle, events);
  let history = null;
  let readAt = -Infinity;
  let pending = null;

  async function read() {
    pending?.abort();
    pending = new AbortController();
    const { signal } = pending;
    const from = instantOf(state.serviceDate, 0);
    const query = { from_ms: from, to_ms: Math.round(state.live ? from + 36 * 3_600_000 : state.nowMs) };
    try {
      history = await get(`/vehicles/${encodeURIComponent(id)}`, query, signal);
      const line = history.fixes.map(([x, y]) => [x, y]);
      if (line.length > 1) {
        showEvidence(collection([lineFeature(undefined, line, { kind: "track" })]));
      }
      update();
    } catch (refusal) {
      if (!signal.aborted) say(fixes, word("failed", { text: refusal.message }));
    }
  }

  function update() {
    say(title, word("vehicle", { id }));
    const vehicle = state.vehicles.get(id);
    keyed(facts, vehicle ? factsOf(vehicle) : [], ([name]) => name, () =>
      el("div", {}, el("dt"), el("dd")), (node, [name, value]) => {
      say(node.firstElementChild, word(name));
      say(node.lastElementChild, value);
    });
    const mine = vehicle?.grids ?? history?.grids ?? [];
    keyed(grids, mine, (grid) => grid, (grid) => el("a", { class: "plate", text: grid }),
      (link, grid) => mark(link, "href", linkTo("grid", grid)));
    if (state.serviceDate && Math.abs(state.nowMs - readAt) > FRESH_MS) {
      readAt = state.nowMs;
      read();
    }
    if (!history) return;
    say(fixes, `${word("fixes_today")} ${history.fixes.length}`);
    say(gapsTitle, word("gaps"));
    const closed = history.gaps.map(({ from_ms, to_ms }) => {
      const length = to_ms && from_ms ? ` (${duration(to_ms - from_ms)})` : "";
      return span(from_ms, to_ms) + length;
    });
    const open = vehicle?.motion === "silent" ? [openGap(vehicle)] : [];
    write(gaps, [...closed, ...open], "no_gaps");
    say(faultsTitle, word("faults"));
    write(faults, history.faults.map(({ code, text, since_ms, until_ms }) =>
      `${code.replaceAll("_", " ")}: ${text} ${span(since_ms, until_ms)}`), "no_faults");
    say(eventsTitle, word("events"));
    const lines = history.events.length ? history.events.map(eventLine) : [word("no_events")];
    keyed(events, lines.map((text, number) => ({ text, key: `${number} ${text}` })),
      ({ key }) => key, ({ text }) => el("li", { text }), () => undefined);
  }

  return { update, close() { pending?.abort(); showEvidence(null); } };
}

function span(from, to) {
  const time = (ms) => clockTimeOn(ms, state.serviceDate);
  if (from && to) return word("until", { from: time(from), to: time(to) });
  return from ? word("since", { from: time(from) }) : "";
}

/** The silence that goes on. */
function openGap(vehicle) {
  return `${span(vehicle.event_ms, null)} (${duration(fixAgeMs(vehicle))})`;
}

function write(list, texts, none) {
  keyed(list, texts.length ? texts : [word(none)], (text) => text, (text) => el("li", { text }),
    () => undefined);
}

function factsOf(vehicle) {
  const age = fixAgeMs(vehicle);
  const rows = [["motion", word(`motion_${vehicle.motion}`)]];
  if (age === null) return rows;
  const time = `${clockSeconds(vehicle.event_ms)} (${word("fix_age", { age: duration(age) })})`;
  rows.push(["last_fix", time]);
  if (vehicle.speed_mps !== null) {
    rows.push(["speed", `${Math.round(vehicle.speed_mps * 3.6)} km/h`]);
  }
  if (vehicle.heading_deg !== null) rows.push(["heading", `${Math.round(vehicle.heading_deg)}°`]);
  return rows;
}
