// Instants in the zone of the plan, whatever the zone of the browser.

const HOUR_MS = 3_600_000;
let zone = "UTC";
let formats = new Map();

export function setZone(name) {
  zone = name;
  formats = new Map();
}

function format(name, options, locale = "en-GB") {
  let made = formats.get(name);
  if (!made) {
    made = new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: "h23", ...options });
    formats.set(name, made);
  }
  return made;
}

/** `09:41` */
export function clockTime(ms) {
  return format("hm", { hour: "2-digit", minute: "2-digit" }).format(ms);
}

/** `09:41:07` */
export function clockSeconds(ms) {
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
  return format("hms", options).format(ms);
}

/** `2022-03-28` */
export function isoDate(ms) {
  const options = { year: "numeric", month: "2-digit", day: "2-digit" };
  const part = Object.fromEntries(
    format("ymd", options).formatToParts(ms).map(({ type, value }) => [type, value]),
  );
  return `${part.year}-${part.month}-${part.day}`;
}

/** A date for people: weekday, day and month in their language. */
export function longDate(ms, language) {
  const options = { weekday: "short", month: "short", day: "numeric", year: "numeric" };
  return format(`long-${language}`, options, language === "zh" ? "zh-CN" : "en-GB").format(ms);
}

/** `03-28 09:41` unless the instant is of the given date, then `09:41`. */
export function clockTimeOn(ms, date) {
  const day = isoDate(ms);
  return day === date ? clockTime(ms) : `${day.slice(5)} ${clockTime(ms)}`;
}

/** The instant of a local time; where clocks change it may be off by the change. */
export function instantOf(date, minutes) {
  const wanted = Date.parse(`${date}T00:00:00Z`) + minutes * 60_000;
  let guess = wanted;
  for (let round = 0; round < 2; round += 1) guess += wanted - wallClock(guess);
  return guess;
}

function wallClock(ms) {
  return Date.parse(`${isoDate(ms)}T${clockSeconds(ms)}Z`) + (ms % 1000);
}

/** The day after or before a date. */
export function shiftDate(date, days) {
  return new Date(Date.parse(`${date}T12:00:00Z`) + days * 24 * HOUR_MS).toISOString().slice(0, 10);
}
