/** Now, or when: the times on offer, grouped by day. */

import { h } from "./render.js";
import { Times, byDay } from "./slots.js";
import { buttons, choice, estimate } from "./views.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./render.js").Part} Part */
/** @typedef {import("./types.js").Slot} Slot */

/** Read the times, or take those that a refusal brought. @param {Flow} flow */
export async function enterWhen(flow) {
  const reading = (flow.reading = {});
  flow.hasFailed = false;
  flow.slots = flow.offered;
  flow.offered = null; // the next time there may be others
  if (!flow.slots) {
    const answer = await flow.request(`${flow.path}/options/${flow.option?.id}/slots`);
    if (flow.reading !== reading || flow.turn.signal.aborted || flow.view !== "when") return;
    flow.hasFailed = !answer.ok;
    if (!answer.ok) return flow.steps?.refuse(flow, answer, false);
    flow.slots = /** @type {Slot[]} */ (answer.data.slots);
  }
  const { slot } = flow.entered;
  flow.entered.slot = flow.slots.find((each) => each.start_time === slot?.start_time);
  flow.day = "";
  if (!flow.slots.length && flow.option?.status === "closed") flow.stage.emit("unavailable", { reason: "option_closed" });
  flow.stage.render();
}

/** @type {import("./frame.js").View} */
export function when(flow) {
  const isClosed = flow.option?.status === "closed";
  const now = () => {
    flow.entered.slot = null;
    flow.enter();
    flow.go(1);
  };
  const submit = () => {
    if (flow.entered.slot) flow.go(1);
    else flow.blame({ slot: () => flow.t("slot_required") });
  };
  const { slots, hasFailed } = flow;
  const hint = [flow.t("nowHint"), " ", estimate(flow, flow.option)];
  const first = !isClosed && choice(flow.t("now"), hint, now);
  const row = hasFailed ? buttons(flow, "retry", () => flow.go(0)) : buttons(flow, slots?.length ? "next" : "", submit);
  return { title: flow.t("when"), body: [first, h("div.stack", times(flow))], buttons: row, submit };
}

/** @param {Flow} flow @returns {Part} */
function times(flow) {
  const { slots, entered } = flow;
  const isClosed = flow.option?.status === "closed";
  const note = (/** @type {string} */ name) => h("p.muted", { key: "note", role: "status" }, flow.t(name));
  if (flow.hasFailed) return null;
  if (!slots) return note("moment");
  if (!slots.length && !isClosed) return note("noSlots");
  if (!slots.length) return [note("closedText"), h("slot", { name: "fallback" })];
  const written = new Times(flow);
  const days = byDay(slots, written);
  const date = flow.day || written.date((entered.slot ?? slots[0]).start_time);
  const shown = days.find(([first]) => written.date(first.start_time) === date) ?? days[0];
  const error = flow.faults.slot?.();
  return [
    h("fieldset", { key: "days" }, h("legend", flow.t(isClosed ? "option_closed" : "pick")), dayChips(flow, written, days, shown)),
    h("fieldset", { key: "times", id: "slot", role: "radiogroup", tabindex: -1, "aria-describedby": "slot-error", "aria-invalid": error ? "true" : null },
      h("legend", written.day(shown[0].start_time)), timeChips(flow, written, shown)),
    h("p.error", { key: "error", id: "slot-error" }, error),
    h("p.muted", { key: "zone" }, flow.t(flow.host.getAttribute("timezone") ? "zoneOther" : "zone", { zone: written.zone })),
  ];
}

/** @param {import("./render.js").Props} input @param {Part} face */
const chip = (input, face) =>
  h("label", { key: input.value }, h("input", { type: "radio", ...input }), h("span.face", face));

/** @param {Flow} flow @param {Times} written @param {Slot[][]} days @param {Slot[]} shown */
function dayChips(flow, written, days, shown) {
  const item = (/** @type {Slot[]} */ slots) => {
    const { start_time: start } = slots[0];
    const onchange = () => {
      flow.entered.slot = null; // what is chosen is what is seen
      flow.day = written.date(start);
      flow.enter();
      flow.stage.render();
    };
    const input = { name: "day", value: written.date(start), checked: slots === shown, onchange };
    return chip(input, [h("small", written.nearDay(start), h("span.sr", ", ")), written.shortDay(start)]);
  };
  return h("div.chips", days.map(item));
}

/** @param {Flow} flow @param {Times} written @param {Slot[]} slots */
function timeChips(flow, written, slots) {
  // An hour that clocks go through twice is told apart by its zone.
  const isTwice = new Set(slots.map((each) => written.hour(each.start_time))).size < slots.length;
  const item = (/** @type {Slot} */ slot) => {
    const onchange = () => {
      flow.entered.slot = slot;
      flow.enter();
      flow.pardon("slot");
    };
    const input = { name: "slot", value: slot.start_time, checked: slot === flow.entered.slot, onchange };
    const until = h("span.sr", ` ${flow.t("to")} ${written.hour(slot.end_time, isTwice)}`);
    return chip(input, h("span", written.hour(slot.start_time, isTwice), until));
  };
  return h("div.chips", slots.map(item));
}
