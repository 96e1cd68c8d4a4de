/**
 * The security check of <callback-widget>, loaded where the service asks for one.
 *
 * It stands in the light DOM, in the slot `captcha`: providers' scripts look for it in the page.
 */

/** Where each provider's script is, and the name that it defines. @type {Record<string, [string, string]>} */
const PROVIDERS = {
  turnstile: ["https://challenges.cloudflare.com/turnstile/v0/api.js", "turnstile"],
  hcaptcha: ["https://js.hcaptcha.com/1/api.js", "hcaptcha"],
  recaptcha: ["https://www.google.com/recaptcha/api.js", "grecaptcha"],
};
/** Scripts under way or there: one of each for all elements of the page. @type {Record<string, Promise<unknown>>} */
const scripts = {};

/** @param {string} src */
function load(src) {
  scripts[src] ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src, onload: resolve, onerror: reject });
    document.head.append(script);
  }).catch((error) => {
    delete scripts[src]; // the next time it may be there
    throw error;
  });
  return scripts[src];
}

/**
 * Show the check in the element; resolve to how it is begun anew. A lost token is told as none.
 *
 * @param {HTMLElement} element
 * @param {import("./types.js").CaptchaSettings} settings
 * @param {string} language
 * @param {(token?: string) => void} tell
 */
export default async function showCaptcha(element, { provider, site_key: sitekey }, language, tell) {
  const [src, name] = PROVIDERS[provider];
  await load(`${src}?render=explicit`);
  const api = /** @type {any} */ (window)[name];
  if (provider === "recaptcha") await new Promise((resolve) => api.ready(resolve));
  const box = document.createElement("div");
  box.slot = "captcha";
  element.append(box);
  const lost = () => tell();
  const hooks = { callback: tell, "expired-callback": lost, "error-callback": lost };
  const id = api.render(box, { sitekey, action: "callback", language, hl: language, ...hooks });
  return () => api.reset(id);
}
