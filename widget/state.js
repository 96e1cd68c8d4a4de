/** What there is to show: the form, what was entered, where the visitor is; and how it is said. */

import { views } from "./frame.js";
import { canonical, isKnown, localeFor, translate } from "./words.js";

/** @typedef {import("./types.js").State} In what each member is: see there */
/** @typedef {import("./types.js").Option} Option */

export class State {
  /** @type {In["form"]} */
  form = null;
  view = "";
  /** @type {In["entered"]} */
  entered = { answers: {}, number: "" };
  /** @type {In["attempt"]} */
  attempt = null;
  /** @type {In["call"]} */
  call = null;
  /** @type {In["slots"]} */
  slots = null;
  /** @type {In["slots"]} */
  offered = null;
  reading = {};
  hasFailed = false;
  day = "";
  extension = "";
  picker = { isOpen: false, query: "", active: "" };
  /** @type {In["captcha"]} */
  captcha = null;
  /** @type {In["faults"]} */
  faults = {};
  /** @type {In["alert"]} */
  alert = [];
  asking = "";
  changing = false;
  /** @type {In["signed"]} */
  signed = null;
  left = "";
  busy = false;
  held = { until: 0, number: false };
  said = "";
  begun = false;
  turn = new AbortController();
  views = views;
  /** @type {In["following"]} */
  following = null;
  /** @type {In["steps"]} */
  steps = null;
  /** @type {In["timer"]} */
  timer;

  /** @param {import("./element.js").CallbackWidget} host @param {import("./stage.js").Stage} stage */
  constructor(host, stage) {
    this.host = host;
    this.stage = stage;
  }

  // ---- Words

  /** The language of the element, of the page where there are words for it, or of the profile. */
  get language() {
    const page = canonical(/** @type {HTMLElement} */ (this.host.parentElement?.closest("[lang]") ?? document.documentElement).lang);
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
