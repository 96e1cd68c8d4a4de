/** What a page with the element has: the tag, its events, for TypeScript. */
import type { CallbackWidget } from "../element.js";
import type { Events } from "../types.js";

declare global {
  interface HTMLElementTagNameMap {
    "callback-widget": CallbackWidget;
  }
  interface GlobalEventHandlersEventMap extends Events {}
}
