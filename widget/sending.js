/** Check, send, and tell what came of it; a request whose answer is lost is the same request again. */

import { answerOf } from "./details.js";
import { primary } from "./frame.js";
import { withToken } from "./identity.js";
import { numberOf } from "./number-field.js";
import { refuse } from "./refusals.js";
import { h } from "./render.js";
import { quiet, secondThought, wonder } from "./views.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./types.js").Answer} Answer */

/** Wait. @param {number} seconds */
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Check, then send. @param {Flow} flow */
export async function send(flow) {
  const { entered, form, option, captcha, changing, call } = flow;
  const { number, country, fault } = flow.signed?.number ? {} : numberOf(flow);
  if (!form) return;
  if (fault) return flow.blame({ number: () => flow.t(fault) });
  const asked = form.questions.filter(({ key }) => !(key in (flow.signed?.answers ?? {})));
  const answers = asked.map((each) => [each.key, answerOf(flow, each)]);
  const body = {
    number,
    country,
    option: option?.id,
    start_time: entered.slot?.start_time,
    sms_optin: form.sms ? !!entered.sms : undefined,
    questions: Object.fromEntries(answers.filter(([, answer]) => answer)),
    replaces: changing ? call?.id : undefined,
  };
  const checked = await submit(flow, `${flow.path}/callbacks/validate`, { body });
  if (!checked) return;
  if (!checked.ok) return refuse(flow, checked);
  if (flow.stage.has("captcha") && !flow.captcha?.token) {
    if (!flow.captcha?.shown) return flow.show("details", true);
    return flow.blame({ captcha: () => flow.t("captcha_required") });
  }
  const key = crypto.getRandomValues(new Uint8Array(16)).join("-");
  flow.attempt = { key, body, entered, at: Date.now() };
  flow.remember();
  return post(flow);
}

/**
 * Post, the button telling so; undefined: no longer of interest.
 *
 * @param {Flow} flow
 * @param {string} path
 * @param {{key?: string, body?: object}} request
 * @returns {Promise<Answer | undefined>}
 */
export async function submit(flow, path, request) {
  const { signal } = flow.turn;
  const post = (/** @type {string | undefined} */ token, mayExpire = false) =>
    flow.request(path, { method: "POST", token, mayExpire, ...request });
  const send = () => (request.body ? withToken(flow, post) : post(undefined));
  flow.busy = true;
  flow.say([]);
  let answer = await send();
  while (answer.code === "idempotency_in_progress" && !signal.aborted) {
    await sleep(answer.wait || 2);
    answer = await send();
  }
  if (signal.aborted) return undefined;
  flow.busy = false;
  flow.stage.render();
  return answer;
}

/** Send the attempt; once more after a lost answer, with the same key. @param {Flow} flow */
export async function post(flow) {
  const { attempt, captcha } = flow;
  if (!attempt) return;
  const body = { ...attempt.body, captcha_token: captcha?.token ?? undefined };
  const answer = await submit(flow, `${flow.path}/callbacks`, { key: attempt.key, body });
  if (!answer) return;
  if (captcha?.token && answer.status) {
    captcha.renew?.(); // a token is good once
    captcha.token = null;
  }
  if (answer.ok) return started(flow, answer.data);
  if (answer.code === "outcome_unknown") return flow.show("unknown", true);
  if (answer.code === "lost" || answer.code === "offline") {
    flow.show("lost");
    return flow.say([answer.code]);
  }
  settle(flow); // refused: nothing will ring for it
  refuse(flow, answer);
}

/** @param {Flow} flow @param {{id: string, start_time: string | null, replaced?: boolean}} data */
function started(flow, { id, start_time, replaced }) {
  const { entered, body } = /** @type {import("./types.js").Attempt} */ (flow.attempt);
  const status = start_time ? "Scheduled" : "Initialization";
  const { option, replaces, number = flow.signed?.number ?? "" } = body;
  const [ending, earlier] = [number.slice(-4), replaced === false ? replaces : undefined];
  const end_time = entered.slot?.end_time;
  const booked = !!start_time;
  flow.call = { id, status, final: false, booked, start_time, end_time, ending, option, earlier, at: Date.now() };
  flow.attempt = flow.signed = null; // a token may be good once
  flow.begun = flow.changing = false;
  flow.remember();
  flow.stage.emit("started", { id, start_time, option, replaces, replaced });
  flow.show("progress", true);
  if (earlier) flow.say(["stands"]);
}

/** Go back to the form; what is sent next is another request. @param {Flow} flow */
function settle(flow) {
  flow.attempt = null;
  flow.remember();
  if (flow.view !== "details") flow.step("details", true);
}

// ---- An answer is lost. What is sent now may ring as well: only the same, or after a second thought.

/** @type {import("./frame.js").View} */
export const lost = (flow) => ({
  title: flow.t("unsure"),
  body: h("p", flow.t("twice")),
  buttons: flow.asking
    ? secondThought(flow, "again", "back", () => settle(flow))
    : [primary(flow, "retry", () => post(flow)), another(flow, "change")],
});

/** @type {import("./frame.js").View} */
export const unknown = (flow) => ({
  title: flow.t("outcome_unknown"),
  body: h("p", flow.t("unknownText")),
  buttons: flow.asking ? secondThought(flow, "again", "back", () => settle(flow)) : another(flow, "again"),
});

/** @param {Flow} flow @param {string} name */
const another = (flow, name) => quiet(flow, name, () => flow.isFree && wonder(flow, "risk"));
