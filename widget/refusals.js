/** What the gateway refuses, in human words, where it belongs. */

import { keep } from "./changing.js";
import { lengths } from "./details.js";
import { hold } from "./holding.js";
import { exampleOf } from "./number-field.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./types.js").Answer} Answer */

/** The field for each member of a request; answers have q0, q1, … @type {Record<string, string>} */
const FIELDS = { number: "number", country: "number", start_time: "slot", sms_optin: "sms", captcha_token: "captcha" };

/**
 * Say why; `focus`: the visitor waits for it.
 *
 * @param {Flow} flow
 * @param {Answer} answer
 * @param {boolean} [focus]
 */
export function refuse(flow, { code, reason, data, wait }, focus = true) {
  const isNumber = reason === "limit_number";
  const isLate = code === "callback_final" || data.errors?.some((/** @type {any} */ each) => each.pointer === "/replaces");
  if (flow.changing && isLate) return keep(flow, ["changeLate"]);
  if (code === "validation_failed") return point(flow, data.errors);
  if (code === "slot_unavailable") return offer(flow, data.slots);
  if (/_(paused|closed)$/.test(code)) return close(flow, code);
  if (isNumber) flow.blame({ number: () => flow.t(reason) });
  else flow.say([reason], focus);
  if (wait) hold(flow, wait, isNumber);
}

/** Offer the times that are left. @param {Flow} flow @param {import("./types.js").Slot[]} slots */
function offer(flow, slots) {
  flow.offered = slots;
  flow.entered.slot = null;
  flow.step("when", true);
  if (!flow.blame({ slot: () => flow.t("slot_unavailable") })) flow.say(["slot_unavailable"]);
}

/** Take what is paused or closed out of the form. @param {Flow} flow @param {string} code */
function close(flow, code) {
  const [what, status] = code.split("_");
  const closed = what === "profile" ? flow.form : flow.option;
  if (closed) closed.status = /** @type {any} */ (status);
  flow.step("when", true);
  if (flow.view !== "unavailable") flow.say([flow.view === "when" ? code : "unavailable"]);
}

/**
 * Show each fault where it belongs.
 *
 * @param {Flow} flow
 * @param {{pointer: string, code: string}[]} errors
 */
function point(flow, errors) {
  /** @type {Record<string, () => string>} */
  const faults = {};
  /** @type {Record<string, string>} */
  const codes = {};
  let step = "";
  for (const each of errors) {
    const { name, code, question, leads } = place(flow, each);
    faults[name] = () => faultText(flow, code, question);
    codes[name] = code;
    step = leads || step;
  }
  if (step) flow.step(step, true);
  const elsewhere = Object.keys(faults).find((name) => !flow.stage.has(name));
  const first = flow.blame(faults);
  if (elsewhere) flow.say([codes[elsewhere]], !first);
}

/** Find the field of a fault, its text, and the step that it leads to. @param {Flow} flow @param {{pointer: string, code: string}} error */
function place(flow, { pointer, code }) {
  const [, member, key] = pointer.split("/");
  const { questions, captcha } = /** @type {import("./types.js").Form} */ (flow.form);
  const n = questions.findIndex((each) => each.key === key);
  const question = questions[n];
  const name = question ? `q${n}` : (FIELDS[member] ?? member);
  let leads = "";
  if (question && !flow.stage.has(name)) {
    question.visible = question.editable = true; // it has to be asked after all
    leads = "details";
  }
  if (member === "option") {
    flow.entered.option = null;
    leads = "about";
  }
  if (name === "slot") {
    flow.entered.slot = null;
    if (flow.form) flow.form.scheduling = code === "invalid";
    leads = "when";
  }
  if (name === "captcha" && captcha && !flow.captcha) {
    flow.captcha = {};
    leads = "details";
  }
  const isOld = name === "captcha" && !captcha;
  return { name, code: isOld ? "unknown_field" : code, question, leads };
}

/** @param {Flow} flow @param {string} code @param {import("./types.js").Question} [question] */
function faultText(flow, code, question) {
  const hint = question && lengths(flow, question);
  const example = exampleOf(flow);
  if (code === "question_length" && !hint) return flow.t("invalid");
  if (code === "number_impossible" && !example) return flow.t("number_short");
  return flow.t(code, { hint, example, question: question?.name });
}
