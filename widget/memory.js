/** What a reload finds again, in `sessionStorage`: a call-back, a request under way, what was typed. */

/** @typedef {import("./types.js").Memory} Memory */

/** Milliseconds after which what was typed is forgotten. */
const DRAFT_LIFE = 1_800_000;

/** Return what was remembered under a name. @param {string} name @returns {Memory} */
export function recall(name) {
  try {
    const memory = JSON.parse(sessionStorage.getItem(name) ?? "{}");
    if (!(Date.now() - memory.draft?.at < DRAFT_LIFE)) delete memory.draft;
    return memory;
  } catch {
    return {};
  }
}

/** Remember under a name; storage may be denied: a reload then begins anew. @param {string} name @param {Memory} memory */
export function remember(name, memory) {
  try {
    sessionStorage.setItem(name, JSON.stringify(memory));
  } catch {
    // denied, or full
  }
}

/** Return the name for an element: its id, or its place among those like it. @param {HTMLElement} element @param {string} of what it asks */
export function nameOf(element, of) {
  const root = /** @type {ParentNode} */ (element.getRootNode());
  const like = [...(root.querySelectorAll?.(element.localName) ?? [])].filter((each) => !each.id);
  return `${element.localName} ${element.id || like.indexOf(element)} ${of}`;
}
