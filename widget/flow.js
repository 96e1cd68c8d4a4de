/**
 * What happens: a form is read, a step shown, something said.
 *
 * It changes its own members and then asks the stage to show them; the views only read them.
 */

import { ask, ownGateway, patience } from "./gateway.js";
import { forget, nameOf, onDevice, recall, remember } from "./memory.js";
import { State } from "./state.js";
import { views } from "./frame.js";
import { learn } from "./words.js";

/** Milliseconds after which a reload does not take a request up again. */
const RESUMABLE = 120_000;

export class Flow extends State {
  // ---- The API, and what a reload leaves

  /** The gateway's address. */
  get api() {
    return (this.host.getAttribute("api") || ownGateway()).replace(/\/$/, "");
  }

  get path() {
    return `profiles/${encodeURIComponent(this.host.getAttribute("profile") || "default")}`;
  }

  /**
   * Ask the gateway; reads end with the turn. `mayExpire`: a token that is refused is asked for anew.
   *
   * @param {string} path
   * @param {{method?: string, key?: string, token?: string, mayExpire?: boolean, body?: object}} [request]
   */
  async request(path, request = {}) {
    const turn = this.turn.signal;
    const answer = await ask(`${this.api}/v1/${path}`, { ...request, signal: patience(turn, !request.method) });
    const { ok, code, status, data: { errors, request_id } } = answer;
    const isTold = !ok && !turn.aborted && !(request.mayExpire && code === "identity_invalid");
    if (isTold) this.stage.emit("error", { code, status, errors, request_id });
    return answer;
  }

  get #memory() {
    return nameOf(this.host, `${this.host.getAttribute("api")} ${this.path}`);
  }

  get #hasMemory() {
    return this.host.getAttribute("memory") !== "none";
  }

  /** Whether a call-back is found again in every tab: where the page says so, or knows its visitor. */
  get isOnDevice() {
    const place = this.host.getAttribute("memory");
    return place === "device" || (!place && !!this.host.identity);
  }

  /** The call-back that is kept for every tab, which another may have changed. */
  get kept() {
    return this.isOnDevice ? onDevice(this.#memory) : null;
  }

  remember() {
    if (!this.#hasMemory) return;
    if (this.call?.final) return forget(this.#memory, this.call);
    const { sms, ...entered } = this.entered; // consent is never given beforehand
    const isTyping = this.begun && !this.attempt && !this.call;
    const draft = isTyping ? { entered, view: this.view, at: Date.now() } : null;
    const { call, attempt } = this;
    remember(this.#memory, { call, attempt, draft, entered: call && entered }, this.isOnDevice);
  }

  /** Take up what a reload left, or the call-back that the page names. @returns {import("./types.js").Memory} */
  #recall() {
    const id = this.host.getAttribute("handle");
    if (id && id !== this.left) return { call: { id, status: "moment", final: false, start_time: null, ending: "", at: Date.now() } };
    return this.#hasMemory ? recall(this.#memory, this.isOnDevice) : {};
  }

  /** Note what was chosen or typed. */
  enter() {
    this.begun = true;
    this.remember();
  }

  /** Read the form, and show where the visitor is. */
  async load() {
    const hadFocus = this.stage.hasFocus;
    this.stop();
    const { signal } = (this.turn = new AbortController());
    const { call, attempt, draft, entered } = this.#recall();
    this.form = this.slots = this.entered.slot = null;
    this.busy = false;
    this.call = call ?? this.call;
    this.attempt = attempt ?? this.attempt;
    if (this.attempt && Date.now() - this.attempt.at > RESUMABLE) this.attempt = null;
    this.changing = !!this.attempt?.body.replaces;
    if (entered) this.entered = entered;
    this.show("loading");
    const words = learn(this.language);
    const [answer, steps] = await Promise.all([this.request(this.path), import("./steps.js").catch(() => null), words]);
    if (signal.aborted) return;
    this.form = answer.ok ? answer.data : null;
    await learn(this.language);
    if (signal.aborted) return;
    this.steps = steps;
    this.views = { ...views, ...steps?.views };
    if (answer.ok) this.stage.emit("ready", { profile: answer.data.profile, status: answer.data.status });
    if (!steps) {
      this.show("failed");
      return this.say(["lost"], false);
    }
    await steps.prepare(this);
    if (signal.aborted) return;
    if (this.call && !this.changing) return this.show("progress", hadFocus);
    if (!answer.ok) {
      this.show("failed", hadFocus);
      return steps.refuse(this, answer, false);
    }
    if (this.attempt) {
      this.entered = this.attempt.entered;
      this.show("lost", hadFocus);
      return steps.post(this);
    }
    if (draft) [this.entered, this.begun] = [draft.entered, true];
    this.step(draft?.view ?? "", hadFocus);
  }

  /** End what is under way. */
  stop() {
    clearTimeout(this.timer);
    this.turn.abort();
  }

  /** Show a step, or the first; what it is about comes first, while that is open. @param {string} [which] @param {boolean} [focus] */
  step(which = "", focus) {
    const { route } = this;
    const first = route[+(route[0] === "about" && !!this.option)];
    if (!this.options.length) return this.unavailable(this.form?.status === "paused" ? "profile_paused" : "closed", focus);
    this.show(this.option ? (route.includes(which) ? which : first) : "about", focus);
  }

  /** Say that nothing can be asked for. @param {string} reason @param {boolean} [focus] */
  unavailable(reason, focus) {
    this.show("unavailable", focus);
    this.stage.emit("unavailable", { reason });
  }

  /** Show the next step, or the one before. @param {number} by */
  go(by) {
    this.show(this.route[this.route.indexOf(this.view) + by], true);
  }

  /** Show a view; `focus`: the visitor asked for it. @param {string} view @param {boolean} [focus] */
  show(view, focus) {
    clearTimeout(this.timer);
    this.held = { until: 0, number: false };
    [this.faults, this.alert, this.asking, this.said] = [{}, [], "", ""];
    const isAnother = this.view !== view;
    this.view = view;
    if (this.begun) this.remember();
    this.steps?.enter(this);
    this.stage.render();
    if (focus) this.stage.focusOn("heading", "primary");
    const n = this.route.indexOf(view) + 1;
    if (isAnother && this.form && view !== "loading") this.stage.emit("step", { step: view, n, of: this.route.length });
  }

  /** Say something beside the button; `focus`: the visitor waits for it. @param {string[]} names @param {boolean} [focus] */
  say(names, focus = true) {
    this.alert = names;
    this.stage.render();
    if (names.length && focus) this.stage.focusOn("alert");
  }

  /** Show what is wrong with fields; go to the first, and return its name. @param {Record<string, () => string>} faults */
  blame(faults) {
    this.faults = faults;
    this.stage.render();
    const first = this.stage.firstOf(Object.keys(faults));
    if (first) this.stage.focusOn(first);
    return first;
  }

  /** Take back what is said of a field. @param {string} name */
  pardon(name) {
    delete this.faults[name];
    this.stage.render();
  }

  /** Begin anew. */
  reset() {
    const { call } = this;
    this.left = call?.id ?? "";
    this.call = this.attempt = null;
    this.changing = this.begun = false;
    this.entered = { answers: {}, number: "" };
    if (this.#hasMemory) forget(this.#memory, call?.final ? call : undefined);
    return this.load();
  }
}
