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

/** Whether a call-back was asked for after another. @param {Callback | null} [call] @param {Callback | null} [other] */
const isYounger = (call, other) => (call?.at ?? 0) > (other?.at ?? 0);

/** Return the call-back that is kept for every tab. @param {string} name @returns {Callback | null} */
export function onDevice(name) {
  const { call } = read("localStorage", name);
  const time = call?.end_time ?? call?.start_time;
  if (!call || Date.now() - (time ? Date.parse(time) : call.at) <= CALL_LIFE) return call ?? null;
  write("localStorage", name, null);
  return null;
}

/** Return what was remembered under a name; another tab may have a younger call-back. @param {string} name @param {boolean} device @returns {Memory} */
export function recall(name, device) {
  const memory = read("sessionStorage", name);
  if (!(Date.now() - memory.draft?.at < DRAFT_LIFE)) delete memory.draft;
  const call = device ? onDevice(name) : null;
  return { ...memory, call: !memory.call || isYounger(call, memory.call) ? call : memory.call };
}

/** Remember under a name; a younger call-back of another tab stays. @param {string} name @param {Memory} memory @param {boolean} device */
export function remember(name, memory, device) {
  write("sessionStorage", name, memory);
  if (!device || !memory.call || isYounger(onDevice(name), memory.call)) return;
  const { ending, ...call } = memory.call;
  write("localStorage", name, { call });
}

/** Forget what is under a name, or of it this call-back alone. @param {string} name @param {Callback} [call] */
export function forget(name, call) {
  write("sessionStorage", name, null);
  if (!call || onDevice(name)?.id === call.id) write("localStorage", name, null);
}

/** Return the name for an element: its id, or its place among those like it. @param {HTMLElement} element @param {string} of what it asks */
export function nameOf(element, of) {
  const root = /** @type {ParentNode} */ (element.getRootNode());
  const like = [...(root.querySelectorAll?.(element.localName) ?? [])].filter((each) => !each.id);
  return `${element.localName} ${element.id || like.indexOf(element)} ${of}`;
}
