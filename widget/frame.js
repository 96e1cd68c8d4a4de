/** The frame of the form, and what is shown until there is more. */

import { h } from "./render.js";
import { isRightToLeft } from "./words.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./render.js").Part} Part */
/**
 * @typedef {object} Content What a view shows
 * @property {string} [title]
 * @property {Part} [body]
 * @property {Part} [buttons]
 * @property {() => void} [submit] what Enter in a field does
 */
/** @typedef {(flow: Flow) => Content} View */

/** Minutes and seconds. @param {number} seconds */
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** Make the button that sends, or goes on; while it cannot, it says why. @param {Flow} flow @param {string} name @param {() => void} action */
export function primary(flow, name, action) {
  const left = Math.ceil((flow.held.until - Date.now()) / 1000);
  const text = flow.busy ? flow.t("moment") : left > 0 ? flow.t("wait", { time: clock(left) }) : flow.t(name);
  const onclick = () => flow.isFree && action();
  const more = { id: "primary", key: "primary", type: "button", "aria-disabled": flow.isFree ? null : "true" };
  return h("button.primary", { ...more, onclick }, text);
}

/** @type {Record<string, View>} */
export const views = {
  closed: () => ({}), // a dialog that was not opened yet
  loading: (flow) => ({ body: h("p.muted", { role: "status" }, flow.t("moment")) }),
  failed: (flow) => ({ buttons: primary(flow, "retry", () => flow.load()) }),
};

/** Describe the whole card. @param {Flow} flow */
export function frame(flow) {
  const { language, host, view } = flow;
  const { title, body, buttons: row, submit } = flow.views[view](flow);
  const n = flow.form ? flow.route.indexOf(view) + 1 : 0;
  const step = n > 0 && flow.route.length > 1 && h("p.muted", flow.t("step", { n, m: flow.route.length }));
  const heading = title && h("div", step, h("h3.heading", { id: "heading", tabindex: -1 }, title));
  /** @param {KeyboardEvent} event */
  const onkeydown = (event) => {
    const { target, key, isComposing, defaultPrevented } = event;
    if (key !== "Enter" || isComposing || defaultPrevented || !(target instanceof HTMLInputElement)) return;
    event.preventDefault(); // a frame without allow-forms would not send a form
    if (submit && flow.isFree) submit();
  };
  const attributes = { lang: language, dir: host.dir || (isRightToLeft(language) ? "rtl" : "ltr") };
  return h(
    "section.card",
    { ...attributes, key: "card", "aria-labelledby": "title" },
    h("h2.title", { id: "title" }, host.getAttribute("heading") || flow.t("title")),
    h("p.sr", { key: "said", role: "status" }, flow.busy ? flow.t("moment") : flow.said && flow.t(flow.said)),
    h("form.form", { novalidate: "", onkeydown, onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, [
      h("div.view", { key: view }, heading, body),
      h("p.alert", { id: "alert", key: "alert", role: "alert", tabindex: -1 }, flow.alert.map((each) => flow.t(each)).join(" ")),
      h("div.row", { key: "row" }, row),
    ]),
  );
}
