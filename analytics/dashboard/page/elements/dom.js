// Making and keeping elements. Data enters the page as text nodes only, never as markup.

const UNSEEN = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text with what cannot be seen shown as an escape, as reports show it: a mark that turns the
 * direction of writing in a name would turn what stands beside the name.
 */
export function plain(text) {
  return text.replace(UNSEEN, (unseen) => {
    const code = unseen.codePointAt(0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}`
      : code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

const shown = (text) => (typeof text === "string" ? plain(text) : text);

/** An element; `attributes` may hold `text`, `on` ({event: listener}) and any attribute. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "text") {
      node.textContent = shown(value);
    } else if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined).map(shown));
  return node;
}

/** Write a text only if it differs: an unchanged page costs no layout. */
export function say(node, text) {
  const told = shown(text);
  if (node.textContent !== told) node.textContent = told;
}

export function mark(node, attribute, value) {
  if (node.getAttribute(attribute) !== value) node.setAttribute(attribute, value);
}

/**
 * Keep one child per item, in order: rows that stay keep their element, and with it the focus.
 * `make(item)` gives a new element, `update(element, item)` writes what may have changed.
 */
export function keyed(parent, items, keyOf, make, update) {
  const old = (parent.keptRows ??= new Map());
  const kept = new Map();
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    if (kept.has(key)) continue;
    const node = old.get(key) ?? make(item);
    update(node, item);
    kept.set(key, node);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const [key, node] of old) if (kept.get(key) !== node) node.remove();
  parent.keptRows = kept;
}

/** Arrow keys, Home and End move between the elements of a list that take the focus. */
export function walkWithArrows(list, selector = "button, a") {
  list.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    const stops = [...list.querySelectorAll(selector)].filter((stop) => stop.offsetParent);
    const at = stops.indexOf(document.activeElement);
    if (at < 0) return;
    const next = Math.max(0, Math.min(stops.length - 1, at + steps[event.key]));
    stops[next].focus();
    event.preventDefault();
  });
}

/** A bar that fills to `share` (0 to 1); `update` takes the share and the state that colours it. */
export function progressBar() {
  const fill = el("span", { class: "fill" });
  const bar = el("span", {
    class: "bar", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100",
  }, fill);
  bar.update = (share, state, label) => {
    const percent = Math.round(Math.max(0, Math.min(1, share)) * 100);
    mark(bar, "aria-valuenow", String(percent));
    mark(bar, "aria-label", label);
    mark(bar, "data-state", state);
    const width = `${percent}%`;
    if (fill.style.width !== width) fill.style.width = width;
  };
  return bar;
}
