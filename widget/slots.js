/** Days and times, as the visitor's clock shows them, or the centre's. */

import { deviceLanguage } from "./words.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./types.js").Slot} Slot */

/** @type {Intl.DateTimeFormatOptions} */
const DAY = { weekday: "long", month: "long", day: "numeric" };

/** Return the zone of the times: the visitor's (nothing), the centre's, or the page's. @param {Flow} flow */
export function zoneOf({ host, form }) {
  const named = host.getAttribute("timezone");
  const zone = named === "centre" ? form?.timezone : named;
  try {
    return zone ? new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone : undefined;
  } catch {
    return undefined;
  }
}

/** Write times in the words of a language, with the hours of the visitor's own device. */
export class Times {
  /** @param {Flow} flow */
  constructor(flow) {
    this.locale = flow.locale;
    this.timeZone = zoneOf(flow);
    this.centre = flow.form?.timezone;
  }

  /**
   * @param {Intl.DateTimeFormatOptions} options
   * @param {string | number} time
   */
  #format(options, time) {
    return new Intl.DateTimeFormat(this.locale, { timeZone: this.timeZone, ...options }).format(new Date(time));
  }

  /** The day, to compare: 2027-01-07. @param {string | number} time */
  date(time) {
    return new Date(time).toLocaleDateString("sv", { timeZone: this.timeZone });
  }

  /** Whether the visitor's device counts hours to 24. */
  get #is24() {
    const { hourCycle } = new Intl.DateTimeFormat(deviceLanguage(), { hour: "numeric" }).resolvedOptions();
    return hourCycle === "h23" || hourCycle === "h24";
  }

  /**
   * The hour: 05:45, or 5:45 a.m.; `isNamed`: with its zone.
   *
   * @param {string} time
   * @param {boolean} [isNamed]
   */
  hour(time, isNamed) {
    const hourCycle = this.#is24 ? "h23" : undefined;
    const usual = new Intl.DateTimeFormat(this.locale, { timeStyle: "short", hourCycle }).resolvedOptions();
    /** @type {Intl.DateTimeFormatOptions} */
    const options = { hour: usual.hour12 ? "numeric" : "2-digit", minute: "2-digit", hourCycle };
    return this.#format({ ...options, timeZoneName: isNamed ? "short" : undefined }, time);
  }

  /** @param {string} time */
  day(time) {
    return sentence(this.#format(DAY, time), this.locale);
  }

  /** @param {string} time */
  shortDay(time) {
    return this.#format({ month: "short", day: "numeric" }, time);
  }

  /** Today, tomorrow, or the weekday. @param {string} time */
  nearDay(time) {
    const ahead = Math.round((Date.parse(this.date(time)) - Date.parse(this.date(Date.now()))) / 864e5);
    const near = new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" });
    return sentence(ahead < 2 ? near.format(ahead, "day") : this.#format({ weekday: "long" }, time), this.locale);
  }

  /** A whole time: the day, its hours, and the zone where the centre's clock shows another. @param {{start_time: string, end_time?: string}} slot */
  whole({ start_time: start, end_time: end }) {
    const hours = end ? `${this.hour(start)} – ${this.hour(end, this.#isElsewhere(start))}` : this.hour(start);
    return `${this.day(start)}, ${hours}`;
  }

  /** @param {string} time */
  #isElsewhere(time) {
    const shown = (/** @type {string | undefined} */ timeZone) => new Date(time).toLocaleString("en", { timeZone });
    return shown(this.centre) !== shown(this.timeZone);
  }

  /** The name of the zone: Central European Time. */
  get zone() {
    const options = { timeZone: this.timeZone, timeZoneName: /** @type {const} */ ("longGeneric") };
    const parts = new Intl.DateTimeFormat(this.locale, options).formatToParts();
    return parts.find((each) => each.type === "timeZoneName")?.value ?? this.timeZone;
  }
}

/**
 * Begin with a capital letter.
 *
 * @param {string} text
 * @param {string} locale
 */
export const sentence = (text, locale) => text.slice(0, 1).toLocaleUpperCase(locale) + text.slice(1);

/**
 * Group times by day, in their order.
 *
 * @param {Slot[]} slots
 * @param {Times} times
 * @returns {Slot[][]}
 */
export function byDay(slots, times) {
  /** @type {Record<string, Slot[]>} */
  const days = {};
  for (const slot of slots) (days[times.date(slot.start_time)] ??= []).push(slot);
  return Object.values(days);
}
