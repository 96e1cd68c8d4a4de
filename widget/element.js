/** The element itself: attributes, properties, methods and events; the rest is the flow's. */

import { Flow } from "./flow.js";
import { frame } from "./frame.js";
import { Stage } from "./stage.js";
import { languages, learn } from "./words.js";

/** @typedef {import("./types.js").Callback} Callback */
/** @typedef {import("./words.js").Words} Words */

/** Returns a token of the page's host that says who asks. @typedef {() => Promise<string> | string} Identity */

/** On a server there are no elements: there the module can be imported, and does nothing. */
const Base = /** @type {typeof HTMLElement} */ (globalThis.HTMLElement ?? class {});

/**
 * Asks a callback-gateway for a call-back, then follows it: docs/website.md.
 *
 * @tag callback-widget
 */
export class CallbackWidget extends Base {
  static observedAttributes = ["api", "profile", "option", "lang", "heading", "timezone", "number", "privacy-href", "mode", "handle"];
  /** Words by language; more can be added. */
  static languages = languages;

  /** @type {Words | undefined} */
  #strings;
  /** @type {Identity | undefined} */
  #identity;
  /** @type {Stage} */
  #stage;
  /** @type {Flow} */
  #flow;
  /** Ended when the element leaves the page. */
  #presence = new AbortController();
  /** What shows the form in a dialog, where it is. @type {typeof import("./dialog.js") | null} */
  #dialog = null;

  constructor() {
    super();
    this.#strings = this.strings; // may have been set before the upgrade
    this.#identity = this.identity;
    delete /** @type {any} */ (this).strings;
    delete /** @type {any} */ (this).identity;
    const shadow = this.attachShadow({ mode: "open" });
    this.#stage = new Stage(this, shadow, () => this.#describe());
    this.#flow = new Flow(this, this.#stage);
  }

  connectedCallback() {
    const { signal } = (this.#presence = new AbortController());
    addEventListener("pagehide", () => this.#abandon(), { signal });
    addEventListener("online", () => this.#reconnect(), { signal });
    this.#enter();
  }

  disconnectedCallback() {
    this.#presence.abort();
    this.#abandon();
    this.#flow.stop();
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    const flow = this.#flow;
    if (!flow.view || before === value) return;
    if (name === "mode") return void (this.isConnected && this.#enter());
    if (name === "api" || name === "profile" || name === "handle") {
      flow.call = flow.attempt = null; // they are of another profile
      flow.begun = false;
    } else if (name !== "option") {
      learn(flow.language).then(() => this.#stage.render());
      return;
    }
    if (this.isConnected && flow.view !== "closed") flow.load();
  }

  get #isInline() {
    return !/^(dialog|button)$/.test(this.getAttribute("mode") ?? "");
  }

  /** Show the form, or what opens it. */
  async #enter() {
    const flow = this.#flow;
    this.#dialog = this.#isInline ? null : await import("./dialog.js");
    if (!this.#dialog) return flow.load();
    this.#dialog.listen(this, this.#presence.signal);
    this.#stage.dress(this.#dialog.CSS);
    await learn(flow.language);
    flow.view ||= "closed";
    this.#stage.render();
  }

  #describe() {
    const card = frame(this.#flow);
    const does = {
      hasButton: this.getAttribute("mode") === "button",
      open: () => this.open(),
      close: () => this.close(),
      onclose: () => this.#abandon(),
    };
    return this.#dialog?.dialog(this.#flow, card, does) ?? [card];
  }

  /** Words of this element's own, by name. @returns {Words | undefined} */
  get strings() {
    return this.#strings;
  }

  set strings(strings) {
    this.#strings = strings;
    if (this.#flow.view) this.#stage.render();
  }

  /** Who asks, signed by the page's host; asked for when it is needed, and when it was refused. @returns {Identity | undefined} */
  get identity() {
    return this.#identity;
  }

  set identity(identity) {
    const flow = this.#flow;
    this.#identity = identity;
    flow.signed = flow.captcha = null; // who is known needs no security check
    if (flow.view && flow.view !== "closed" && !flow.begun && !flow.call) flow.load();
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

  /** Open the dialog; a form that stands in the page is led to. */
  open() {
    if (this.#flow.view === "closed") this.#flow.load();
    if (this.#dialog) this.#dialog.openDialog(/** @type {ShadowRoot} */ (this.shadowRoot));
    else this.#stage.focusOn("heading", "primary");
  }

  /** Close the dialog. */
  close() {
    this.#dialog?.closeDialog(/** @type {ShadowRoot} */ (this.shadowRoot));
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
