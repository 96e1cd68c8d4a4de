/** The steps after the first: loaded with the form, while its answer is awaited. */

import { CODES } from "./codes.js";
import { details, enterDetails } from "./details.js";
import { enterProgress, progress } from "./progress.js";
import { lost, unknown } from "./sending.js";
import { CSS } from "./style-steps.js";
import { about, unavailable } from "./views.js";
import { enterWhen, when } from "./when.js";
import { SAME } from "./words.js";

Object.assign(SAME, CODES);

export { prepare } from "./identity.js";
export { cancel } from "./progress.js";
export { refuse } from "./refusals.js";
export { post } from "./sending.js";

/** @type {Record<string, import("./frame.js").View>} */
export const views = { about, unavailable, when, details, lost, unknown, progress };

/** @type {Record<string, (flow: import("./flow.js").Flow) => void>} */
const ENTER = { when: enterWhen, details: enterDetails, progress: enterProgress };

/** Begin what a view needs. @param {import("./flow.js").Flow} flow */
export function enter(flow) {
  flow.stage.dress(CSS);
  ENTER[flow.view]?.(flow);
}
