// Dark or light: as the system says, until someone chooses here.

const STORED = "pingcheng.theme";
const system = matchMedia("(prefers-color-scheme: light)");
const listeners = new Set();
let chosen = stored();

function stored() {
  try {
    const value = localStorage.getItem(STORED);
    return value === "dark" || value === "light" ? value : null;
  } catch {
    return null; // storage is switched off
  }
}

export function currentTheme() {
  return chosen ?? (system.matches ? "light" : "dark");
}

function apply() {
  document.documentElement.dataset.theme = currentTheme();
  for (const listener of listeners) listener(currentTheme());
}

export function switchTheme() {
  chosen = currentTheme() === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(STORED, chosen);
  } catch {
    // it holds until the page is closed
  }
  apply();
}

export function onTheme(listener) {
  listeners.add(listener);
}

system.addEventListener("change", () => { if (!chosen) apply(); });
apply();
