// The room "Alerts": the feed, newest first, and acknowledging.

import { el, keyed, mark, say, walkWithArrows } from "../elements/dom.js";
import { currentLanguage, knows, word } from "../language/words.js";
import { clockTime } from "../language/zone_time.js";
import { isPending, shownAlerts } from "../state/alerts.js";
import { post } from "../state/request.js";
import { linkTo } from "../state/route.js";
import { listen, state, takeAlerts } from "../state/state.js";

function mayAcknowledge() {
  const { role, login_required: required } = state.session;
  return state.live && (!required || role === "operator" || role === "admin");
}

export function alertsRoom(root) {
  const note = el("p", { class: "note" });
  const list = el("ul", { class: "list" });
  root.append(note, list);
  walkWithArrows(list);
  return {
    update() {
      const alerts = shownAlerts();
      say(note, word("no_alerts"));
      note.hidden = alerts.length > 0;
      keyed(list, alerts, (alert) => alert.id, alertRow, (row, alert) => row.update(alert));
    },
  };
}

function alertRow({ id }) {
  const text = el("a", { class: "alert-text" });
  const when = el("time", { class: "when" });
  const kind = el("span", { class: "kind" });
  const fate = el("span", { class: "facts" });
  const fault = el("span", { class: "fault", role: "alert" });
  const button = el("button", {
    type: "button", class: "small-button", on: { click: () => acknowledge(id, button, fault) },
  });
  const row = el("li", { class: "alert" },
    el("span", { class: "line" }, when, kind, button), text, fate, fault);
  row.update = (alert) => {
    mark(row, "data-pending", String(isPending(alert)));
    say(when, clockTime(alert.said_ms));
    const name = `alert_${alert.kind}`;
    say(kind, knows(name) ? word(name) : String(alert.kind).replaceAll("_", " "));
    say(text, textOf(alert));
    mark(text, "href", linkOf(alert));
    say(fate, fateOf(alert));
    say(button, word("acknowledge"));
    mark(button, "aria-label", `${word("acknowledge")}: ${textOf(alert)}`);
    button.hidden = Boolean(alert.acknowledged_ms) || !mayAcknowledge();
  };
  return row;
}

function textOf({ text, texts }) {
  return texts?.[currentLanguage()] ?? text;
}

function linkOf({ grid, window, vehicle }) {
  if (grid) return window ? linkTo("grid", grid, window) : linkTo("grid", grid);
  return vehicle ? linkTo("vehicle", vehicle) : linkTo("alerts");
}

function fateOf({ acknowledged_by: name, acknowledged_ms: at, ended_ms: ended }) {
  const parts = [];
  if (at) {
    const time = clockTime(at);
    parts.push(name ? word("acknowledged", { name, time }) : word("acknowledged_at", { time }));
  }
  if (ended) parts.push(word("alert_ended", { time: clockTime(ended) }));
  return parts.join(" · ");
}

async function acknowledge(id, button, fault) {
  button.disabled = true;
  say(fault, "");
  try {
    const alert = await post(`/alerts/${encodeURIComponent(id)}/acknowledge`);
    if (alert?.id) takeAlerts([alert]);
  } catch (refusal) {
    say(fault, word("failed", { text: refusal.message }));
  } finally {
    button.disabled = false;
  }
}

/** Tell new alerts to screen readers. */
export function startAnnouncing(root) {
  listen("alerts", (fresh) => {
    if (!state.live || !fresh?.length) return;
    root.replaceChildren(...fresh.slice(-3).map((alert) =>
      el("p", { text: word("alert_new", { text: textOf(alert) }) })));
  });
}
