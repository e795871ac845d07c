// Where the map looks: at all of a plan, at what is chosen, at a vehicle.

import { state } from "../state/state.js";

/** A vehicle to fly to once it is known where it is. */
let flyingTo = null;

export function lookAt(map, bounds) {
  map.fitBounds(bounds, { padding: margins(), animate: false, maxZoom: 16 });
}

export function flyTo(map, bounds) {
  if (bounds) map.fitBounds(bounds, { padding: margins(), maxZoom: 16.5, ...pace() });
}

/** Fly to a vehicle the next time that `flyToVehicle` finds it; null gives that up. */
export function wantVehicle(id) {
  flyingTo = id;
}

export function flyToVehicle(map) {
  const vehicle = state.vehicles.get(flyingTo);
  if (!vehicle || vehicle.longitude === null) return;
  flyingTo = null;
  const center = [vehicle.longitude, vehicle.latitude];
  map.easeTo({ center, zoom: Math.max(map.getZoom(), 15), ...pace() });
}

/** Room for the legend: beside the streets on a desk, below them on a phone. */
function margins() {
  const legend = document.getElementById("legend");
  const isBeside = legend.offsetHeight > legend.offsetWidth;
  return {
    top: 40, right: 50,
    bottom: isBeside ? 40 : legend.offsetHeight + 24, left: isBeside ? legend.offsetWidth + 40 : 30,
  };
}

function pace() {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return still ? { animate: false } : { duration: 500 };
}
