// An event beside fixes in a line; its reference is text, never a link to where others put it.

import { word } from "../language/words.js";
import { clockTimeOn } from "../language/zone_time.js";
import { state } from "../state/state.js";

export function eventLine({ at_ms, kind, reference, weight_kg, vehicle, distance_m, place }) {
  const parts = [clockTimeOn(at_ms, state.serviceDate), word(`event_${kind}`)];
  if (reference) parts.push(reference);
  if (weight_kg !== null) parts.push(`${weight_kg} kg`);
  if (vehicle) parts.push(vehicle, word("event_apart", { metres: Math.round(distance_m) }));
  if (place === "fixes") parts.push(word("event_by_fixes"));
  return parts.join(" · ");
}
