/** Who asks, signed by the page's host: a token, and what of the form it answers. */

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./types.js").Answer} Answer */

/** Milliseconds for the page to give a token before the form is shown without. */
const PATIENCE = 5_000;

/** Ask the page for a token and note what it says; throws what the page throws. @param {Flow} flow */
export async function sign(flow) {
  const token = await flow.host.identity?.();
  flow.signed = token ? { token, ...claimsOf(token) } : null;
}

/** Ask for a token before the form is shown: it may answer some of it. A page that is slow is not waited for. @param {Flow} flow */
export async function prepare(flow) {
  if (!flow.host.identity) return;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  await Promise.race([sign(flow).catch(() => {}), late]); // asked for again when it is needed
}

/** Read what a token says of the form; only the gateway can tell whether it is good. @param {string} token */
function claimsOf(token) {
  try {
    const text = atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(text, (each) => each.charCodeAt(0));
    const { number, answers } = JSON.parse(new TextDecoder().decode(bytes));
    return { number, answers };
  } catch {
    return {};
  }
}

/**
 * Send with the page's token, where there is one; once more with a new one where it was refused.
 *
 * @param {Flow} flow
 * @param {(token?: string, mayExpire?: boolean) => Promise<Answer>} request
 * @returns {Promise<Answer>}
 */
export async function withToken(flow, request) {
  if (!flow.host.identity) return request();
  try {
    if (!flow.signed) await sign(flow);
    const answer = await request(flow.signed?.token, true);
    if (answer.code !== "identity_invalid") return answer;
    await sign(flow);
  } catch {
    flow.signed = null;
    const code = "identity_required";
    return { ok: false, status: 401, code, reason: code, data: {}, wait: 0 };
  }
  return request(flow.signed?.token);
}
