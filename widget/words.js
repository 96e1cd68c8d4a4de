/** Words by language; English is there from the start, the others come when they are needed. */

import en from "./words/en.js";

/** @typedef {Partial<Record<keyof typeof en, string>> & {[name: string]: string | undefined}} Words */

/** Words by language; more can be added. @type {Record<string, Words>} */
export const languages = { en };

/** Codes that tell a customer the same as others: the steps bring them. @type {Record<string, string>} */
export const SAME = {};

/** Written out, so that bundlers find them. @type {Record<string, () => Promise<{default: Words}>>} */
const LOAD = {
  de: () => import("./words/de.js"),
  es: () => import("./words/es.js"),
  fr: () => import("./words/fr.js"),
  it: () => import("./words/it.js"),
  pt: () => import("./words/pt.js"),
};

const base = (/** @type {string} */ language) => language.split("-")[0];

/** Whether there are words, or can be. @param {string} language */
export const isKnown = (language) => base(language) in { ...LOAD, ...languages };

/** Load the words of a language, where there are some. @param {string} language */
export async function learn(language) {
  const name = base(language);
  if (languages[name] || !LOAD[name]) return;
  const words = await LOAD[name]().catch(() => null);
  if (words) languages[name] ??= words.default;
}

/**
 * Return the words for a name or code, with values in their places.
 *
 * @param {string} language
 * @param {Words | undefined} own words of this element's own
 * @param {string} name
 * @param {Record<string, unknown>} values
 */
export function translate(language, own, name, values) {
  const words = /** @type {Words} */ ({ ...en, ...languages[base(language)], ...own });
  const text = words[name] ?? words[SAME[name]] ?? words.internal_error ?? "";
  return text.replace(/\{(\w+)\}/g, (_, each) => `${values[each] ?? ""}`);
}

/** Return a language's name in its usual form; nothing where it is none. @param {string | null | undefined} name */
export function canonical(name) {
  try {
    return Intl.getCanonicalLocales(name?.replace("_", "-"))[0];
  } catch {
    return undefined;
  }
}

/** The language of the visitor's device; some have none, or an odd one. */
export const deviceLanguage = () => canonical(navigator.language) ?? "en";

/** Whether a language reads from right to left. @param {string} language */
export const isRightToLeft = (language) => /^(ar|dv|fa|he|iw|ps|sd|ug|ur|yi)\b/.test(language);

/** Return the visitor's own variant of a language, such as en-CA. @param {string} language */
export const localeFor = (language) =>
  navigator.languages.find((each) => language === base(language) && base(each) === language) ?? language;
