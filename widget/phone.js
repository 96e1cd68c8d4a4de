/** Phone numbers as people type and paste them. */

/**
 * @typedef {object} Phone What was typed, understood
 * @property {string} digits
 * @property {boolean} isInternational it begins with the country's code
 * @property {string} extension what stood behind the number; it cannot be dialled
 */

/** Marks of direction, and others that nobody sees. */
const INVISIBLE = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;
/** What comes before an extension, in the languages of those who type it. */
const EXTENSION =
  /(?:;\s*ext\s*=|[;,]|(?:e?xtn?|extension|ext|poste|anexo|int(?:erno)?|durchwahl|dw|nebenstelle|ramal|x)\s*[.:]*|#)\s*(\d{1,9})\s*#?\s*$/i;
/** A calling code whose numbers may begin with 0: there "(0)" is part of the number, not dialled only at home. */
const WITH_ZERO = /^\W*(39|225|229|241|242|378)\W*$/;
/** How numbers are written, where the gateway does not say: a pattern, its own digits first. @type {Record<string, string[]>} */
const PATTERNS = {
  1: ["1 (###) ###-####", "(###) ###-####"],
  33: ["0# ## ## ## ##", "# ## ## ## ##"],
  44: ["02# #### ####", "0#### ######", "#### ### ####"],
};
const THREES = "### ### ### ### ###";

/** Write digits of any script as ASCII. @param {string} text */
export const asciiDigits = (text) =>
  text.normalize("NFKC").replace(/\p{Nd}/gu, (digit) => {
    const code = /** @type {number} */ (digit.codePointAt(0));
    let value = 0; // the digits of a script stand in a row, zero first
    while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
    return `${value}`;
  });

/**
 * Understand what was typed; `code` is the calling code of the country that is picked.
 *
 * @param {string} text
 * @param {string} code
 * @returns {Phone}
 */
export function readPhone(text, code) {
  let plain = asciiDigits(text.replace(INVISIBLE, "")).replace(/^\s*tel:/i, "").trim();
  const found = EXTENSION.exec(plain);
  const isBehind = !!found && plain.slice(0, found.index).replace(/\D/g, "").length > 5;
  const extension = (isBehind && found[1]) || "";
  if (extension) plain = plain.replace(EXTENSION, "");
  plain = plain.replace(/^\s*00(?=[\s\d(.-])/, "+");
  if (code === "1") plain = plain.replace(/^\s*011(?=[\s\d(.-])/, "+");
  const isInternational = /^\W*\+/.test(plain);
  if (isInternational) plain = plain.replace(/^(.*?)\(0\)/, (_, before) => before + (WITH_ZERO.test(before) ? "0" : ""));
  return { digits: plain.replace(/\D/g, ""), isInternational, extension };
}

/** Whether letters or signs show that an extension is being typed. @param {string} text */
export const hasMore = (text) => /[\p{L}#;,]/u.test(text.replace(INVISIBLE, "").replace(/^\s*tel:/i, ""));

/**
 * Group digits as their country does.
 *
 * @param {string} digits
 * @param {string} code its calling code
 * @param {string[]} [own] the patterns of its country, where none are known here
 */
export function groupDigits(digits, code, own = []) {
  const lead = (/** @type {string} */ each) => /^\D*(\d*)/.exec(each)?.[1] ?? "";
  const room = (/** @type {string} */ each) => each.replace(/[^#\d]/g, "").length;
  const fitting = (PATTERNS[code] ?? own).filter((each) => digits.startsWith(lead(each)) && room(each) >= digits.length);
  const pattern = fitting[0] ?? THREES;
  const rest = [...digits];
  let shown = "";
  for (const mark of pattern) {
    if (rest.length) shown += /[#\d]/.test(mark) ? rest.shift() : mark;
  }
  return shown + rest.join("");
}
