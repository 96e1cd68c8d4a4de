/** Change one's mind: another time takes the place of the one that is booked. */

import { submit } from "./sending.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./types.js").Callback} Callback */

/** Whether another time can be had. @param {Flow} flow @param {Callback} call */
export const isChangeable = ({ form, options }, { status, booked }) => !!booked && status === "Scheduled" && !!form?.scheduling && options.length > 0;

/** Look for another time; what was typed is still there. @param {Flow} flow */
export function change(flow) {
  flow.changing = true;
  flow.entered.option = flow.call?.option ?? flow.entered.option;
  flow.entered.slot = null;
  flow.step("when", true);
}

/** Leave the call-back as it is; say why, where the visitor wanted another. @param {Flow} flow @param {string[]} [alert] */
export function keep(flow, alert = []) {
  flow.changing = false;
  flow.attempt = null;
  flow.show("progress", true);
  if (alert.length) flow.say(alert);
}

/** Cancel the call-back that was to be replaced and stands as well. @param {Flow} flow */
export async function cancelEarlier(flow) {
  const { call } = flow;
  const answer = await submit(flow, `callbacks/${call?.earlier}/cancel`, {});
  if (!answer || !call) return;
  const isGone = answer.ok || answer.status === 404 || answer.status === 409;
  if (isGone) delete call.earlier;
  flow.remember();
  flow.say(isGone ? [] : [answer.reason]);
}
