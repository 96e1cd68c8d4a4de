/** What there is to show: the form, what was entered, where the visitor is; and how it is said. */

import { views } from "./frame.js";
import { canonical, isKnown, localeFor, translate } from "./words.js";

/** @typedef {import("./types.js").Form} Form */
/** @typedef {import("./types.js").Option} Option */
/** @typedef {import("./types.js").Slot} Slot */
/** @typedef {import("./frame.js").View} View */
/** @typedef {import("./element.js").CallbackWidget} CallbackWidget */
/** @typedef {import("./stage.js").Stage} Stage */

export class State {
  /** The profile. @type {Form | null} */
  form = null;
  /** The view that is shown. */
  view = "";
  /** @type {import("./types.js").Entered} */
  entered = { answers: {}, number: "" };
  /** @type {import("./types.js").Attempt | null | undefined} */
  attempt = null;
  /** @type {import("./types.js").Callback | null | undefined} */
  call = null;
  /** The times on offer; none while they are read. @type {Slot[] | null} */
  slots = null;
  /** Times that a refusal brought. @type {Slot[] | null} */
  offered = null;
  /** The reading of times that is under way. */
  reading = {};
  /** Times could not be read. */
  hasFailed = false;
  /** The day whose times are shown. */
  day = "";
  /** An extension that was taken off the number. */
  extension = "";
  /** The list of countries. */
  picker = { isOpen: false, query: "", active: "" };
  /** The security check. @type {{shown?: boolean, token?: string | null, renew?: () => void} | null} */
  captcha = null;
  /** What is wrong with fields: name -> its text. @type {Record<string, () => string>} */
  faults = {};
  /** What stands in the alert: names of words. @type {string[]} */
  alert = [];
  /** A question that stands in the place of the buttons. */
  asking = "";
  /** A request is under way. */
  busy = false;
  /** Nothing is sent before (milliseconds); `number`: only this number waits. */
  held = { until: 0, number: false };
  /** What was last said to assistive technology, as a name of words. */
  said = "";
  /** Something was chosen or typed. */
  begun = false;
  /** Ended when what is under way has become of no interest. */
  turn = new AbortController();
  /** All views; those after the first come with the steps. @type {Record<string, View>} */
  views = views;
  /** What follows the call-back. @type {{poll(): void, stop(): void} | null} */
  following = null;
  /** What the steps bring. @type {typeof import("./steps.js") | null} */
  steps = null;
  /** Counts down. @type {ReturnType<typeof setTimeout> | undefined} */
  timer;

  /** @param {CallbackWidget} host @param {Stage} stage */
  constructor(host, stage) {
    this.host = host;
    this.stage = stage;
  }

  // ---- Words

  /** The language of the element, of the page where there are words for it, or of the profile. */
  get language() {
    const page = canonical(/** @type {HTMLElement | null} */ (this.host.parentElement?.closest("[lang]"))?.lang);
    const own = canonical(this.host.lang);
    return own ?? (page && isKnown(page) ? page : canonical(this.form?.language) ?? page ?? "en");
  }

  get locale() {
    return localeFor(this.language);
  }

  /**
   * Return the words for a name or code.
   *
   * @param {string} name
   * @param {Record<string, unknown>} [values]
   */
  t(name, values = {}) {
    return translate(this.language, this.host.strings, name, values);
  }

  // ---- What can be asked for

  /** The options that can be asked for, now or later. @returns {Option[]} */
  get options() {
    if (!this.form) return [];
    const { status, scheduling, options } = this.form;
    const isOpen = (/** @type {Option} */ each) => each.status === "active" || (each.status === "closed" && scheduling);
    return status === "paused" ? [] : options.filter(isOpen);
  }

  /** The option that the page names, by its id or its name. */
  get namedOption() {
    const name = this.host.getAttribute("option");
    return this.options.find((each) => each.id === name || each.name === name);
  }

  /** The option that the page names, or that was chosen, or the only one there is. */
  get option() {
    const { options } = this;
    const chosen = options.find((each) => each.id === this.entered.option);
    return this.namedOption ?? chosen ?? (options.length === 1 ? options[0] : null);
  }

  /** The names of the steps that this form has. */
  get route() {
    const isAsked = !this.namedOption && this.options.length > 1;
    return [isAsked && "about", this.form?.scheduling && "when", "details"].filter((each) => typeof each === "string");
  }

  get isFree() {
    return !this.busy && Date.now() >= this.held.until;
  }
}
