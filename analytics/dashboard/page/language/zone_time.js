// Instants in the zone of the plan, as the server reckons them: the browser's own knowledge of time
// zones may be years older, and its zone another.

const DAY_MS = 86_400_000;
let offsets = [[0, 0]];
const formats = new Map();

/** Take the server's offsets: pairs of an instant and the seconds ahead of UTC from it on. */
export function setOffsets(found) {
  offsets = found;
}

/** Reckon as the browser does, in its own zone: for a page whose server does not answer. */
export function setBrowserOffsets() {
  const now = Date.now();
  offsets = [[now, -60 * new Date(now).getTimezoneOffset()]];
}

function offsetMs(ms) {
  let [low, high] = [0, offsets.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsets[middle][0] <= ms) low = middle;
    else high = middle;
  }
  return 1000 * offsets[low][1];
}

/** What the clocks of the zone show, as if it were UTC. */
function wallClock(ms) {
  return ms + offsetMs(ms);
}

function format(name, options, locale = "en-GB") {
  let made = formats.get(name);
  if (!made) {
    made = new Intl.DateTimeFormat(locale, { timeZone: "UTC", hourCycle: "h23", ...options });
    formats.set(name, made);
  }
  return made;
}

/** `09:41` */
export function clockTime(ms) {
  return format("hm", { hour: "2-digit", minute: "2-digit" }).format(wallClock(ms));
}

/** `09:41:07` */
export function clockSeconds(ms) {
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
  return format("hms", options).format(wallClock(ms));
}

/** `2022-03-28` */
export function isoDate(ms) {
  return new Date(wallClock(ms)).toISOString().slice(0, 10);
}

/** A date for people: weekday, day and month in their language. */
export function longDate(ms, language) {
  const options = { weekday: "short", month: "short", day: "numeric", year: "numeric" };
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  return format(`long-${language}`, options, locale).format(wallClock(ms));
}

/** `03-28 09:41` unless the instant is of the given date, then `09:41`. */
export function clockTimeOn(ms, date) {
  const day = isoDate(ms);
  return day === date ? clockTime(ms) : `${day.slice(5)} ${clockTime(ms)}`;
}

/** The instant of a local time, as the server has it: of two the first, a skipped one moves on. */
export function instantOf(date, minutes) {
  const wanted = Date.parse(`${date}T00:00:00Z`) + minutes * 60_000;
  const before = wanted - offsetMs(wanted - DAY_MS);
  if (wallClock(before) === wanted) return before;
  const after = wanted - offsetMs(wanted + DAY_MS);
  return wallClock(after) === wanted ? after : before;
}

/** The day after or before a date. */
export function shiftDate(date, days) {
  return new Date(Date.parse(`${date}T12:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}
