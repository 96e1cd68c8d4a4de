/** The gateway's API, as the widget asks it. */

/** Milliseconds for an answer. */
export const PATIENCE = 45_000;
/** Where the script lies at a gateway: /widget/{version}/gateway.js. */
const SERVED = /\/widget\/[^/]+\/[^/]*$/;

/** Return the address of the gateway that this script came from. */
export function ownGateway() {
  const { href, origin } = new URL(import.meta.url);
  return SERVED.test(href) ? href.replace(SERVED, "") : origin;
}

/**
 * Ask the gateway; never throws.
 *
 * @param {string} url
 * @param {{method?: string, key?: string, token?: string, body?: object, signal: AbortSignal}} request
 * @returns {Promise<import("./types.js").Answer>}
 */
export async function ask(url, { method, key, token, body, signal }) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (body) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  if (token) headers.Authorization = `Bearer ${token}`;
  const options = { method, headers, body: body && JSON.stringify(body), signal };
  let [ok, status, wait] = [false, 0, 0];
  let code = navigator.onLine ? "lost" : "offline";
  /** @type {any} */
  let data = {};
  try {
    const response = await fetch(url, { ...options, credentials: "omit" });
    data = response.status === 204 ? {} : await response.json();
    ({ ok, status } = response);
    // a proxy's error says as little as none: none, 14, "GatewayTimeout"
    code = /^[a-z_]+$/.test(data.code ?? "") ? data.code : "lost";
    wait = Number(response.headers.get("Retry-After")) || 0;
  } catch {
    // told by the code
  }
  return { ok, status, code, reason: data.scope ? `limit_${data.scope}` : code, data, wait };
}

/**
 * Return a signal that ends with what asked, and when an answer takes too long.
 *
 * @param {AbortSignal} turn
 * @param {boolean} isRead a start or a cancel is not given up
 */
export function patience(turn, isRead) {
  const limit = AbortSignal.timeout(PATIENCE);
  return (isRead && AbortSignal.any?.([turn, limit])) || limit;
}
