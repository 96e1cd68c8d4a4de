/** Words by language; a few in English are there from the start, the others come when needed. */

import first from "./words/first.js";

/** @typedef {Partial<Record<keyof typeof import("./words/en.js").default, string>> & {[name: string]: string | undefined}} Words */

/** Words by language; more can be added. @type {Record<string, Words>} */
export const languages = { en: first };

/** Codes that tell a customer the same as others: the steps bring them. @type {Record<string, string>} */
export const SAME = {};

/** Written out, so that bundlers find them. @type {Record<string, () => Promise<{default: Words}>>} */
const LOAD = {
  en: () => import("./words/en.js"),
  de: () => import("./words/de.js"),
  es: () => import("./words/es.js"),
  fr: () => import("./words/fr.js"),
  it: () => import("./words/it.js"),
  pt: () => import("./words/pt.js"),
};

const base = (/** @type {string} */ language) => language.split("-")[0];

/** Whether there are words, or can be. @param {string} language */
export const isKnown = (language) => base(language) in { ...LOAD, ...languages };

/** Languages whose words are there, or come. @type {Record<string, Promise<void>>} */
const coming = {};

/** Load the words of a language, where there are some; those that a page has added stay. @param {string} name */
async function load(name) {
  const words = await LOAD[name]?.().catch(() => null);
  if (words) languages[name] = { ...words.default, ...languages[name] };
  else delete coming[name]; // the next time they may be there
}

/** Load the words of a language, and English for what it lacks. @param {string} language */
export async function learn(language) {
  await Promise.all(["en", base(language)].map((each) => (coming[each] ??= load(each))));
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
  const words = /** @type {Words} */ ({ ...languages.en, ...languages[base(language)], ...own });
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
