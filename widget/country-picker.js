/** The country of the number: a button that opens a list to search, by name or by code. */

import { h } from "./render.js";
import { deviceLanguage } from "./words.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {{code: string, name: string, keys: string}} Country */

/** Countries by language: their names take time to find. @type {Map<string, Map<string, Country>>} */
const named = new Map();

/** Letters as they are compared: without accents, small. @param {string} text */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** @param {Flow} flow @param {string} iso @returns {Country} */
function country(flow, iso) {
  const code = flow.form?.calling_codes?.[iso] ?? "";
  const known = named.get(flow.language) ?? named.set(flow.language, new Map()).get(flow.language);
  const found = known?.get(iso);
  if (found) return found;
  const names = [flow.language, deviceLanguage(), "en"].map((locale) =>
    new Intl.DisplayNames(locale, { type: "region" }).of(iso) ?? iso,
  );
  const made = { code, name: names[0], keys: ` ${plain(names.join(" "))} ${iso.toLowerCase()} ${code} +${code} ` };
  known?.set(iso, made);
  return made;
}

/** @param {Flow} flow @param {string[]} countries */
function search(flow, countries) {
  const words = plain(flow.picker.query).trim().split(/\s+/);
  const rank = (/** @type {string} */ iso) => +country(flow, iso).keys.startsWith(` ${words[0]}`);
  return countries
    .filter((each) => words.every((word) => country(flow, each).keys.includes(` ${word}`)))
    .sort((a, b) => rank(b) - rank(a) || country(flow, a).name.localeCompare(country(flow, b).name, flow.locale));
}

/**
 * Make the picker.
 *
 * @param {Flow} flow
 * @param {string[]} countries
 * @param {string} picked
 */
export function countryPicker(flow, countries, picked) {
  const { picker } = flow;
  const { name, code } = country(flow, picked);
  const toggle = () => (picker.isOpen ? close(flow) : open(flow, picked));
  const more = { "aria-haspopup": "listbox", "aria-expanded": `${picker.isOpen}`, "aria-labelledby": "country-label country" };
  return h(
    "div.field",
    { key: "country", onfocusout: (/** @type {FocusEvent} */ event) => leave(flow, event) },
    h("span.label", { id: "country-label" }, flow.t("country")),
    h("button.picker", { id: "country", type: "button", ...more, onclick: toggle }, h("span", name), h("span.muted", { dir: "ltr" }, `+${code}`)),
    picker.isOpen && panel(flow, search(flow, countries), picked),
  );
}

/** @param {Flow} flow @param {string[]} found @param {string} picked */
function panel(flow, found, picked) {
  const { picker, stage } = flow;
  const active = found.includes(picker.active) ? picker.active : found[0];
  /** @param {string} iso */
  const choose = (iso) => {
    flow.entered.country = iso;
    flow.enter();
    close(flow);
  };
  /** @param {string} iso */
  const move = (iso) => {
    picker.active = iso;
    stage.render();
    stage.reveal(`country-${iso}`);
  };
  /** @param {KeyboardEvent} event */
  const onkeydown = (event) => {
    const n = found.indexOf(active);
    const steps = { ArrowDown: found[n + 1] ?? found[0], ArrowUp: found.at(n - 1), PageDown: found[n + 8] ?? found.at(-1), PageUp: found[Math.max(0, n - 8)] };
    const to = /** @type {Record<string, string | undefined>} */ (steps)[event.key];
    if (to) move(to);
    else if (event.key === "Enter" && active) choose(active);
    else if (event.key === "Escape") close(flow);
    else if (event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
  };
  const oninput = (/** @type {any} */ { target }) => {
    picker.query = target.value;
    picker.active = "";
    stage.render();
  };
  const item = (/** @type {string} */ iso) => {
    const { name, code } = country(flow, iso);
    const onclick = () => choose(iso);
    const state = { "aria-selected": `${iso === picked}`, class: iso === active ? "active" : null };
    return h("li", { key: iso, id: `country-${iso}`, role: "option", ...state, onclick }, name, " ", h("span.muted", { dir: "ltr" }, `+${code}`));
  };
  const listed = { role: "combobox", "aria-expanded": "true", "aria-controls": "countries", "aria-autocomplete": "list" };
  const field = { id: "country-search", autocomplete: "off", spellcheck: "false", "aria-label": flow.t("search"), placeholder: flow.t("search") };
  return h("div.panel", { key: "panel" }, [
    h("input.input", { ...listed, ...field, "aria-activedescendant": active && `country-${active}`, value: picker.query, oninput, onkeydown }),
    h("ul.countries", { id: "countries", role: "listbox", "aria-label": flow.t("country"), tabindex: -1, onpointerdown: (/** @type {Event} */ event) => event.preventDefault() }, found.map(item)),
    h("p.muted", { role: "status" }, !found.length && flow.t("noCountry")),
  ]);
}

/** @param {Flow} flow @param {string} picked */
function open(flow, picked) {
  flow.picker = { isOpen: true, query: "", active: picked };
  flow.stage.render();
  flow.stage.focusOn("country-search");
  flow.stage.reveal(`country-${picked}`);
}

/** @param {Flow} flow */
function close(flow) {
  flow.picker = { isOpen: false, query: "", active: "" };
  flow.stage.render();
  flow.stage.focusOn("country");
}

/** Close when the focus goes elsewhere. @param {Flow} flow @param {FocusEvent} event */
function leave(flow, { currentTarget, relatedTarget }) {
  const isWithin = currentTarget instanceof Node && currentTarget.contains(/** @type {Node | null} */ (relatedTarget));
  if (isWithin || !flow.picker.isOpen) return;
  flow.picker = { isOpen: false, query: "", active: "" };
  flow.stage.render();
}
