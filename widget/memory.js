/**
 * What a reload finds again: a call-back, a request under way, what was typed, in `sessionStorage`.
 *
 * On a device of the visitor's own the call-back is in `localStorage` too, for every tab, and with
 * nothing personal: until it has ended, or an hour past its time.
 */

/** @typedef {import("./types.js").Memory} Memory */
/** @typedef {import("./types.js").Callback} Callback */

/** Milliseconds after which what was typed is forgotten. */
const DRAFT_LIFE = 1_800_000;
/** Milliseconds past its time for which a call-back is kept on the device. */
const CALL_LIFE = 3_600_000;

/** @param {"sessionStorage" | "localStorage"} place @param {string} name @returns {any} */
function read(place, name) {
  try {
    return JSON.parse(globalThis[place].getItem(name) ?? "{}");
  } catch {
    return {};
  }
}

/** @param {"sessionStorage" | "localStorage"} place @param {string} name @param {object | null} value */
function write(place, name, value) {
  try {
    if (value) globalThis[place].setItem(name, JSON.stringify(value));
    else globalThis[place].removeItem(name);
  } catch {
    // denied, or full: a reload then begins anew
  }
}

/** Return what was remembered under a name. @param {string} name @param {boolean} onDevice @returns {Memory} */
export function recall(name, onDevice) {
  const memory = read("sessionStorage", name);
  if (!(Date.now() - memory.draft?.at < DRAFT_LIFE)) delete memory.draft;
  const { call } = onDevice ? read("localStorage", name) : /** @type {Memory} */ ({});
  const time = call?.end_time ?? call?.start_time;
  const isOld = call && Date.now() - (time ? Date.parse(time) : call.at) > CALL_LIFE;
  if (isOld) write("localStorage", name, null);
  return { ...memory, call: memory.call ?? (isOld ? null : call) };
}

/** Remember under a name. @param {string} name @param {Memory} memory @param {boolean} onDevice */
export function remember(name, memory, onDevice) {
  write("sessionStorage", name, memory);
  if (!onDevice || !memory.call) return;
  const { ending, ...call } = memory.call;
  write("localStorage", name, { call });
}

/** Forget the call-back. @param {string} name */
export function forget(name) {
  write("sessionStorage", name, null);
  write("localStorage", name, null);
}

/** Return the name for an element: its id, or its place among those like it. @param {HTMLElement} element @param {string} of what it asks */
export function nameOf(element, of) {
  const root = /** @type {ParentNode} */ (element.getRootNode());
  const like = [...(root.querySelectorAll?.(element.localName) ?? [])].filter((each) => !each.id);
  return `${element.localName} ${element.id || like.indexOf(element)} ${of}`;
}
