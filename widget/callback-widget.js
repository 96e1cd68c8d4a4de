/**
 * <callback-widget api="https://callbacks.example" profile="web"></callback-widget>
 *
 * Asks a callback-gateway for a call-back, then follows it. Guide: docs/website.md.
 *
 * A gateway serves this module as /widget.js. All that the first view needs is named here, so that
 * a browser asks for it at once.
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
import "./words/en.js";
import { CallbackWidget } from "./element.js";

export { CallbackWidget } from "./element.js";
export { SAME } from "./words.js";

const isWanted = !import.meta.url.includes("define=no") && globalThis.customElements;
// Another copy of this script may have come first.
if (isWanted && !customElements.get("callback-widget")) customElements.define("callback-widget", CallbackWidget);
