/** What the steps are made of, and the first of them. */

import { keep } from "./changing.js";
import { primary } from "./frame.js";
import { h } from "./render.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./render.js").Part} Part */
/** @typedef {import("./types.js").Option} Option */

/** Text of the profile, in its own language and direction. @param {Flow} flow */
export const foreign = (flow) => ({ dir: "auto", lang: flow.form?.language });

/** @param {Flow} flow @param {string} name @param {() => void} onclick @param {string} [id] */
export const quiet = (flow, name, onclick, id) =>
  h("button.quiet", { key: name, id, type: "button", onclick }, flow.t(name));

/** @param {Part} name @param {Part} hint @param {() => void} onclick @param {object} [text] properties of the name */
export const choice = (name, hint, onclick, text = {}) =>
  h("button.choice", { type: "button", onclick }, h("span", h("b", text, name), hint && h("span.muted", hint)));

/**
 * Make the buttons of a step: back, and one that goes on.
 *
 * @param {Flow} flow
 * @param {string} [name]
 * @param {() => void} [action]
 */
export function buttons(flow, name, action) {
  const isFirst = flow.changing ? flow.view !== "details" : flow.route.indexOf(flow.view) <= 0;
  const back = isFirst ? flow.changing && quiet(flow, "keep", () => keep(flow)) : quiet(flow, "back", () => flow.go(-1));
  return [back, name && action && primary(flow, name, action)];
}

/** Ask for a second thought in the place of the buttons; "": no more. @param {Flow} flow @param {string} question */
export function wonder(flow, question) {
  flow.asking = question;
  flow.stage.render();
  flow.stage.focusOn(question ? "stay" : "primary");
}

/**
 * Make the buttons of a question that stands in the place of others.
 *
 * @param {Flow} flow
 * @param {string} yes
 * @param {string} no
 * @param {() => void} action
 */
export function secondThought(flow, yes, no, action) {
  const stay = h("button.quiet", { id: "stay", key: "stay", type: "button", onclick: () => wonder(flow, "") }, flow.t(no));
  return [h("p", { role: "alert" }, flow.t(flow.asking)), primary(flow, yes, action), stay];
}

/** The wait of an option in words, where it is known. @param {Flow} flow @param {Option | null | undefined} option */
export function estimate(flow, option) {
  const wait = option?.estimated_wait;
  if (wait == null) return "";
  /** @type {Intl.NumberFormatOptions} */
  const minutes = { style: "unit", unit: "minute", unitDisplay: "long" };
  return flow.t("estimate", { n: new Intl.NumberFormat(flow.locale, minutes).format(Math.max(1, Math.ceil(wait / 60))) });
}

/** @type {import("./frame.js").View} */
export function about(flow) {
  const item = (/** @type {Option} */ option) => {
    const choose = () => {
      if (flow.option !== option) flow.entered.slot = flow.entered.country = null;
      flow.entered.option = option.id;
      flow.enter();
      flow.go(1);
    };
    return h("li", choice(option.name, option.status === "closed" && flow.t("closed"), choose, foreign(flow)));
  };
  return { title: flow.t("about"), body: h("ul.stack", { role: "list" }, flow.options.map(item)), buttons: buttons(flow) };
}

/** @type {import("./frame.js").View} */
export const unavailable = (flow) => ({
  title: flow.t("profile_paused"),
  body: [h("p", flow.t("unavailableText")), h("slot", { name: "fallback" })],
  buttons: quiet(flow, "retry", () => flow.load()),
});
