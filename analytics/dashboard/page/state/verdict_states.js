// The states of a street or window: colours (Okabe and Ito), and what tells them apart without.

/** Worst first; `glyph` in lists, `dash` and `width` (pixels) of lines on the map. */
export const STATES = {
  overdue: { dark: "#ff7a2f", light: "#b84a00", glyph: "!!", width: 6, dash: [1.6, 0.8] },
  skipped: { dark: "#ffffff", light: "#111111", glyph: "✕", width: 6, dash: [0.6, 0.9] },
  at_risk: { dark: "#f5b301", light: "#8a5a00", glyph: "▲", width: 5, dash: [4, 1.2] },
  partial: { dark: "#e08fbf", light: "#a3457c", glyph: "◐", width: 6, dash: [4, 1, 0.8, 1] },
  late: { dark: "#f0e442", light: "#6f6600", glyph: "◷", width: 6.5, dash: [6, 0.6] },
  unknown: { dark: "#6ea8ff", light: "#0059a8", glyph: "?", width: 3.5, dash: [0.4, 1.6] },
  on_track: { dark: "#56b4e9", light: "#0072b2", glyph: "▶", width: 3, dash: null },
  upcoming: { dark: "#7d8796", light: "#6b7480", glyph: "○", width: 1.6, dash: null },
  served: { dark: "#12c48f", light: "#007a58", glyph: "✓", width: 3, dash: null },
  exempt: { dark: "#5d6673", light: "#858d98", glyph: "–", width: 1.4, dash: [1, 3] },
};

export const STATE_NAMES = Object.keys(STATES);
const RANK = new Map(STATE_NAMES.map((name, place) => [name, place]));

/** How bad a state is: 0 is the worst. */
export function rank(state) {
  return RANK.get(state) ?? STATE_NAMES.length;
}

export function worse(left, right) {
  return rank(left) <= rank(right) ? left : right;
}
