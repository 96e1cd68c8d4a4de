/**
 * <callback-widget api="https://callbacks.example" profile="web"></callback-widget>: docs/website.md.
 *
 * Served as /widget.js. All that the first paint needs is named here, to be asked for at once.
 */

import "./flow.js";
import "./frame.js";
import "./gateway.js";
import "./memory.js";
import "./render.js";
import "./stage.js";
import "./state.js";
import "./style.js";
import "./words.js";
import "./words/first.js";
import { CallbackWidget } from "./element.js";

export { CallbackWidget } from "./element.js";
export { SAME } from "./words.js";

const isWanted = !import.meta.url.includes("define=no") && globalThis.customElements;
// Another copy of this script may have come first.
if (isWanted && !customElements.get("callback-widget")) customElements.define("callback-widget", CallbackWidget);
