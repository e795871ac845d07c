// What is done to the plan: asked of the server, taken over, and told.

import { word } from "../../language/words.js";
import { get, post, Refusal } from "./request.js";
import { state, takeChange, takePlan, takeStatus } from "./state.js";
import { faultText } from "./words.js";

const tellers = new Set();
let line = Promise.resolve();

/** Be told of news ({text, kind}): kind is done, saved, changed, lost or fault. */
export function onNews(teller) {
  tellers.add(teller);
}

function tell(kind, text) {
  for (const teller of tellers) teller({ kind, text });
}

/** One request after the other, each with the revision that the one before gave. */
function inLine(work) {
  const done = line.then(work, work);
  line = done.catch(() => {});
  return done;
}

export const stepText = ({ title, about }) =>
  word(`edit_title_${title}`, { about }).trim();

export async function loadPlan() {
  takePlan(await get("plan"));
}

/**
 * Change the plan. Gives true if it was done; else the refusal's faults go to `onFaults`, or are
 * told to all.
 */
export function edit(kind, values, { onFaults = null, chooses = false } = {}) {
  return inLine(async () => {
    try {
      const change = await post("edit", { kind, revision: state.status.revision, ...values });
      takeChange(change, chooses);
      if (change.status.undo) tell("done", word("edit_done", { what: stepText(change.status.undo) }));
      return true;
    } catch (refusal) {
      await refuse(refusal, onFaults);
      return false;
    }
  });
}

export function step(direction) {
  return inLine(async () => {
    const what = state.status[direction];
    if (!what) return;
    try {
      const change = await post("edit", {
        kind: "step", revision: state.status.revision, direction,
      });
      takeChange(change, true);
      const key = direction === "undo" ? "edit_undone" : "edit_done";
      tell("done", word(key, { what: stepText(what) }));
    } catch (refusal) {
      await refuse(refusal);
    }
  });
}

export function save() {
  return inLine(async () => {
    try {
      const { files, status } = await post("save", { revision: state.status.revision });
      takeStatus(status);
      tell("saved", files.length
        ? word("edit_saved_files", { files: files.join(", ") }) : word("edit_nothing_saved"));
    } catch (refusal) {
      await refuse(refusal);
    }
  });
}

export function readAgain() {
  return inLine(async () => {
    try {
      takePlan(await post("reload"));
      tell("read", "");
    } catch (refusal) {
      await refuse(refusal);
    }
  });
}

async function refuse(refusal, onFaults = null) {
  if (!(refusal instanceof Refusal)) return tell("lost", word("edit_gone", { text: refusal.message }));
  const { code, faults } = refusal;
  if (code === "changed_on_disk") return tell("changed", faults[0].value);
  if (code === "stale") {
    await loadPlan();
    return tell("fault", word("edit_stale"));
  }
  if (code === "nothing") return undefined;
  if (!faults.length) return tell("lost", word("edit_gone", { text: refusal.message }));
  if (onFaults) return onFaults(faults);
  return tell("fault", faults.map(faultText).join(" "));
}
