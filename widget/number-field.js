/** The number: typed or pasted as people do, read in the country that is picked. */

import { countryPicker } from "./country-picker.js";
import { field } from "./details.js";
import { groupDigits, hasMore, readPhone } from "./phone.js";
import { h } from "./render.js";
import { deviceLanguage } from "./words.js";

/** @typedef {import("./flow.js").Flow} Flow */

/** The main country of a calling code that several share. @type {Record<string, string>} */
const MAIN = { 1: "US", 7: "RU", 39: "IT", 44: "GB", 47: "NO", 61: "AU", 212: "MA", 262: "RE", 358: "FI", 590: "GP", 599: "CW" };

/** The countries whose numbers can be called; none where the gateway does not say. @param {Flow} flow */
export function callable({ form, option }) {
  const codes = form?.calling_codes;
  if (!codes) return [];
  const allowed = option?.countries === undefined ? form.countries : option.countries;
  return (allowed ?? Object.keys(codes)).filter((each) => codes[each]);
}

/** The calling code that digits without one are read with. @param {Flow} flow */
const ownCode = ({ form, option }) => option?.default_country ?? form?.default_country ?? "";

/** The country that is picked, or else the likeliest. @param {Flow} flow */
export function countryOf(flow) {
  const { entered, form } = flow;
  const countries = callable(flow);
  if (entered.country && countries.includes(entered.country)) return entered.country;
  const own = countries.filter((each) => form?.calling_codes?.[each] === ownCode(flow));
  const here = deviceLanguage().split("-").pop() ?? "";
  return [here, MAIN[ownCode(flow)]].find((each) => own.includes(each)) ?? own[0] ?? countries[0];
}

/** The calling code of what is picked. @param {Flow} flow */
const codeOf = (flow) => flow.form?.calling_codes?.[countryOf(flow)] ?? ownCode(flow);

/**
 * Return what a request says of the number, or what is wrong with it.
 *
 * A short one that begins with its country's code goes with 00 before it: +39 0874 1234 is a phone in
 * Campobasso, and its digits alone would be a mobile as it is written in Italy. No longer number is both.
 *
 * @param {Flow} flow
 * @returns {{number?: string, country?: string, fault?: string}}
 */
export function numberOf(flow) {
  tidy(flow, flow.entered.number);
  const { digits, isInternational } = readPhone(flow.entered.number, codeOf(flow));
  if (!digits) return {};
  const number = isInternational && digits.length < 11 ? `00${digits}` : digits;
  if (!callable(flow).length) return { number };
  if (isInternational && !digits.startsWith(codeOf(flow))) return { fault: "number_country_not_allowed" };
  return { number, country: countryOf(flow) };
}

/** A number of the country as it is written there: "079 123 45 67". @param {Flow} flow */
export const exampleOf = (flow) => flow.form?.number_examples?.[countryOf(flow)];

/** @param {Flow} flow */
export function numberField(flow) {
  const { entered, host } = flow;
  if (!entered.number) tidy(flow, host.getAttribute("number") ?? "");
  const write = (/** @type {string} */ text) => {
    entered.number = text;
    if (flow.held.number) flow.held.until = 0; // another number need not wait
    flow.enter();
    flow.pardon("number");
  };
  const oninput = (/** @type {any} */ { target, isComposing }) => {
    // In the middle of a number the caret would jump: that is grouped when it is left.
    const isEnd = target.selectionEnd === target.value.length;
    // An extension is said to be left out while it is typed, so that nothing moves under a click.
    flow.extension = readPhone(target.value, codeOf(flow)).extension;
    if (isComposing || !isEnd || hasMore(target.value)) return write(target.value);
    write(grouped(flow, target.value));
  };
  const onchange = () => {
    tidy(flow, entered.number);
    write(entered.number);
  };
  const input = h("input.input", { type: "tel", autocomplete: "tel", dir: "ltr", "aria-required": "true" });
  Object.assign(input.props, { value: entered.number, oninput, onchange });
  const countries = callable(flow);
  const hint = flow.extension && flow.t("extension", { n: flow.extension });
  return [
    countries.length > 1 && countryPicker(flow, countries, countryOf(flow)),
    field(flow, "number", flow.t("number"), input, { hint }),
  ];
}

/** Group what was typed; a whole number with + moves the picker. @param {Flow} flow @param {string} text */
function grouped(flow, text) {
  const { digits, isInternational } = readPhone(text, codeOf(flow));
  if (isInternational) follow(flow, digits);
  const code = codeOf(flow);
  const own = flow.form?.number_formats?.[countryOf(flow)];
  if (!isInternational) return groupDigits(digits, code, own);
  if (!digits.startsWith(code)) return `+${digits}`;
  const rest = groupDigits(digits.slice(code.length), code, own?.flatMap((each) => [each, each.replace(/^0/, "")]));
  return `+${code}${rest && " "}${rest}`;
}

/** Pick the country whose code the digits begin with; one that is picked stays. @param {Flow} flow @param {string} digits */
function follow(flow, digits) {
  const codes = flow.form?.calling_codes ?? {};
  if (digits.startsWith(codeOf(flow))) return;
  const likely = callable(flow).filter((each) => digits.startsWith(codes[each]));
  const main = likely.find((each) => MAIN[codes[each]] === each);
  if (likely.length) flow.entered.country = main ?? likely[0];
}

/** Take off what cannot be dialled. @param {Flow} flow @param {string} text */
function tidy(flow, text) {
  if (!text) return;
  flow.entered.number = grouped(flow, text);
}
