/**
 * <callback-widget api="https://callbacks.example" profile="web"></callback-widget>
 *
 * Asks a callback-gateway for a call-back, then follows it. Guide: docs/website.md.
 */

// -------------------------------------------------------------------------------- Words
// Statuses and error codes go by the API's own names.

const en = {
  title: "We call you back",
  moment: "One moment…",
  step: "Step {n} of {m}",
  next: "Continue",
  back: "Back",
  about: "What is it about?",
  closed: "Closed now",
  when: "When should we call?",
  now: "As soon as possible",
  nowHint: "We wait in line for you and call when it is your turn.",
  pick: "Or choose a time",
  to: "to",
  noSlots: "No times are on offer at the moment.",
  zone: "Times are in your time zone: {zone}.",
  details: "How do we reach you?",
  number: "Phone number",
  country: "Country",
  optional: "optional",
  range: "{min} to {max} {unit}",
  most: "at most {max} {unit}",
  least: "at least {min} {unit}",
  digits: "digits",
  characters: "characters",
  sms: "Send me text messages about this call-back",
  smsHint: "Only about this call-back, to the number above. Your operator’s rates may apply.",
  captcha: "Security check",
  send: "Call me back",
  book: "Book the call-back",
  retry: "Try again",
  wait: "Try again in {time}",
  unsure: "Did your request arrive?",
  twice: "Trying again will not make us ring twice.",
  change: "Change the request",
  outcome_unknown: "Your call may still come",
  unknownText: "We passed your request on but got no clear answer. Keep your phone at hand: we will not ring twice for it. If it stays silent for a few minutes, ask again.",
  risk: "The first request may still make a phone ring. Ask once more all the same?",
  following: "Your call-back",
  ending: "To the number ending in {n}",
  mark0: "Requested",
  mark1: "In line for you",
  mark2: "Calling you",
  mark3: "On the line",
  cancel: "Cancel the call-back",
  sure: "Cancel this call-back?",
  yes: "Yes, cancel it",
  no: "No, keep it",
  again: "Ask for another call-back",
  still: "We cannot reach the server. Your call-back stands; we keep checking.",
  Initialization: "We are setting up your call-back.",
  Scheduled: "Your call-back is booked.",
  Pending: "Your call-back is about to start.",
  "Calling Target": "We are calling our team for you.",
  Holding: "We are waiting in line for you.",
  "Calling Client": "We are calling you now. Please pick up.",
  "Call In Progress": "You are on the line with us.",
  "Error Callback": "We could not get through, and are calling to tell you.",
  Success: "Your call-back is complete. Thank you!",
  Canceled: "Your call-back is cancelled. We will not call.",
  Failed: "The call-back did not succeed. We are sorry.",
  Deleted: "The call-back was removed. We will not call.",
  required: "Please enter your phone number.",
  number_not_digits: "Please use digits only.",
  number_impossible: "That is not a phone number. Check the digits and the country.",
  number_country_not_allowed: "Sorry, we cannot call numbers of that country.",
  number_type_blocked: "Sorry, we cannot call this kind of number.",
  unavailable: "This is not available at the moment.",
  option_closed: "We are closed now. Choose a time and we will call you then.",
  profile_paused: "We take no call-backs at the moment.",
  slot_required: "Please choose a time.",
  slot_unavailable: "That time has just been taken. Please choose another.",
  invalid: "Please check this.",
  question_required: "Please answer this.",
  question_length: "Please give {hint}.",
  question_invalid: "Please leave out special characters.",
  unknown_field: "This form is out of date. Please reload the page.",
  captcha_required: "Please complete the security check.",
  captcha_failed: "The security check did not succeed. Please do it again.",
  duplicate_callback: "You have asked for this call-back already. It is on its way.",
  callback_final: "This call-back has ended already.",
  unknown_callback: "We do not know this call-back any more.",
  limit_client: "That was too often. Please wait a little.",
  limit_number: "This number has asked for several call-backs. Please wait a little.",
  limit_global: "Many people are asking for a call-back. Please wait a little.",
  upstream_error: "Our phone system did not accept this. Please try again later.",
  upstream_unavailable: "Our phone system does not answer at the moment.",
  internal_error: "Something went wrong on our side. Please try again.",
  offline: "You seem to be offline.",
  lost: "We got no answer.",
};

/** Codes that tell a customer the same as others. */
export const SAME = {
  captcha_unavailable: "unavailable",
  not_found: "unknown_field",
  option_paused: "unavailable",
  option_required: "invalid",
  question_not_allowed: "unknown_field",
  question_not_digits: "number_not_digits",
  scheduling_not_enabled: "unavailable",
  sms_not_enabled: "unavailable",
  starts_disabled: "profile_paused",
  unknown_option: "unavailable",
  unknown_profile: "unknown_field",
  unknown_question: "unknown_field",
};

// -------------------------------------------------------------------- Numbers and times

/** How numbers are written: the first pattern whose digits they begin with. */
const PATTERNS = {
  1: ["1 (###) ###-####", "(###) ###-####"],
  33: ["0# ## ## ## ##", "# ## ## ## ##"],
  44: ["02# #### ####", "0#### ######", "#### ### ####"],
};

/** The digits, whatever their script or width. */
const digitsOf = (text) => text.replace(/[٠-٩۰-۹０-９]/g, (digit) => digit.charCodeAt(0) & 15).replace(/\D/g, "");

