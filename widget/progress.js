/** Follow a call-back: ask where it stands as often as the gateway wants, show it, cancel it. */

import { saveCalendar } from "./calendar.js";
import { cancelEarlier, change, isChangeable } from "./changing.js";
import { clock, primary } from "./frame.js";
import { PATIENCE } from "./gateway.js";
import { h } from "./render.js";
import { submit } from "./sending.js";
import { Times } from "./slots.js";
import { estimate, quiet, secondThought, wonder } from "./views.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./types.js").Callback} Callback */

/** Marks of the progress that a status has behind it; those of a booked one. @type {Record<string, number>} */
const NOW = { "Calling Target": 1, Holding: 1, "Error Callback": 1, "Calling Client": 2, "Call In Progress": 3, Success: 4 };
/** @type {Record<string, number>} */
const BOOKED = { "Calling Client": 1, "Call In Progress": 2, Success: 3 };

/** @type {import("./frame.js").View} */
export function progress(flow) {
  const call = /** @type {Callback} */ (flow.call);
  const { status, final, start_time, ending, booked } = call;
  const planned = booked && start_time && status === "Scheduled" && new Times(flow).whole({ ...call, start_time });
  const isWaiting = !booked && NOW[status] !== 2 && NOW[status] !== 3;
  const wait = isWaiting && estimate(flow, flow.form?.options.find((each) => each.id === call.option));
  const hint = [planned, wait, ending && flow.t("ending", { n: ending })].filter(Boolean).join(" · ");
  const line = h("div", h("p.status", { role: "status" }, flow.t(status)), h("p.muted", final ? "" : hint));
  return { title: flow.t("following"), body: [line, marks(flow, call)], buttons: row(flow, call) };
}

/** @param {Flow} flow @param {Callback} call */
function marks(flow, { status, final, booked, duration }) {
  const names = booked ? ["markBooked", "mark2", "mark3"] : ["mark0", "mark1", "mark2", "mark3"];
  const at = (booked ? BOOKED : NOW)[status] ?? 0;
  const item = (/** @type {string} */ name, /** @type {number} */ n) => {
    const isHere = n === at;
    const time = isHere && n > 0 && duration && duration > 0 && ` · ${clock(duration)}`;
    return h("li", { class: n < at && "past", "aria-current": isHere && "step" }, h("span", flow.t(name), time));
  };
  const hidden = final && status !== "Success" ? "" : null;
  return h("ol.marks", { role: "list", hidden }, names.map(item));
}

/** What can be done: change, cancel, keep in a calendar, forget, or begin anew. @param {Flow} flow @param {Callback} call */
function row(flow, call) {
  const { status, final, earlier } = call;
  if (final) return primary(flow, "again", () => flow.reset());
  if (status === "Call In Progress") return null;
  if (flow.asking) return secondThought(flow, "yes", "no", () => cancel(flow));
  return [
    earlier && quiet(flow, "cancelEarlier", () => flow.isFree && cancelEarlier(flow)),
    isChangeable(flow, call) && quiet(flow, "changeTime", () => change(flow)),
    quiet(flow, "cancel", () => wonder(flow, "sure"), "primary"),
    status === "Scheduled" && call.booked && quiet(flow, "calendar", () => saveCalendar(flow, call)),
    flow.isOnDevice && quiet(flow, "forget", () => flow.reset()),
  ];
}

/** Cancel the call-back that is followed. @param {Flow} flow */
export async function cancel(flow) {
  const { call } = flow;
  if (!call || call.final) return;
  const answer = await submit(flow, `callbacks/${call.id}/cancel`, {});
  if (!answer || call.final) return;
  flow.asking = "";
  if (answer.ok) return update(flow, { status: "Canceled", final: true });
  flow.say([answer.reason]);
  if (answer.status === 409) flow.following?.poll();
}

/** Take over what is new of a call-back. @param {Flow} flow @param {Partial<Callback>} news */
function update(flow, news) {
  const { call, stage } = flow;
  if (!call) return;
  const before = call.status;
  Object.assign(call, news);
  // Of one that the page names nothing else is known; an immediate one has a time of its start too.
  call.booked ??= call.status === "Scheduled" && Date.parse(call.start_time ?? "") > Date.now();
  const isOver = call.final || call.status === "Call In Progress";
  const hadFocus = isOver && stage.isFocused("primary", "stay");
  if (isOver) flow.asking = "";
  flow.remember();
  stage.render();
  if (hadFocus) stage.focusOn("heading");
  const { id, status, final } = call;
  if (status !== before) stage.emit("status", { id, status, final });
}

/** Begin to follow. @param {Flow} flow */
export function enterProgress(flow) {
  flow.following?.stop();
  flow.following = new Following(flow);
}

/** Asks for the status while the page is looked at. */
class Following {
  #due = 0;
  /** How much longer than asked for to wait: others may be behind this address. */
  #slowness = 1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #onvisible = () => this.#wake();
  #onstorage = () => this.#follow();

  /** @param {Flow} flow */
  constructor(flow) {
    this.flow = flow;
    this.call = flow.call;
    flow.turn.signal.addEventListener("abort", () => this.stop());
    document.addEventListener("visibilitychange", this.#onvisible);
    addEventListener("storage", this.#onstorage);
    queueMicrotask(this.#onvisible); // once the view is there
  }

  stop() {
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#onvisible);
    removeEventListener("storage", this.#onstorage);
  }

  get #isOver() {
    const { flow, call } = this;
    return flow.following !== this || flow.view !== "progress" || flow.call !== call || !call || call.final || flow.turn.signal.aborted;
  }

  /** Follow the one that took its place in another tab. */
  #follow() {
    const { flow, call } = this;
    const { kept } = flow;
    if (this.#isOver || flow.busy || !kept || kept.id === call?.id) return;
    flow.call = kept;
    flow.show("progress");
  }

  /** Ask once that is due. */
  #wake() {
    clearTimeout(this.#timer);
    const left = this.#due - Date.now();
    if (this.#isOver) return this.stop();
    if (left > 0) this.#timer = setTimeout(this.#onvisible, left);
    else if (!document.hidden) this.poll();
  }

  async poll() {
    const { flow, call } = this;
    this.#due = Date.now() + PATIENCE;
    const { ok, status, data, wait } = await flow.request(`callbacks/${call?.id}`);
    if (this.#isOver) return;
    if (ok && flow.alert[0] === "still") flow.say([]);
    if (ok) update(flow, data);
    else if (status === 404) update(flow, { status: "unknown_callback", final: true });
    else if (status !== 429) flow.say(["still"], false);
    this.#slowness = ok ? Math.max(1, this.#slowness / 2) : Math.min(8, this.#slowness * 2);
    const pause = Math.max(wait, Math.min(60, (wait || 3) * this.#slowness));
    this.#due = Date.now() + pause * 1000 * (1 + Math.random() / 4);
    this.#wake();
  }
}
