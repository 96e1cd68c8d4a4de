/** The last step: number, consent, questions, security check. */

import { numberField } from "./number-field.js";
import { asciiDigits } from "./phone.js";
import { h } from "./render.js";
import { send } from "./sending.js";
import { Times, sentence } from "./slots.js";
import { buttons, estimate, foreign } from "./views.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./render.js").Part} Part */
/** @typedef {import("./render.js").Description} Description */
/** @typedef {import("./types.js").Question} Question */
/** From how many characters on an answer gets several lines. */
const LONG = 80;

/** @type {import("./frame.js").View} */
export function details(flow) {
  const { form, entered, option, host } = flow;
  if (!form) return {};
  const about = flow.options.length > 1 && option && h("span", foreign(flow), option.name);
  const time = form.scheduling && (entered.slot ? new Times(flow).whole(entered.slot) : flow.t("now"));
  const summary = (about || time) && h("p.summary", about, about && time ? " · " : "", time);
  const privacy = host.getAttribute("privacy-href");
  const wait = !form.scheduling && estimate(flow, option); // else it was told beside the times
  const signed = flow.signed?.number;
  const body = [
    summary,
    wait && h("p.muted", { key: "wait" }, wait),
    signed ? h("p", { key: "signed" }, flow.t("ending", { n: signed.slice(-4) })) : numberField(flow),
    form.sms && consent(flow),
    form.questions.map((each, n) => questionField(flow, each, n)),
    captchaField(flow),
    h("slot", { name: "legal" }),
    privacy && h("p.muted", h("a", { href: privacy, target: "_blank", rel: "noopener" }, flow.t("privacy"))),
  ];
  const submit = () => send(flow);
  return { title: flow.t("details"), body, buttons: buttons(flow, entered.slot ? "book" : "send", submit), submit };
}

/**
 * Make a field: its label, control, hint and error.
 *
 * @param {Flow} flow
 * @param {string} name
 * @param {Part} label
 * @param {Description} control
 * @param {{hint?: string, optional?: boolean, around?: Part}} [more]
 */
export function field(flow, name, label, control, { hint, optional, around = control } = {}) {
  const isBox = control.props.type === "checkbox";
  const error = flow.faults[name]?.();
  const describedBy = hint ? `${name}-error ${name}-hint` : `${name}-error`;
  Object.assign(control.props, { id: name, "aria-describedby": describedBy, "aria-invalid": error ? "true" : null });
  const mark = optional && h("span.muted", ` (${flow.t("optional")})`);
  const parts = [h("label.label", { for: name }, label, mark), around];
  return h(
    "div.field",
    { key: name, class: isBox ? "field check" : "field" },
    isBox ? parts.reverse() : parts,
    h("p.muted", { id: `${name}-hint`, hidden: hint ? null : "" }, hint && sentence(hint, flow.locale)),
    h("p.error", { id: `${name}-error` }, error),
  );
}

/** @param {Flow} flow */
function consent(flow) {
  const onchange = (/** @type {any} */ { target }) => {
    flow.entered.sms = target.checked;
    flow.enter();
  };
  const box = h("input", { type: "checkbox", checked: !!flow.entered.sms, onchange });
  return field(flow, "sms", flow.t("sms"), box, { hint: flow.t("smsHint") });
}

/** Return what was typed, what the page says, or the profile's own. @param {Flow} flow @param {Question} question */
export function answerOf({ entered, host }, { key, type, default: own }) {
  const said = host.getAttribute(`question-${key}`) ?? host.getAttribute(`data-question-${key}`);
  const answer = `${entered.answers[key] ?? said ?? own ?? ""}`;
  if (type === "numeric_input") return asciiDigits(answer).replace(/[\s-]/g, "");
  return answer.replace(/\s*\n\s*/g, " ").trim();
}

/** @param {Flow} flow @param {Question} question @param {number} n */
function questionField(flow, question, n) {
  const { key, name, visible, editable, type, required, max_length: most } = question;
  const value = answerOf(flow, question);
  if (!visible || key in (flow.signed?.answers ?? {})) return null;
  if (!editable && value) return h("div.field", { key: `q${n}`, ...foreign(flow) }, h("b", name), h("span", value));
  const oninput = (/** @type {any} */ { target }) => {
    flow.entered.answers[key] = target.value;
    flow.enter();
    flow.pardon(`q${n}`);
  };
  const optional = !required || type === "recorded_message" || !!question.default;
  const isLong = type === "text_input" && !(most && most <= LONG);
  const inputmode = type === "numeric_input" && "numeric";
  const shown = flow.entered.answers[key] ?? value;
  const more = { value: `${shown}`, inputmode, rows: isLong ? 3 : null, dir: "auto", "aria-required": `${!optional}`, oninput };
  const control = h(isLong ? "textarea.input" : "input.input", more);
  return field(flow, `q${n}`, h("span", foreign(flow), name), control, { hint: lengths(flow, question), optional });
}

/** Say how long an answer is to be: "4 to 10 digits". @param {Flow} flow @param {Question} question */
export function lengths(flow, { type, min_length: min, max_length: max }) {
  const unit = flow.t(type === "numeric_input" ? "digits" : "characters");
  const name = max ? (min > 0 ? "range" : "most") : min > 0 && "least";
  return name ? flow.t(name, { min, max, unit }) : "";
}

/** @param {Flow} flow */
function captchaField(flow) {
  if (!isAsked(flow)) return null;
  const label = flow.t("captcha");
  const box = h("div", { role: "group", tabindex: -1, "aria-label": label }, h("slot", { name: "captcha" }));
  return field(flow, "captcha", label, box);
}

/** @param {Flow} flow */
const isAsked = ({ form, captcha, host }) => !!form?.captcha && (!!captcha || (form.captcha.mode !== "step_up" && !host.identity));

/** Show the security check where one is asked for. @param {Flow} flow */
export async function enterDetails(flow) {
  if (!flow.form?.captcha || !isAsked(flow) || flow.captcha?.shown) return;
  /** @type {NonNullable<Flow["captcha"]>} */
  const captcha = (flow.captcha = { shown: true });
  const tell = (/** @type {string | undefined} */ token) => {
    captcha.token = token;
    if (token) flow.pardon("captcha");
  };
  try {
    const { default: show } = await import("./captcha.js");
    captcha.renew = await show(flow.host, flow.form.captcha, flow.language, tell);
  } catch {
    captcha.shown = false; // showing the step again tries again
    flow.blame({ captcha: () => flow.t("captcha_unavailable") });
  }
}
