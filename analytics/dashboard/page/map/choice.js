// What the address has chosen: a grid, of it a window and a street, or a vehicle.

import { shownWindows, state } from "../state/state.js";

const NOTHING = { grid: null, window: null, street: null, vehicle: null };
let choice = NOTHING;

export function currentChoice() {
  return choice;
}

/** Take the choice from an address. */
export function takeChoice({ room, parts }) {
  choice = { ...NOTHING };
  if (room === "grid") [choice.grid = null, choice.window = null, choice.street = null] = parts;
  if (room === "vehicle") [choice.vehicle = null] = parts;
  return choice;
}

/** The lines of the chosen street, or of all streets of the chosen grid. */
export function chosenLines() {
  const lines = [];
  for (const { name, grids, line } of state.sections.values()) {
    if (!grids.includes(choice.grid)) continue;
    if (!choice.street || name === choice.street) lines.push(line);
  }
  return lines;
}

/** The windows to draw: of each grid the one that stands for it, of a chosen grid the chosen. */
export function drawnWindows() {
  const shown = shownWindows();
  const chosen = state.windows.get(`${choice.grid}|${choice.window}`);
  if (chosen) shown.set(choice.grid, chosen);
  return shown;
}
