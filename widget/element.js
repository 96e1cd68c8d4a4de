/** The element itself: attributes, properties, methods and events; the rest is the flow's. */

import { Flow } from "./flow.js";
import { Stage } from "./stage.js";
import { frame } from "./frame.js";
import { languages, learn } from "./words.js";

/** @typedef {import("./types.js").Callback} Callback */
/** @typedef {import("./words.js").Words} Words */

/** On a server there are no elements: there the module can be imported, and does nothing. */
const Base = /** @type {typeof HTMLElement} */ (globalThis.HTMLElement ?? class {});

/**
 * Asks a callback-gateway for a call-back, then follows it.
 *
 * @attr {string} api - the gateway's address; without it that which the script came from
 * @attr {string} profile - the profile's name at the gateway
 * @attr {string} option - an option's id or name: it is not asked for
 */
export class CallbackWidget extends Base {
  static observedAttributes = ["api", "profile", "option", "lang", "heading", "timezone", "number", "privacy-href"];
  /** Words by language; more can be added. */
  static languages = languages;

  /** @type {Words | undefined} */
  #strings;
  #stage;
  #flow;
  #onleave = () => this.#abandon();
  #ononline = () => this.#reconnect();

  constructor() {
    super();
    this.#strings = this.strings; // may have been set before the upgrade
    delete /** @type {any} */ (this).strings;
    const shadow = this.attachShadow({ mode: "open" });
    this.#stage = new Stage(this, shadow, () => [frame(this.#flow)]);
    this.#flow = new Flow(this, this.#stage);
  }

  connectedCallback() {
    addEventListener("pagehide", this.#onleave);
    addEventListener("online", this.#ononline);
    this.#flow.load();
  }

  disconnectedCallback() {
    removeEventListener("pagehide", this.#onleave);
    removeEventListener("online", this.#ononline);
    this.#abandon();
    this.#flow.stop();
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    const flow = this.#flow;
    if (!flow.view || before === value) return;
    if (name === "api" || name === "profile") {
      flow.call = flow.attempt = null; // they are of another profile
      flow.begun = false;
    } else if (name !== "option") {
      learn(flow.language).then(() => this.#stage.render());
      return;
    }
    if (this.isConnected) flow.load();
  }

  /** Words of this element's own, by name. @returns {Words | undefined} */
  get strings() {
    return this.#strings;
  }

  set strings(strings) {
    this.#strings = strings;
    if (this.#flow.view) this.#stage.render();
  }

  /** The call-back that is followed. @returns {Callback | null} */
  get callback() {
    return this.#flow.call ? { ...this.#flow.call } : null;
  }

  /**
   * Fill in what the page knows of a customer.
   *
   * @param {{option?: string, number?: string | number, questions?: Record<string, string | number>}} known
   */
  prefill({ option, number, questions }) {
    const { entered } = this.#flow;
    entered.option = option ?? entered.option;
    entered.number = `${number ?? entered.number}`;
    Object.assign(entered.answers, questions);
    if (this.#flow.view === "about") this.#flow.step();
    else if (this.#flow.view) this.#stage.render();
  }

  /** Begin anew; a call-back that is followed is forgotten, not cancelled. */
  reset() {
    this.#flow.reset();
  }

  /** Cancel the call-back that is followed. */
  async cancel() {
    await this.#flow.steps?.cancel(this.#flow);
  }

  /** Go to the first thing that can be done. */
  focus() {
    this.#stage.focusFirst();
  }

  #abandon() {
    const { begun, view, call } = this.#flow;
    if (begun && !call) this.#stage.emit("abandon", { step: view });
  }

  #reconnect() {
    const flow = this.#flow;
    if (flow.view === "failed") flow.load();
    else if (flow.alert.includes("offline")) flow.say([]);
  }
}
