/** The form in a dialog: opened by a floating button, or by anything of the page that names it. */

import { h } from "./render.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./render.js").Child} Child */

export const CSS = `
:host { max-width: none; }
dialog { width: 100%; max-width: var(--callback-width, 27em); max-height: 100%; padding: 0; border: 0; border-radius: calc(var(--_radius) * 1.5); background: none; overflow: auto; margin: auto; }
dialog::backdrop { background: #0008; }
dialog .card { min-height: 0; box-shadow: none; }
.opener { position: fixed; inset: auto 1.25em 1.25em auto; z-index: 2147483000; width: auto; max-width: calc(100vw - 2.5em); padding: .5em 1.4em; border-radius: 2em; font-weight: 600; color: var(--_on-accent); background: var(--_accent); border-color: var(--_accent); box-shadow: 0 8px 24px -8px #0009; }
:host(:dir(rtl)) .opener { inset: auto auto 1.25em 1.25em; }
.closer { position: absolute; inset: .6em .6em auto auto; width: 2.75em; min-height: 2.75em; padding: 0; border: 0; background: none; font-size: 1em; }
.closer::before { content: "✕" / ""; }
[dir="rtl"] .closer { inset: .6em auto auto .6em; }
dialog h2 { padding-inline-end: 2em; }
`;

/**
 * Describe the dialog around the card, and the button that opens it.
 *
 * @param {Flow} flow
 * @param {import("./render.js").Description} card
 * @param {{hasButton: boolean, open(): void, close(): void, onclose(): void}} does
 * @returns {Child[]}
 */
export function dialog(flow, card, { hasButton, open, close, onclose }) {
  const title = flow.host.getAttribute("heading") || flow.t("title");
  const closer = h("button.closer", { key: "closer", type: "button", "aria-label": flow.t("close"), onclick: close });
  card.children.splice(1, 0, closer);
  // A press beside the card is one on the dialog itself.
  const onclick = (/** @type {any} */ { target, currentTarget }) => target === currentTarget && close();
  const box = h("dialog.dialog", { key: "dialog", "aria-labelledby": "title", onclick, onclose }, card);
  const opener = { key: "opener", type: "button", "aria-haspopup": "dialog", lang: flow.language, onclick: open };
  return [...(hasButton ? [h("button.opener", opener, title)] : []), box];
}

/** The dialog of a shadow root. @param {ShadowRoot} shadow */
const boxOf = (shadow) => shadow.querySelector("dialog");

/** Open the dialog; the focus goes to the heading of where the visitor is. @param {ShadowRoot} shadow */
export function openDialog(shadow) {
  const box = boxOf(shadow);
  if (box && !box.open) box.showModal();
  shadow.getElementById("heading")?.focus();
}

/** Close the dialog: the browser gives the focus back. @param {ShadowRoot} shadow */
export function closeDialog(shadow) {
  boxOf(shadow)?.close();
}

/**
 * Let what carries `data-callback-open` open an element: the one whose id it names, or the first.
 *
 * @param {HTMLElement & {open(): void}} element
 * @param {AbortSignal} signal
 */
export function listen(element, signal) {
  const onclick = (/** @type {Event} */ event) => {
    const target = /** @type {Element | null} */ (event.target instanceof Element ? event.target.closest("[data-callback-open]") : null);
    if (!(target instanceof HTMLElement)) return;
    const id = target.dataset.callbackOpen;
    const meant = id ? document.getElementById(id) : document.querySelector(element.localName);
    if (meant !== element) return;
    event.preventDefault();
    element.open();
  };
  document.addEventListener("click", onclick, { signal });
}