function groupDigits(digits, code) {
  const pattern = PATTERNS[code]?.find((each) => digits.startsWith(each.match(/^\d*/)));
  const rest = [...digits];
  let shown = "";
  for (const mark of pattern ?? "### ### ### ### ###") {
    if (rest.length) shown += /[#\d]/.test(mark) ? rest.shift() : mark;
  }
  return shown + rest.join("");
}

const DAY = { weekday: "long", month: "long", day: "numeric" };
const HOUR = { hour: "numeric", minute: "2-digit" };
const dayOf = (time) => new Date(time).toLocaleDateString("sv");
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// ----------------------------------------------------------------------------- Elements

/** Make an element: "tag.name" (class and part), objects are attributes, the rest children. */
function h(tag, ...parts) {
  const [type, name] = tag.split(".");
  const element = document.createElement(type);
  if (name) element.className = element.part = name;
  for (const each of parts.flat(2)) {
    if (each?.constructor !== Object) element.append(each || "");
    else
      for (const [key, value] of Object.entries(each)) {
        if (key.startsWith("on")) element[key] = value;
        else if (value != null && value !== false) element.setAttribute(key, value);
      }
  }
  return element;
}

const CSS = `
:host {
  --a: var(--callback-accent, light-dark(#3346d3, #a9b6ff)); --on: var(--callback-on-accent, light-dark(#fff, #10142b));
  --surface: var(--callback-surface, light-dark(#fff, #181b25));
  --text: var(--callback-text, light-dark(#171a26, #eef0f7)); --muted: var(--callback-muted, light-dark(#585e73, #a9afc3));
  --line: var(--callback-line, light-dark(#dfe2ec, #333847)); --edge: var(--callback-edge, light-dark(#868da3, #767d94));
  --error: var(--callback-error, light-dark(#b3261e, #ffb4ab)); --r: var(--callback-radius, 12px);
  display: block; max-width: var(--callback-width, 27rem); font: 1rem/1.5 var(--callback-font, inherit); text-align: start;
}
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([theme="auto"]) { color-scheme: light dark; }
:host([hidden]), [hidden], :empty:is(.error, .alert) { display: none; }
* { box-sizing: border-box; margin: 0; padding: 0; border: 0 solid; min-width: 0; font: inherit; color: inherit; }
.card {
  display: grid; gap: 1.25rem; padding: 1.5rem; overflow-wrap: anywhere; accent-color: var(--a); color: var(--text);
  background: var(--surface); border: 1px solid var(--line); border-radius: calc(var(--r) * 1.5); box-shadow: 0 12px 32px -12px #0003;
}
h2, h3, b, label, legend, .alert, .error, .status, .quiet, .primary { font-weight: 600; }
h2, h3, .status { font-size: 1.1rem; line-height: 1.35; }
h2, .choice, .row { display: flex; gap: .7rem; align-items: center; }
h2 { font-size: 1.25rem; }
h2::before, h2::after { content: ""; flex: none; width: 40px; height: 40px; border-radius: 50%; background: var(--a); }
h2::after { position: absolute; background: var(--on); scale: .55; clip-path: path("M9 14.5a24 24 0 0 0 12 12l4-4q1-1 2-.5 3 1 7 1 2 0 2 2v7q0 2-2 2A31 31 0 0 1 3 4q0-2 2-2h7q2 0 2 2 0 4 1 7 .5 1-.5 2Z"); }
.view, .stack, .field { display: grid; grid-template-columns: minmax(0, 1fr); gap: .65rem; }
.view { gap: 1.1rem; animation: rise .25s; }
@keyframes rise { 0% { opacity: 0; translate: 0 6px; } }
ul, ol { list-style: none; }
.row { flex-wrap: wrap; }
.row p { width: 100%; }
.field { gap: .3rem; }
.stack { gap: .9rem; }
.muted, small { color: var(--muted); font-size: .875rem; font-weight: 400; }
p::first-letter, small::first-letter { text-transform: uppercase; }
.sr { position: absolute; width: 1px; clip-path: inset(50%); white-space: nowrap; }
:focus-visible, :focus-visible + .face { outline: 3px solid var(--a); outline-offset: 2px; }
h3:focus-visible { outline: 0; }
button, .field input, select, .face { width: 100%; min-height: 2.9rem; padding: .5rem .8rem; border: 1px solid var(--edge); border-radius: var(--r); background: var(--surface); }
button { cursor: pointer; }
.primary { flex: 1 1 9rem; color: var(--on); background: var(--a); border-color: var(--a); }
.quiet { width: auto; color: var(--a); background: none; border-color: var(--line); }
:hover:is(button, .face) { border-color: var(--a); }
[aria-disabled] { cursor: default; opacity: .75; }
.choice { padding: .8rem 1rem; text-align: start; }
.choice span { flex: 1; display: block; }
.choice::after { content: ""; padding: .25em; border: solid; border-width: 2px 2px 0 0; rotate: 45deg; }
[dir="rtl"] .choice::after { rotate: 225deg; }
legend { margin-bottom: .5rem; }
.chips { display: grid; gap: .5rem; grid-template-columns: repeat(auto-fill, minmax(5.6rem, 1fr)); max-height: 15.5rem; overflow-y: auto; padding: 5px; margin: -5px; }
.chips label { position: relative; display: grid; }
.chips input { position: absolute; width: 100%; height: 100%; opacity: 0; cursor: pointer; }
.face { display: grid; place-content: center; text-align: center; padding: .25rem; line-height: 1.25; font-weight: 400; }
:checked + .face, :checked + .face small { color: var(--on); background: var(--a); }
.phone { display: flex; flex-wrap: wrap; gap: .5rem; }
.phone select { flex: 1 1 6.5rem; }
.phone input { flex: 2 1 9.5rem; }
[aria-invalid]:is(input) { border-color: var(--error); }
.check { grid-template-columns: 1.5rem 1fr; column-gap: .75rem; }
.check input { min-height: 1.5rem; }
.check p { grid-column: 2; }
.error, .alert { color: var(--error); }
.alert, .summary { padding: .7rem 1rem; border-radius: var(--r); border-inline-start: 4px solid; background: color-mix(in srgb, currentColor 7%, transparent); }
.summary { border-color: var(--a); background: color-mix(in srgb, var(--a) 9%, transparent); }
.marks li { display: flex; gap: .75rem; padding-bottom: .7rem; color: var(--muted); }
.marks li::before { content: ""; flex: none; width: .9rem; height: .9rem; margin-top: .15rem; border: 2px solid var(--edge); border-radius: 50%; }
.marks .past::before, [aria-current]::before { border-color: var(--a); background: var(--a); }
.marks [aria-current] { color: var(--text); font-weight: 600; }
[aria-current]::before { outline: 3px solid color-mix(in srgb, var(--a) 30%, transparent); animation: pulse 1s infinite alternate; }
@keyframes pulse { 0% { outline-color: transparent; } }
@media (forced-colors: active) { :checked + .face { outline: 3px solid Highlight; } }
@media (prefers-reduced-motion) { *, ::before { animation: none !important; } }
`;
const sheet = new CSSStyleSheet();
sheet.replaceSync(CSS);

// -------------------------------------------------------------------------- The element

/** The field for each member of a request; answers have q0, q1, … */
const FIELDS = { number: "number", start_time: "slot", sms_optin: "sms", captcha_token: "captcha" };
/** Marks of the progress that a status has behind it. */
const MARKS = { "Calling Target": 1, Holding: 1, "Error Callback": 1, "Calling Client": 2, "Call In Progress": 3, Success: 4 };
/** Load another part of this script: words, calling codes, the CAPTCHA. */
const load = (part) => import(import.meta.url.replace(/\.js(?=$|\?)/, `.${part}.js`));
/** Milliseconds for an answer; and after which a reload does not take a request up again. */
const PATIENCE = 45_000;
const RESUMABLE = 120_000;

export class CallbackWidget extends HTMLElement {
  static observedAttributes = ["api", "profile", "option", "lang", "heading"];
  /** Words by language; more can be added. */
  static languages = { en };

  #strings;
  #form; // the profile, as the API gives it
  #codes = {}; // calling codes by country, where several countries can be called
  #slots; // those that a refusal brought
  #entered = { answers: {}, number: "" }; // {option, slot, country, number, sms, answers}
  #attempt; // {key, body, entered, at}: one Idempotency-Key for one body, until there is an answer
  #call; // {id, status, final, start_time, end_time, ending, duration}
  #captcha; // {shown, token, renew}
  #view;
  #fields; // of the view: name -> {control, error}
  #heading;
  #alert;
  #said = []; // what stands in the alert
  #button = h("button"); // that sends, or tries again
  #parts; // of the progress
  #live = h("p.sr", { role: "status" });
  #card = h("section.card", { "aria-labelledby": "title" });
  #turn = new AbortController(); // ended when what is under way has become of no interest
  #timer;
  #due = 0; // when the status is asked for next
  #slowness = 1; // how much longer than asked for to wait: others may be behind this address
  #heldUntil; // nothing is sent before
  #heldNumber; // and only this number waits
  #busy;

  constructor() {
    super();
    this.#strings = this.strings; // may have been set before the upgrade
    delete this.strings;
    this.attachShadow({ mode: "open" }).append(this.#card);
    this.shadowRoot.adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    this.#load();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#turn.abort();
  }

  attributeChangedCallback(name, before, value) {
    if (!this.#view || before === value) return;
    if (name === "lang" || name === "heading") return this.#learn().then(() => this.#refresh());
    if (name !== "option") this.#call = this.#attempt = null; // they are of another profile
    if (this.isConnected) this.#load();
  }

  get strings() {
    return this.#strings;
  }

  set strings(strings) {
    this.#strings = strings;
    this.#refresh();
  }

  get callback() {
    return this.#call && { ...this.#call };
  }

  /** Fill in what the page knows: {option, number, questions: {key: answer}}. */
  prefill({ option, number, questions }) {
    const entered = this.#entered;
    entered.option = option ?? entered.option;
    entered.number = `${number ?? entered.number}`;
    Object.assign(entered.answers, questions);
    if (this.#view === "about") this.#step();
    else this.#refresh();
  }

  /** Begin anew; a call-back that is followed is forgotten, not cancelled. */
  reset() {
    this.#call = this.#attempt = null;
    this.#entered = { answers: {}, number: "" };
    this.#remember();
    this.#load();
  }

  /** Cancel the call-back that is followed. */
  async cancel() {
    const call = this.#call;
    if (!call || call.final) return;
    const answer = await this.#ask(`callbacks/${call.id}/cancel`, {});
    if (!answer || call.final) return;
    if (answer.ok) return this.#follow({ status: "Canceled", final: true });
    this.#offer();
    this.#say(answer.reason);
    if (answer.status === 409) this.#poll();
  }

  focus() {
    this.#card.querySelector("input, button")?.focus();
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`callback-${name}`, { detail, bubbles: true, composed: true }));
  }

  // ---- Words

  /** The language that is asked for; English where its name is none. */
  get #language() {
    const name = this.lang || this.#form?.language || document.documentElement.lang;
    try {
      return Intl.getCanonicalLocales(name.replace("_", "-"))[0] ?? "en";
    } catch {
      return "en";
    }
  }

  async #learn() {
    const language = this.#language.split("-")[0];
    const { languages } = CallbackWidget;
    if (!/fr|es/.test(language) || languages[language]) return;
    const words = await load(language).catch(() => ({}));
    languages[language] ??= words.default;
  }

  get #locale() {
    return navigator.languages.find((each) => each.split("-")[0] === this.#language) ?? this.#language;
  }

  #t(name, values = {}) {
    const words = { ...en, ...CallbackWidget.languages[this.#language.split("-")[0]], ...this.#strings };
    return (words[name] ?? words[SAME[name]] ?? words.internal_error).replace(/\{(\w+)\}/g, (_, each) => values[each]);
  }

  #time(options, start, end) {
    const format = new Intl.DateTimeFormat(this.#locale, options);
    return end ? format.formatRange(new Date(start), new Date(end)) : format.format(new Date(start));
  }

  /** Whether the centre's clock shows another time. */
  #isElsewhere({ start_time }) {
    const shown = (timeZone) => new Date(start_time).toLocaleString("en", { timeZone });
    return this.#form && shown(this.#form.timezone) !== shown();
  }

  #slotText(slot) {
    const timeZoneName = this.#isElsewhere(slot) ? "short" : undefined;
    return this.#time({ ...DAY, ...HOUR, timeZoneName }, slot.start_time, slot.end_time);
  }

  // ---- The API, and what a reload leaves

  /** Ask; resolve to {ok, status, code, reason, data, wait} whatever happens. Reads end with the turn. */
  async #request(path, { key, body, method } = {}) {
    const api = this.getAttribute("api") || new URL(import.meta.url).origin;
    const turn = this.#turn.signal;
    const patience = AbortSignal.timeout(PATIENCE);
    const signal = (!method && AbortSignal.any?.([turn, patience])) || patience;
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    const options = { method, headers, body: JSON.stringify(body), credentials: "omit", signal };
    let [ok, status, code, data, wait] = [false, 0, navigator.onLine ? "lost" : "offline", {}, 0];
    try {
      const response = await fetch(`${api.replace(/\/$/, "")}/v1/${path}`, options);
      data = response.status === 204 ? {} : await response.json();
      ({ ok, status } = response);
      code = data.code ?? "lost"; // a proxy's error says as little as none
      wait = +response.headers.get("Retry-After") || 0;
    } catch {}
    if (!ok && !turn.aborted) this.#tell("error", { code, status, errors: data.errors, request_id: data.request_id });
    return { ok, status, code, reason: data.scope ? `limit_${data.scope}` : code, data, wait };
  }

  get #path() {
    return `profiles/${encodeURIComponent(this.getAttribute("profile") || "default")}`;
  }

  get #memory() {
    return `callback-widget ${this.id} ${this.getAttribute("api")} ${this.#path}`;
  }

  #remember() {
    const kept = { call: this.#call?.final ? null : this.#call, attempt: this.#attempt };
    try {
      sessionStorage.setItem(this.#memory, JSON.stringify(kept));
    } catch {} // storage may be denied: a reload then begins anew
  }

  #recall() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#memory)) ?? {};
    } catch {
      return {};
    }
  }

  async #load() {
    const hadFocus = this.shadowRoot.activeElement;
    this.#turn.abort();
    const { signal } = (this.#turn = new AbortController());
    const { call, attempt } = this.#recall();
    this.#form = this.#slots = this.#busy = this.#entered.slot = null;
    this.#call = call ?? this.#call;
    this.#attempt = attempt ?? this.#attempt;
    document.addEventListener("visibilitychange", () => this.#wake(), { signal });
    this.#show("loading");
    const [answer] = await Promise.all([this.#request(this.#path), this.#learn()]);
    if (signal.aborted) return;
    if (answer.ok) await this.#prepare((this.#form = answer.data));
    if (signal.aborted) return;
    if (this.#call) return this.#show("progress", hadFocus);
    if (!answer.ok) {
      this.#show("failed", hadFocus);
      return this.#refuse(answer);
    }
    if (!(Date.now() - this.#attempt?.at < RESUMABLE)) return this.#step("", hadFocus);
    this.#entered = this.#attempt.entered;
    this.#show("lost", hadFocus);
    this.#post();
  }

  /** Load what this form needs. */
  async #prepare({ countries, default_country, options }) {
    const isOne = countries?.length === 1 && options.every((each) => each.default_country === default_country);
    const codes = !isOne && load("countries").catch(() => {});
    await this.#learn();
    this.#codes = (await codes)?.default ?? {};
  }

  // ---- Steps

  /** The options that can be asked for, now or later. */
  get #options() {
    const { status, scheduling, options } = this.#form;
    const isOpen = (each) => each.status === "active" || (each.status === "closed" && scheduling);
    return status === "paused" ? [] : options.filter(isOpen);
  }

  /** The option that the page names, or that was chosen, or the only one there is. */
  get #option() {
    const options = this.#options;
    const named = (id) => options.find((each) => each.id === id);
    return named(this.getAttribute("option")) ?? named(this.#entered.option) ?? (options.length === 1 ? options[0] : null);
  }

  get #steps() {
    const isNamed = this.#options.some((each) => each.id === this.getAttribute("option"));
    const steps = [!isNamed && this.#options.length > 1 && "about", this.#form.scheduling && "when", "details"];
    return steps.filter(Boolean);
  }

  /** Show a step, or the first; what it is about comes first, while that is open. */
  #step(which, focus) {
    const steps = this.#steps;
    const start = +(steps[0] === "about" && !!this.#option);
    const step = steps.includes(which) ? which : steps[start];
    if (this.#options.length) return this.#show(this.#option ? step : "about", focus);
    this.#show("failed", focus);
    this.#say("profile_paused");
  }

  #go(by) {
    this.#show(this.#steps[this.#steps.indexOf(this.#view) + by], true);
  }

  /** Show the view anew, in other words or with other answers. */
  #refresh() {
    const said = this.#said;
    if (!this.#view) return;
    this.#show(this.#view, this.shadowRoot.activeElement);
    this.#say(...said);
  }

  /** Show a view; `focus`: the visitor asked for it. */
  #show(view, focus) {
    clearTimeout(this.#timer);
    this.#heldUntil = 0;
    this.#fields = {};
    this.#view = view;
    this.#card.lang = this.#language;
    this.#card.dir = this.dir || (/^(ar|fa|he|ur)\b/.test(this.#language) ? "rtl" : "ltr");
    this.#alert = h("p.alert", { role: "alert" });
    this.#said = [];
    const [title, content, submit] = this.#views[view]();
    const [n, m] = this.#form ? [this.#steps.indexOf(view) + 1, this.#steps.length] : [];
    this.#heading = h("h3.heading", { tabindex: -1 }, title);
    const onsubmit = (event) => {
      event.preventDefault();
      if (this.#isFree) submit();
    };
    this.#card.replaceChildren(
      h("h2.title", { id: "title" }, this.getAttribute("heading") || this.#t("title")),
      this.#live,
      h(
        submit ? "form.view" : "div.view",
        { novalidate: "", onsubmit },
        title && h("div", n > 0 && m > 1 && h("p.muted", this.#t("step", { n, m })), this.#heading),
        this.#alert,
        content,
      ),
    );
    if (focus) (title ? this.#heading : this.#button).focus();
  }

  #views = {
    loading: () => ["", h("p.muted", { role: "status" }, this.#t("moment"))],
    failed: () => ["", this.#primary("retry", () => this.#load())],
    about: () => [this.#t("about"), h("ul.stack", { role: "list" }, this.#options.map((each) => this.#optionItem(each)))],
    when: () => this.#whenView(),
    details: () => this.#detailsView(),
    lost: () => this.#unsettledView("unsure", "twice", "change", this.#primary("retry", () => this.#post())),
    unknown: () => this.#unsettledView("outcome_unknown", "unknownText", "again"),
    progress: () => this.#progressView(),
  };

  get #isFree() {
    return !this.#busy && Date.now() >= this.#heldUntil;
  }

  #say(...names) {
    this.#said = names;
    this.#alert.textContent = names.map((name) => this.#t(name)).join(" ");
  }

  /** Show what is wrong with fields, {name: text}; go to the first, and return its name. */
  #blame(faults) {
    for (const name in this.#fields) this.#mark(name, faults[name]);
    const first = Object.keys(this.#fields).find((name) => faults[name]);
    this.#fields[first]?.control.focus();
    return first;
  }

  #mark(name, text) {
    const { control, error } = this.#fields[name];
    error.textContent = text ?? "";
    control.ariaInvalid = text ? "true" : null;
  }

  /** Hold the button back for so many seconds. */
  #hold(wait) {
    const button = this.#button;
    const label = button.textContent;
    this.#heldUntil = Date.now() + wait * 1000;
    button.ariaDisabled = "true";
    const tick = () => {
      const left = Math.ceil((this.#heldUntil - Date.now()) / 1000);
      button.textContent = left > 0 ? this.#t("wait", { time: clock(left) }) : label;
      if (left > 0) return;
      clearTimeout(this.#timer);
      button.ariaDisabled = null;
      this.#say();
      this.#blame({});
      this.#live.textContent = label;
    };
    this.#timer = setInterval(tick, 250);
    tick();
  }

  #primary(name, onclick) {
    const type = onclick ? "button" : "submit";
    return (this.#button = h("button.primary", { type, onclick: () => onclick && this.#isFree && onclick() }, this.#t(name)));
  }

  #quiet(name, onclick) {
    return h("button.quiet", { type: "button", onclick }, this.#t(name));
  }

  #choice(name, hint, onclick) {
    return h("button.choice", { type: "button", onclick }, h("span", h("b", name), hint && h("span.muted", hint)));
  }

  #buttons(name, onclick) {
    const back = this.#steps.indexOf(this.#view) > 0 && this.#quiet("back", () => this.#go(-1));
    return h("div.row", back, name && this.#primary(name, onclick));
  }

  /** Ask, in the place of a row of buttons, for a second thought. */
  #confirm(row, question, yes, no, onyes, onno) {
    const stay = this.#quiet(no, onno);
    row.replaceChildren(h("p", { role: "alert" }, this.#t(question)), this.#primary(yes, onyes), stay);
    stay.focus();
  }

  #chips(name, legend, items) {
    const chip = ({ face, ...input }) => h("label", h("input", { type: "radio", name, ...input }), h("span.face", face));
    return [h("legend", legend), h("div.chips", items.map(chip))];
  }

  #field(name, label, control, { hint, optional, around = control } = {}) {
    const isBox = control.type === "checkbox";
    const error = h("p.error", { id: `${name}-error` });
    control.id = name;
    control.setAttribute("aria-describedby", `${name}-error${hint ? ` ${name}-hint` : ""}`);
    this.#fields[name] = { control, error };
    const mark = optional && h("span.muted", ` (${this.#t("optional")})`);
    const parts = [h("label.label", { for: name }, label, mark), around];
    return h("div.field", isBox && { class: "field check" }, isBox ? parts.reverse() : parts, hint && h("p.muted", { id: `${name}-hint` }, hint), error);
  }

  #optionItem(option) {
    const choose = () => {
      if (this.#option !== option) this.#entered.slot = this.#entered.country = null;
      this.#entered.option = option.id;
      this.#go(1);
    };
    return h("li", this.#choice(option.name, option.status === "closed" && this.#t("closed"), choose));
  }

  // ---- Now, or when

  #whenView() {
    const isClosed = this.#option.status === "closed";
    const box = h("div.stack");
    const now = () => {
      this.#entered.slot = null;
      this.#go(1);
    };
    const submit = () => this.#blame({ slot: !this.#entered.slot && this.#t("slot_required") }) || this.#go(1);
    this.#showSlots(box, isClosed);
    return [this.#t("when"), [!isClosed && this.#choice(this.#t("now"), this.#t("nowHint"), now), box], submit];
  }

  async #showSlots(box, isClosed) {
    const note = (name) => box.replaceChildren(h("p.muted", { role: "status" }, this.#t(name)), this.#buttons());
    let slots = this.#slots;
    this.#slots = null; // the next time there may be others
    if (!slots) {
      note("moment");
      const answer = await this.#request(`${this.#path}/options/${this.#option.id}/slots`);
      if (!box.isConnected) return;
      if (!answer.ok) {
        box.replaceChildren(this.#buttons("retry", () => this.#go(0)));
        return this.#refuse(answer);
      }
      ({ slots } = answer.data);
    }
    if (!slots.length) return note("noSlots");
    const chosen = slots.find((each) => each.start_time === this.#entered.slot?.start_time);
    this.#entered.slot = chosen;
    const days = {}; // in the visitor's zone
    for (const slot of slots) (days[dayOf(slot.start_time)] ??= []).push(slot);
    const times = h("fieldset", { role: "radiogroup", tabindex: -1, "aria-describedby": "slot-error" });
    const error = h("p.error", { id: "slot-error" });
    const shown = days[dayOf((chosen ?? slots[0]).start_time)];
    this.#fields.slot = { control: times, error };
    this.#showTimes(times, shown);
    const chips = Object.values(days).map((each) => this.#dayChip(each, each === shown, times));
    const elsewhere = slots.find((each) => this.#isElsewhere(each));
    const format = new Intl.DateTimeFormat(this.#locale, { timeZoneName: "longGeneric" });
    const zone = format.formatToParts().find((each) => each.type === "timeZoneName").value;
    box.replaceChildren(
      h("fieldset", this.#chips("day", this.#t(isClosed ? "option_closed" : "pick"), chips)),
      times,
      error,
      elsewhere ? h("p.muted", this.#t("zone", { zone })) : "",
      this.#buttons("next"),
    );
  }

  #dayChip(slots, isShown, times) {
    const { start_time: start } = slots[0];
    const ahead = Math.round((Date.parse(dayOf(start)) - Date.parse(dayOf(Date.now()))) / 864e5);
    const near = new Intl.RelativeTimeFormat(this.#locale, { numeric: "auto" });
    const name = ahead < 2 ? near.format(ahead, "day") : this.#time({ weekday: "long" }, start);
    const face = [h("small", name, h("span.sr", ", ")), this.#time({ month: "short", day: "numeric" }, start)];
    const onchange = () => {
      this.#entered.slot = null; // what is chosen is what is seen
      this.#showTimes(times, slots);
    };
    return { checked: isShown && "", onchange, face };
  }

  #showTimes(times, slots) {
    const text = (time, options = HOUR) => this.#time(options, time);
    // An hour that clocks go through twice is told apart by its zone.
    const isTwice = new Set(slots.map((each) => text(each.start_time))).size < slots.length;
    const options = { ...HOUR, timeZoneName: isTwice ? "short" : undefined };
    const chip = (slot) => {
      const onchange = () => {
        this.#entered.slot = slot;
        this.#mark("slot");
      };
      const until = h("span.sr", ` ${this.#t("to")} ${text(slot.end_time, options)}`);
      return { checked: slot === this.#entered.slot && "", onchange, face: h("span", text(slot.start_time, options), until) };
    };
    times.replaceChildren(...this.#chips("slot", text(slots[0].start_time, DAY), slots.map(chip)));
  }

  // ---- Number, questions, consent

  #detailsView() {
    const { sms, scheduling, questions } = this.#form;
    const { slot } = this.#entered;
    const about = this.#options.length > 1 && this.#option?.name;
    const summary = [about, scheduling && (slot ? this.#slotText(slot) : this.#t("now"))].filter(Boolean).join(" · ");
    const onchange = ({ target }) => (this.#entered.sms = target.checked);
    const consent = () => h("input", { type: "checkbox", checked: this.#entered.sms && "", onchange });
    const content = [
      summary && h("p.summary", summary),
      this.#numberField(),
      sms && this.#field("sms", this.#t("sms"), consent(), { hint: this.#t("smsHint") }),
      questions.map((each, n) => this.#questionField(each, n)),
      this.#captchaField(),
      this.#buttons(slot ? "book" : "send"),
    ];
    return [this.#t("details"), content, () => this.#send()];
  }

  /** The calling code that digits without one are read with. */
  get #ownCode() {
    return this.#option?.default_country ?? this.#form.default_country;
  }

  get #code() {
    return this.#codes[this.#entered.country] ?? this.#ownCode;
  }

  #numberField() {
    const entered = this.#entered;
    const all = Object.keys(this.#codes);
    const own = all.filter((each) => this.#codes[each] === this.#ownCode);
    const allowed = all.filter((each) => this.#form.countries?.includes(each) ?? true);
    // The option's own country may be allowed although the profile's are others.
    const countries = own.some((each) => allowed.includes(each)) ? allowed : [...own.slice(0, 1), ...allowed];
    const here = navigator.language.split("-").pop();
    const likely = [here, ...own].find((each) => own.includes(each) && countries.includes(each));
    if (!countries.includes(entered.country)) entered.country = likely;
    const input = h("input.input", { type: "tel", autocomplete: "tel", dir: "ltr", "aria-required": "true" });
    const onchange = () => {
      entered.country = picker.value;
      write(input.value);
    };
    const names = new Intl.DisplayNames(this.#locale, { type: "region" });
    const option = (value) => h("option", { value }, `${names.of(value)} +${this.#codes[value]}`);
    const byName = (a, b) => a.text.localeCompare(b.text);
    const picker = h("select.input", { "aria-label": this.#t("country"), onchange }, countries.map(option).sort(byName));
    const write = (text) => {
      entered.number = input.value = this.#group(text, countries);
      picker.value = entered.country;
    };
    input.oninput = () => {
      // In the middle of a number the caret would jump: that is grouped when it is left.
      if (input.selectionEnd === input.value.length) write(input.value);
      entered.number = input.value;
      this.#mark("number");
      if (this.#heldNumber) this.#heldUntil = 0; // another number need not wait
    };
    input.onchange = () => write(input.value);
    write(entered.number);
    return this.#field("number", this.#t("number"), input, { around: h("div.phone", countries.length > 1 && picker, input) });
  }

  /** Group digits as they are written; a whole number with + tells its country. */
  #group(text, countries) {
    let digits = digitsOf(text);
    if (/^\s*\+/.test(text)) {
      const code = (each) => this.#codes[each] ?? this.#ownCode;
      const likely = [this.#entered.country, ...countries];
      const n = likely.findIndex((each) => digits.startsWith(code(each)));
      if (digits.length < 7 || n < 0) return `+${digits}`;
      this.#entered.country = likely[n];
      digits = digits.slice(this.#code.length);
    }
    return groupDigits(digits, this.#code);
  }

  #answer({ key, type, default: own }) {
    const answer = `${this.#entered.answers[key] ?? this.getAttribute(`data-question-${key}`) ?? own ?? ""}`;
    return type === "numeric_input" ? answer.replace(/[\s-]/g, "") : answer;
  }

  #questionField(question, n) {
    const { key, name, visible, editable, type, required } = question;
    const value = this.#answer(question);
    if (!visible) return "";
    if (!editable && value) return h("div.field", h("b", name), h("span", value));
    const oninput = ({ target }) => {
      this.#entered.answers[key] = target.value;
      this.#mark(`q${n}`);
    };
    const optional = !required || type === "recorded_message" || question.default;
    const inputmode = type === "numeric_input" && "numeric";
    const input = h("input.input", { value, inputmode, "aria-required": `${!optional}`, oninput });
    return this.#field(`q${n}`, name, input, { hint: this.#lengths(question), optional });
  }

  /** Say how long an answer is to be: "4 to 10 digits". */
  #lengths({ type, min_length: min, max_length: max }) {
    const unit = this.#t(type === "numeric_input" ? "digits" : "characters");
    const name = max > 0 ? (min > 0 ? "range" : "most") : min > 0 && "least";
    return name && this.#t(name, { min, max, unit });
  }

  // ---- CAPTCHA

  #captchaField() {
    const { captcha } = this.#form;
    if (!captcha || (captcha.mode === "step_up" && !this.#captcha)) return "";
    if (!this.#captcha?.shown) this.#showCaptcha((this.#captcha = { shown: true }));
    const label = this.#t("captcha");
    return this.#field("captcha", label, h("div", { role: "group", tabindex: -1, "aria-label": label }, h("slot", { name: "captcha" })));
  }

  async #showCaptcha(captcha) {
    const told = (token) => {
      captcha.token = token;
      if (token && this.#fields.captcha) this.#mark("captcha");
    };
    try {
      const { default: show } = await load("captcha");
      captcha.renew = await show(this, this.#form.captcha, this.#language, told);
    } catch {
      captcha.shown = false; // showing the step again tries again
      this.#blame({ captcha: this.#t("captcha_unavailable") });
    }
  }

  // ---- Sending

  /** Check, then send. */
  async #send() {
    const { slot, sms, number } = this.#entered;
    const digits = digitsOf(number);
    const isWhole = number.startsWith("+") || this.#code === this.#ownCode;
    const answers = this.#form.questions.map((each) => [each.key, this.#answer(each)]);
    const body = {
      number: digits ? (isWhole ? digits : this.#code + digits) : undefined,
      option: this.#option?.id,
      start_time: slot?.start_time,
      sms_optin: this.#form.sms ? !!sms : undefined,
      questions: Object.fromEntries(answers.filter(([, answer]) => answer)),
    };
    const checked = await this.#ask(`${this.#path}/callbacks/validate`, { body });
    if (!checked) return;
    if (!checked.ok) return this.#refuse(checked);
    if (this.#fields.captcha && !this.#captcha.token) {
      if (!this.#captcha.shown) return this.#show("details", true);
      return this.#blame({ captcha: this.#t("captcha_required") });
    }
    const key = crypto.getRandomValues(new Uint8Array(16)).join("-");
    this.#attempt = { key, body, entered: this.#entered, at: Date.now() };
    this.#remember();
    this.#post();
  }

  /** Post, the button telling so; undefined: no longer of interest. */
  async #ask(path, request) {
    const { signal } = this.#turn;
    const button = this.#button;
    const label = button.textContent;
    const ask = () => this.#request(path, { method: "POST", ...request });
    this.#busy = true;
    this.#say();
    button.ariaDisabled = "true";
    this.#live.textContent = button.textContent = this.#t("moment");
    let answer = await ask();
    while (answer.code === "idempotency_in_progress" && !signal.aborted) {
      await sleep(answer.wait || 2);
      answer = await ask();
    }
    if (signal.aborted) return undefined;
    this.#busy = false;
    button.ariaDisabled = null;
    button.textContent = label;
    this.#live.textContent = "";
    return answer;
  }

  /** Send the attempt; once more after a lost answer, with the same key. */
  async #post() {
    const { key, body } = this.#attempt;
    const captcha = this.#captcha;
    const answer = await this.#ask(`${this.#path}/callbacks`, { key, body: { ...body, captcha_token: captcha?.token } });
    if (!answer) return;
    if (captcha?.token && answer.status) {
      captcha.renew(); // a token is good once
      captcha.token = null;
    }
    if (answer.ok) return this.#started(answer.data);
    if (answer.code === "outcome_unknown") return this.#show("unknown", true);
    if (answer.code === "lost" || answer.code === "offline") {
      this.#show("lost", true);
      return this.#say(answer.code);
    }
    this.#settle(); // refused: nothing will ring for it
    this.#refuse(answer);
  }

  /** Go back to the form; what is sent next is another request. */
  #settle() {
    this.#attempt = null;
    this.#remember();
    if (this.#view !== "details") this.#step("details", true);
  }

  /** An answer is lost. What is sent now may ring as well, so only the same, or after a second thought. */
  #unsettledView(title, text, other, retry) {
    const ask = () =>
      this.#confirm(row, "risk", "again", "back", () => this.#settle(), () => this.#show(this.#view, true));
    const row = h("div.row", retry, this.#quiet(other, () => this.#isFree && ask()));
    return [this.#t(title), [h("p", this.#t(text)), row]];
  }

  #refuse({ code, reason, data, wait }) {
    const [what, status] = code.split("_");
    this.#heldNumber = reason === "limit_number";
    if (code === "validation_failed") return this.#point(data.errors);
    if (code === "slot_unavailable") {
      this.#slots = data.slots;
      this.#step("when", true);
      return this.#blame({ slot: this.#t(code) }) || this.#say(code);
    }
    if (/_(paused|closed)$/.test(code)) {
      (what === "profile" ? this.#form : this.#option).status = status;
      this.#step("when", true);
      return this.#say(this.#view === "when" ? code : this.#view === "failed" ? "profile_paused" : "unavailable");
    }
    if (this.#heldNumber) this.#blame({ number: this.#t(reason) });
    else this.#say(reason);
    if (wait) this.#hold(wait);
  }

  /** Show each fault where it belongs. */
  #point(errors) {
    const { questions, captcha } = this.#form;
    const faults = {};
    let step;
    for (let { pointer, code } of errors) {
      const [, member, key] = pointer.split("/");
      const n = questions.findIndex((each) => each.key === key);
      const question = questions[n];
      const name = question ? `q${n}` : FIELDS[member];
      if (question && !this.#fields[name]) {
        question.visible = question.editable = true; // it has to be asked after all
        step = "details";
      }
      if (member === "option") {
        this.#entered.option = null;
        step = "about";
      }
      if (name === "slot") {
        this.#entered.slot = null;
        this.#form.scheduling = code === "invalid";
        step = "when";
      }
      if (name === "captcha" && !captcha) code = "unknown_field";
      else if (name === "captcha" && !this.#captcha) {
        this.#captcha = {};
        step = "details";
      }
      const hint = question && this.#lengths(question);
      faults[name] = this.#t(code === "question_length" && !hint ? "invalid" : code, { hint });
    }
    if (step) this.#step(step, true);
    this.#blame(faults);
    const elsewhere = Object.keys(faults).find((name) => !this.#fields[name]);
    this.#alert.textContent = faults[elsewhere] ?? "";
  }

  // ---- Following

  #started({ id, start_time }) {
    const { entered, body } = this.#attempt;
    const status = start_time ? "Scheduled" : "Initialization";
    this.#call = { id, status, final: false, start_time, end_time: entered.slot?.end_time, ending: body.number.slice(-4) };
    this.#attempt = null;
    this.#remember();
    this.#tell("started", { id, start_time, option: body.option });
    this.#show("progress", true);
  }

  #progressView() {
    const line = h("p.status", { role: "status" });
    const [hint, marks, row] = [h("p.muted"), h("ol.marks", { role: "list" }), h("div.row")];
    this.#parts = { line, hint, marks, row };
    this.#draw();
    this.#offer();
    this.#due = 0;
    queueMicrotask(() => this.#wake()); // once the view is there
    return [this.#t("following"), [h("div", line, hint), marks, row]];
  }

  #draw() {
    const { status, final, start_time, ending, duration } = this.#call;
    const { line, hint, marks } = this.#parts;
    const text = this.#t(status);
    if (line.textContent !== text) line.textContent = text; // so that it is announced once
    const planned = status === "Scheduled" && start_time && this.#slotText(this.#call);
    hint.textContent = final ? "" : [planned, this.#t("ending", { n: ending })].filter(Boolean).join(" · ");
    marks.hidden = final && status !== "Success";
    const at = MARKS[status] ?? 0;
    const item = (n) => {
      const isHere = n === at;
      const time = isHere && n > 0 && duration > 0 && ` · ${clock(duration)}`;
      return h("li", { class: n < at && "past", "aria-current": isHere && "step" }, h("span", this.#t(`mark${n}`), time));
    };
    marks.replaceChildren(...[0, 1, 2, 3].map(item));
  }

  /** Offer what can be done: cancel, or begin anew. */
  #offer() {
    const { status, final } = this.#call;
    const { row } = this.#parts;
    const hadFocus = row.contains(this.shadowRoot.activeElement);
    const sure = () => this.#confirm(row, "sure", "yes", "no", () => this.cancel(), () => this.#offer());
    const button = final ? this.#primary("again", () => this.reset()) : this.#quiet("cancel", sure);
    const isOver = final || status === "Call In Progress";
    row.replaceChildren(isOver && !final ? "" : button);
    if (hadFocus) (isOver ? this.#heading : button).focus();
  }

  #follow(news) {
    const before = this.#call.status;
    Object.assign(this.#call, news);
    this.#remember();
    this.#draw();
    const { id, status, final } = this.#call;
    if (status === before) return;
    this.#tell("status", { id, status, final });
    if (final || status === "Call In Progress") this.#offer();
  }

  /** Ask where the call-back stands once that is due, and while the page is looked at. */
  #wake() {
    clearTimeout(this.#timer);
    const left = this.#due - Date.now();
    if (this.#view !== "progress" || this.#call.final) return;
    if (left > 0) this.#timer = setTimeout(() => this.#wake(), left);
    else if (!document.hidden) this.#poll();
  }

  async #poll() {
    const { signal } = this.#turn;
    const call = this.#call;
    this.#due = Date.now() + PATIENCE;
    const { ok, status, data, wait } = await this.#request(`callbacks/${call.id}`);
    if (signal.aborted || call !== this.#call || call.final) return;
    if (ok && this.#said[0] === "still") this.#say();
    if (ok) this.#follow(data);
    else if (status === 404) this.#follow({ status: "unknown_callback", final: true });
    else if (status !== 429) this.#say("still");
    this.#slowness = ok ? Math.max(1, this.#slowness / 2) : Math.min(8, this.#slowness * 2);
    const pause = Math.max(wait, Math.min(60, (wait || 3) * this.#slowness));
    this.#due = Date.now() + pause * 1000 * (1 + Math.random() / 4);
    this.#wake();
  }
}

if (!import.meta.url.includes("define=no")) customElements.define("callback-widget", CallbackWidget);
