/**
 * <callback-widget api="https://callbacks.example" profile="web"></callback-widget>
 *
 * Asks a callback-gateway for a call-back, then follows it. No framework, no build, no inline
 * style or script. Guide: docs/website.md. `widget.js?define=no` exports the class only.
 */

// ------------------------------------------------------------------------------- 1 Words
// name = English | French | Spanish. Statuses and error codes go by the API's names.

const WORDS = `
title = We call you back | Nous vous rappelons | Le devolvemos la llamada
moment = One moment… | Un instant… | Un momento…
step = Step {n} of {m} | Étape {n} sur {m} | Paso {n} de {m}
next = Continue | Continuer | Continuar
back = Back | Retour | Atrás
about = What is it about? | De quoi s’agit-il ? | ¿De qué se trata?
closed = Closed now | Fermé pour l’instant | Cerrado ahora
when = When should we call? | Quand vous appeler ? | ¿Cuándo le llamamos?
now = As soon as possible | Dès que possible | Lo antes posible
nowHint = We wait in line for you and call when it is your turn. | Nous attendons à votre place et vous appelons quand vient votre tour. | Esperamos en la cola por usted y le llamamos cuando llegue su turno.
pick = Or choose a time | Ou choisissez une heure | O elija una hora
to = to | à | a
noSlots = No times are on offer at the moment. | Aucune heure n’est proposée pour l’instant. | No hay horas disponibles en este momento.
zone = Times are in your time zone: {zone}. | Les heures sont dans votre fuseau horaire : {zone}. | Las horas están en su zona horaria: {zone}.
details = How do we reach you? | Comment vous joindre ? | ¿Cómo le localizamos?
number = Phone number | Numéro de téléphone | Número de teléfono
country = Country | Pays | País
optional = optional | facultatif | opcional
range = {min} to {max} {unit} | {min} à {max} {unit} | de {min} a {max} {unit}
most = at most {max} {unit} | au plus {max} {unit} | como máximo {max} {unit}
least = at least {min} {unit} | au moins {min} {unit} | al menos {min} {unit}
digits = digits | chiffres | dígitos
characters = characters | caractères | caracteres
sms = Send me text messages about this call-back | M’envoyer des SMS au sujet de ce rappel | Enviarme SMS sobre esta llamada
smsHint = Only about this call-back, to the number above. Your operator’s rates may apply. | Uniquement au sujet de ce rappel, au numéro ci-dessus. Les tarifs de votre opérateur peuvent s’appliquer. | Solo sobre esta llamada, al número de arriba. Pueden aplicarse las tarifas de su operador.
captcha = Security check | Contrôle de sécurité | Control de seguridad
send = Call me back | Rappelez-moi | Llámenme
book = Book the call-back | Réserver le rappel | Reservar la llamada
retry = Try again | Réessayer | Reintentar
wait = Try again in {time} | Réessayer dans {time} | Reintentar en {time}
twice = Trying again will not make us ring twice. | Réessayer ne fera pas sonner deux fois. | Reintentar no hará que llamemos dos veces.
outcome_unknown = Your call may still come | Votre appel peut encore venir | Su llamada aún puede llegar
unknownText = We passed your request on but got no clear answer. Keep your phone at hand: we will not ring twice for it. If it stays silent for a few minutes, ask again. | Nous avons transmis votre demande sans recevoir de réponse claire. Gardez votre téléphone à portée de main : nous ne sonnerons pas deux fois pour elle. S’il reste muet quelques minutes, demandez à nouveau. | Transmitimos su solicitud, pero no recibimos una respuesta clara. Tenga el teléfono a mano: no llamaremos dos veces por ella. Si no suena en unos minutos, solicítela de nuevo.
following = Your call-back | Votre rappel | Su llamada
ending = To the number ending in {n} | Au numéro se terminant par {n} | Al número que termina en {n}
mark0 = Requested | Demandé | Solicitada
mark1 = In line for you | En attente pour vous | En la cola por usted
mark2 = Calling you | Nous vous appelons | Le llamamos
mark3 = On the line | En ligne | En línea
cancel = Cancel the call-back | Annuler le rappel | Cancelar la llamada
sure = Cancel this call-back? | Annuler ce rappel ? | ¿Cancelar esta llamada?
yes = Yes, cancel it | Oui, l’annuler | Sí, cancelarla
no = No, keep it | Non, le garder | No, mantenerla
again = Ask for another call-back | Demander un autre rappel | Solicitar otra llamada
still = We cannot reach the server. Your call-back stands; we keep checking. | Le serveur est injoignable. Votre rappel est maintenu ; nous continuons de vérifier. | No podemos contactar con el servidor. Su llamada sigue en pie; seguimos comprobando.
Initialization = We are setting up your call-back. | Nous préparons votre rappel. | Estamos preparando su llamada.
Scheduled = Your call-back is booked. | Votre rappel est réservé. | Su llamada está reservada.
Pending = Your call-back is about to start. | Votre rappel va commencer. | Su llamada está a punto de empezar.
Calling Target = We are calling our team for you. | Nous appelons notre équipe pour vous. | Estamos llamando a nuestro equipo por usted.
Holding = We are waiting in line for you. | Nous attendons en ligne pour vous. | Estamos esperando en la cola por usted.
Calling Client = We are calling you now. Please pick up. | Nous vous appelons. Veuillez décrocher. | Le estamos llamando. Por favor, conteste.
Call In Progress = You are on the line with us. | Vous êtes en ligne avec nous. | Está en línea con nosotros.
Error Callback = We could not get through, and are calling to tell you. | Nous n’avons pas pu aboutir et vous appelons pour vous le dire. | No pudimos comunicarnos y le llamamos para decírselo.
Success = Your call-back is complete. Thank you! | Votre rappel est terminé. Merci ! | Su llamada ha terminado. ¡Gracias!
Canceled = Your call-back is cancelled. We will not call. | Votre rappel est annulé. Nous n’appellerons pas. | Su llamada está cancelada. No llamaremos.
Failed = The call-back did not succeed. We are sorry. | Le rappel n’a pas abouti. Nous en sommes désolés. | La llamada no se logró. Lo sentimos.
Deleted = The call-back was removed. We will not call. | Le rappel a été retiré. Nous n’appellerons pas. | La llamada se ha eliminado. No llamaremos.
required = Please enter your phone number. | Veuillez saisir votre numéro de téléphone. | Indique su número de teléfono.
number_not_digits = Please use digits only. | Veuillez n’utiliser que des chiffres. | Use solo dígitos.
number_impossible = That is not a phone number. Check the digits and the country. | Ce n’est pas un numéro de téléphone. Vérifiez les chiffres et le pays. | No es un número de teléfono. Revise los dígitos y el país.
number_country_not_allowed = Sorry, we cannot call numbers of that country. | Désolé, nous ne pouvons pas appeler les numéros de ce pays. | Lo sentimos, no podemos llamar a números de ese país.
number_type_blocked = Sorry, we cannot call this kind of number. | Désolé, nous ne pouvons pas appeler ce type de numéro. | Lo sentimos, no podemos llamar a este tipo de número.
unavailable = This is not available at the moment. | Ceci n’est pas disponible pour l’instant. | Esto no está disponible en este momento.
option_closed = We are closed now. Choose a time and we will call you then. | Nous sommes fermés. Choisissez une heure et nous vous appellerons. | Ahora estamos cerrados. Elija una hora y le llamaremos.
profile_paused = We take no call-backs at the moment. | Nous ne prenons pas de rappels pour l’instant. | No admitimos llamadas en este momento.
slot_required = Please choose a time. | Veuillez choisir une heure. | Elija una hora.
slot_unavailable = That time has just been taken. Please choose another. | Cette heure vient d’être prise. Veuillez en choisir une autre. | Esa hora acaba de ocuparse. Elija otra.
invalid = Please check this. | Veuillez vérifier ceci. | Revise esto.
question_required = Please answer this. | Veuillez répondre. | Responda a esto.
question_length = Please give {hint}. | Veuillez donner {hint}. | Indique {hint}.
question_invalid = Please leave out special characters. | Veuillez omettre les caractères spéciaux. | Omita los caracteres especiales.
unknown_field = This form is out of date. Please reload the page. | Ce formulaire n’est plus à jour. Veuillez recharger la page. | Este formulario no está actualizado. Recargue la página.
captcha_required = Please complete the security check. | Veuillez effectuer le contrôle de sécurité. | Complete el control de seguridad.
captcha_failed = The security check did not succeed. Please do it again. | Le contrôle de sécurité a échoué. Veuillez recommencer. | El control de seguridad falló. Repítalo.
duplicate_callback = You have asked for this call-back already. It is on its way. | Vous avez déjà demandé ce rappel. Il est en route. | Ya ha solicitado esta llamada. Está en camino.
callback_final = This call-back has ended already. | Ce rappel est déjà terminé. | Esta llamada ya ha terminado.
unknown_callback = We do not know this call-back any more. | Nous ne connaissons plus ce rappel. | Ya no conocemos esta llamada.
client = That was too often. Please wait a little. | C’était trop souvent. Veuillez patienter un peu. | Demasiadas veces. Espere un poco.
number_limit = This number has asked for several call-backs. Please wait a little. | Ce numéro a demandé plusieurs rappels. Veuillez patienter un peu. | Este número ha solicitado varias llamadas. Espere un poco.
global = Many people are asking for a call-back. Please wait a little. | Beaucoup de personnes demandent un rappel. Veuillez patienter un peu. | Muchas personas solicitan una llamada. Espere un poco.
upstream_error = Our phone system did not accept this. Please try again later. | Notre système téléphonique n’a pas accepté. Veuillez réessayer plus tard. | Nuestro sistema telefónico no lo aceptó. Inténtelo más tarde.
upstream_unavailable = Our phone system does not answer at the moment. | Notre système téléphonique ne répond pas pour l’instant. | Nuestro sistema telefónico no responde en este momento.
internal_error = Something went wrong on our side. Please try again. | Un problème est survenu chez nous. Veuillez réessayer. | Algo falló por nuestra parte. Inténtelo de nuevo.
offline = You seem to be offline. | Vous semblez être hors ligne. | Parece que no tiene conexión.
lost = We got no answer. | Nous n’avons pas reçu de réponse. | No recibimos respuesta.`;

/** Codes that tell a customer the same as others do; any that is not known: internal_error. */
const SAME = {
  unavailable:
    "unknown_option option_required option_paused scheduling_not_enabled sms_not_enabled captcha_unavailable",
  profile_paused: "starts_disabled",
  unknown_field: "unknown_profile not_found unknown_question question_not_allowed",
  number_not_digits: "question_not_digits",
  invalid: "validation_failed",
  moment: "idempotency_in_progress",
};

const LANGUAGES = { en: {}, fr: {}, es: {} };
for (const line of WORDS.trim().split("\n")) {
  const [name, texts] = line.split(" = ");
  const same = SAME[name]?.split(" ") ?? [];
  texts.split(" | ").forEach((text, n) => {
    for (const each of [name, ...same]) Object.values(LANGUAGES)[n][each] = text;
  });
}

// ------------------------------------------------------------------- 2 Numbers and times

/** Calling codes with their countries, the main one first; "22: GM SN": 220 GM, 221 SN. */
const CODES =
  "1USCAAGAIASBBBMBSDMDOGDGUJMKNKYLCMPMSPRSXTCTTVCVGVI 7RUKZ 20EG 27ZA 30GR 31NL 32BE 33FR 34ES " +
  "36HU 39ITVA 40RO 41CH 43AT 44GBGGIMJE 45DK 46SE 47NOSJ 48PL 49DE 51PE 52MX 53CU 54AR 55BR " +
  "56CL 57CO 58VE 60MY 61AUCCCX 62ID 63PH 64NZ 65SG 66TH 81JP 82KR 84VN 86CN 90TR 91IN 92PK " +
  "93AF 94LK 95MM 98IR 211SS 212MAEH 213DZ 216TN 218LY 262REYT 290SHTA 291ER 297AW 298FO 299GL " +
  "358FIAX 590GPBLMF 599CWBQ 22:GMSNMRMLGNCIBFNETGBJ 23:MULRSLGHNGTDCFCMCVST " +
  "24:GQGACGCDAOGWIOACSCSD 25:RWETSODJKETZUGBI__MZ 26:ZMMG__ZWNAMWLSBWSZKM " +
  "35:GIPTLUIEISALMTCY__BG 37:LTLVEEMDAMBYADMCSM 38:UARSMEXK__HRSIBA__MK 42:CZSK__LI " +
  "50:FKBZGTSVHNNICRPAPMHT 59:__BOGYECGFPYMQSRUY 67:TL__NFBNNRPGTOSBVUFJ " +
  "68:PWWFCKNU__WSKINCTVPF 69:TKFMMH 85:KP__HKMO__KHLA 88:BD__________TW " +
  "96:MVLBJOSYIQKWSAYEOM 97:PSAEILBHQABTMNNP 99:__TJTMAZGE__KGUZ";

/** ISO code -> calling code. */
const CALLING_CODES = {};
for (const each of CODES.split(" ")) {
  const [, code, row, countries] = each.match(/(\d+)(:?)(.+)/);
  countries.match(/../g).forEach((country, n) => (CALLING_CODES[country] ??= row ? code + n : code));
}

/** How numbers are written: of a country's patterns the first whose digits it begins with. */
const PATTERNS = {
  1: ["1 (###) ###-####", "(###) ###-####"],
  33: ["0# ## ## ## ##", "# ## ## ## ##"],
  34: ["### ### ###"],
  44: ["02# #### ####", "0#### ######", "2# #### ####", "#### ######"],
};

/** Keep the digits, whatever their script or width. */
const digitsOf = (text) =>
  text.normalize("NFKC").replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) & 15).replace(/\D/g, "");

function groupDigits(digits, code) {
  const patterns = PATTERNS[code] ?? ["### ### ### ### ###"];
  const rest = [...digits];
  let shown = "";
  for (const mark of patterns.find((each) => digits.startsWith(each.match(/^\d*/)))  ?? "") {
    if (rest.length) shown += /[#\d]/.test(mark) ? rest.shift() : mark;
  }
  return shown + rest.join("");
}

const dayOf = (time) => new Date(time).toLocaleDateString("en-CA");
const daysAhead = (time) => Math.round((Date.parse(dayOf(time)) - Date.parse(dayOf(Date.now()))) / 864e5);
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// ---------------------------------------------------------------------------- 3 Elements

/** Make an element: "tag.name" (class and part); objects are attributes, the rest children. */
function h(tag, ...parts) {
  const [type, name] = tag.split(".");
  const element = document.createElement(type);
  if (name) element.className = element.part = name;
  for (const each of parts.flat(2)) {
    if (each?.constructor !== Object) element.append(...(each ? [each] : []));
    else
      for (const [key, value] of Object.entries(each))
        if (key.startsWith("on")) element[key] = value;
        else if (value != null && value !== false) element.setAttribute(key, value);
  }
  return element;
}

function icon(path) {
  const [svg, line] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
const PHONE = "M5 4h4l2 5-2.500 1.500a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2";

const CSS = `
:host {
  --a: var(--callback-accent, light-dark(#3346d3, #a9b6ff)); --on: var(--callback-on-accent, light-dark(#fff, #10142b));
  --surface: var(--callback-surface, light-dark(#fff, #181b25)); --field: var(--callback-field, light-dark(#fff, #10131b));
  --text: var(--callback-text, light-dark(#171a26, #eef0f7)); --muted: var(--callback-muted, light-dark(#585e73, #a9afc3));
  --line: var(--callback-line, light-dark(#dfe2ec, #333847)); --edge: var(--callback-edge, light-dark(#868da3, #767d94));
  --error: var(--callback-error, light-dark(#b3261e, #ffb4ab)); --success: var(--callback-success, light-dark(#0f7a4b, #7fdcae));
  --r: var(--callback-radius, 12px);
  display: block; max-width: var(--callback-width, 27rem); text-align: start;
  font: 1rem/1.5 var(--callback-font, inherit); font-family: var(--callback-font, inherit);
}
:host([hidden]), [hidden], .error:empty, .alert:empty { display: none !important; }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([theme="auto"]) { color-scheme: light dark; }
* { box-sizing: border-box; margin: 0; padding: 0; border: 0 solid; min-width: 0; font: inherit; color: inherit; }
.card {
  display: grid; gap: 1.25rem; padding: 1.5rem; overflow-wrap: anywhere; accent-color: var(--a); color: var(--text);
  background: var(--surface); border: 1px solid var(--line); border-radius: calc(var(--r) * 1.5); box-shadow: 0 12px 32px -12px #0003;
}
h2, h3, b, label, legend, .alert, .error, .status, .quiet, .primary { font-weight: 600; }
h2, .choice, .row { display: flex; gap: .75rem; align-items: center; }
h2 { font-size: 1.25rem; line-height: 1.25; }
h3, .status { font-size: 1.1rem; line-height: 1.35; }
svg { flex: none; width: 1.25em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
h2 svg { width: 2.5rem; padding: .55rem; border-radius: 50%; color: var(--on); background: var(--a); }
[dir="rtl"] .choice svg { transform: scaleX(-1); }
.view, .stack, .field, .phone { display: grid; grid-template-columns: minmax(0, 1fr); }
.view { gap: 1.1rem; animation: rise .25s ease-out; }
@keyframes rise { 0% { opacity: 0; transform: translateY(6px); } }
.stack, .row { gap: .65rem; }
.row { flex-wrap: wrap; }
.field { gap: .3rem; }
.muted, small { color: var(--muted); font-size: .875rem; font-weight: 400; }
.muted::first-letter, small::first-letter { text-transform: uppercase; }
label .muted::first-letter { text-transform: none; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible, input:focus-visible + .face { outline: 3px solid var(--a); outline-offset: 2px; }
h3:focus-visible { outline: none; }
button, .field input, select, .face { min-height: 2.875rem; padding: .5rem .8rem; border: 1px solid var(--edge); border-radius: var(--r); background: var(--field); }
button { cursor: pointer; }
.primary { flex: 1 1 9rem; color: var(--on); background: var(--a); border-color: var(--a); }
.quiet { color: var(--a); background: none; border-color: var(--line); }
button:hover, .face:hover { border-color: var(--a); filter: brightness(1.06); }
[aria-disabled="true"] { cursor: default; opacity: .75; }
.choice { width: 100%; padding: .8rem 1rem; text-align: start; }
.choice span { flex: 1; display: block; }
.choice svg { color: var(--a); }
legend { margin-bottom: .5rem; }
.chips { display: grid; gap: .5rem; grid-template-columns: repeat(auto-fill, minmax(5.6rem, 1fr)); max-height: 15.5rem; overflow-y: auto; padding: 5px; margin: -5px; }
.chips label { position: relative; display: grid; }
.chips input { position: absolute; inset: 0; opacity: 0; cursor: pointer; }
.face { display: grid; place-content: center; text-align: center; padding: .25rem; line-height: 1.25; font-weight: 400; font-variant-numeric: tabular-nums; }
:checked + .face, :checked + .face small { color: var(--on); background: var(--a); border-color: var(--a); }
.phone { gap: .5rem; }
.phone:has(select) { grid-template-columns: 2fr 3fr; }
.field input, select { width: 100%; }
[aria-invalid="true"] { border-color: var(--error) !important; }
.check { grid-template-columns: auto 1fr; column-gap: .75rem; }
.check input { width: 1.5rem; min-height: 1.5rem; }
.check p { grid-column: 2; }
.error, .alert { color: var(--error); }
.alert, .summary { padding: .7rem 1rem; border-radius: var(--r); border-inline-start: 4px solid; background: color-mix(in srgb, currentColor 7%, transparent); }
.summary { border-color: var(--a); }
.marks { list-style: none; }
.marks li { position: relative; padding: 0 0 .9rem; padding-inline-start: 2rem; color: var(--muted); border: 0; }
.marks li::before { content: ""; position: absolute; inset-inline-start: .2rem; top: .3rem; width: .9rem; height: .9rem; border: 2px solid var(--edge); border-radius: 50%; background: var(--surface); z-index: 1; }
.marks li + li::after { content: ""; position: absolute; inset-inline-start: .6rem; bottom: calc(100% - .3rem); height: 1.5rem; border-inline-start: 2px solid var(--line); }
.marks .past::before { border-color: var(--success); background: var(--success); }
.marks [aria-current] { color: var(--text); font-weight: 600; }
.marks [aria-current]::before { border-color: var(--a); background: var(--a); animation: pulse 1.6s infinite; }
@keyframes pulse { 0% { box-shadow: 0 0 0 0 var(--a); } 70%, to { box-shadow: 0 0 0 .5rem transparent; } }
@media (forced-colors: active) { :checked + .face, .past::before, [aria-current]::before { outline: 3px solid Highlight; } }
@media (prefers-reduced-motion: reduce) { *, ::before { animation: none !important; } }
`;

// ------------------------------------------------------------------------- 4 The element

/** Scripts of CAPTCHAs and the names they define; `render` and `reset` are common to them. */
const CAPTCHAS = {
  turnstile: ["https://challenges.cloudflare.com/turnstile/v0/api.js", "turnstile"],
  hcaptcha: ["https://js.hcaptcha.com/1/api.js", "hcaptcha"],
  recaptcha: ["https://www.google.com/recaptcha/api.js", "grecaptcha"],
};
/** The field for each member of a request; answers have fields of their own. */
const FIELDS = { number: "number", option: "option", start_time: "slot", sms_optin: "sms", captcha_token: "captcha" };
/** How many marks of the progress a status has behind it. */
const MARKS = { "Calling Target": 1, Holding: 1, "Error Callback": 1, "Calling Client": 2, "Call In Progress": 3, Success: 4 };
const DAY = { weekday: "long", month: "long", day: "numeric" };
const HOUR = { hour: "numeric", minute: "2-digit" };
/** Seconds an answer may take, and seconds in which a request that a reload cut off is resumed. */
const PATIENCE = 45;
const RESUMABLE = 120;

const sheet = new CSSStyleSheet();
sheet.replaceSync(CSS);

export class CallbackWidget extends HTMLElement {
  static observedAttributes = ["api", "profile", "option", "lang", "heading"];
  /** Words by language; add one with `CallbackWidget.languages.de = {title: …}`. */
  static languages = LANGUAGES;

  #strings = {};
  #form; // the profile, as the API gives it
  #slots; // those of the option chosen, once read
  #entered; // {option, slot, country, number, sms, answers}
  #attempt; // {key, body, entered, at}: one Idempotency-Key for one body
  #call; // {id, status, final, start_time, end_time, ending}
  #captcha; // {api, id, token}
  #view; // its name; then its parts: fields by name, heading, alert, button, what changes
  #fields = {};
  #heading;
  #alert;
  #button;
  #parts;
  #live = h("p.sr", { role: "status" });
  #card = h("section.card", { "aria-labelledby": "title" });
  #turn = 0; // goes up when what is under way has become of no interest
  #timer;
  #heldUntil = 0; // nothing is sent before
  #heldNumber; // ... for the sake of this number only
  #busy;

  constructor() {
    super();
    const { strings } = this; // may have been set before the upgrade
    delete this.strings;
    this.#strings = strings;
    this.attachShadow({ mode: "open" }).append(this.#card);
    this.shadowRoot.adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    document.addEventListener("visibilitychange", this.#look);
    this.#load();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#look);
    clearTimeout(this.#timer);
    this.#turn++;
  }

  attributeChangedCallback(name, before, value) {
    if (!this.#view || before === value) return;
    if (/lang|head/.test(name)) this.#show(this.#view);
    else this.#load();
  }

  /** Words of this element's own. */
  get strings() {
    return this.#strings;
  }

  set strings(strings) {
    this.#strings = strings;
    if (this.#view) this.#show(this.#view);
  }

  /** The call-back followed: {id, status, final, start_time}; undefined: none. */
  get callback() {
    if (!this.#call) return undefined;
    const { id, status, final, start_time } = this.#call;
    return { id, status, final, start_time };
  }

  /** Fill in what the page knows: {option, number, questions: {key: answer}}. */
  prefill({ questions, ...known }) {
    Object.assign(this.#entered, known);
    Object.assign(this.#entered.answers, questions);
    this.#show(this.#view);
  }

  /** Begin anew; a call-back followed is forgotten, not cancelled. */
  reset() {
    this.#remember((this.#call = this.#attempt = null));
    this.#load();
  }

  /** Cancel the call-back followed. */
  async cancel() {
    const turn = this.#turn;
    const answer = await this.#request(`callbacks/${this.#call.id}/cancel`, { method: "POST" });
    if (turn !== this.#turn) return;
    if (answer.ok) return this.#follow({ status: "Canceled", final: true });
    this.#report(answer);
    this.#offer();
    this.#say(answer.code);
    if (answer.status === 409) this.#poll();
  }

  focus() {
    this.#card.querySelector("input, button").focus();
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`callback-${name}`, { detail, bubbles: true, composed: true }));
  }

  #report({ code, status, data }) {
    this.#tell("error", { code, status, errors: data.errors, request_id: data.request_id });
  }

  // ---- Words

  get #language() {
    return this.lang || this.#form?.language || document.documentElement.lang || "en";
  }

  /** The visitor's own variety of the language, for dates. */
  get #locale() {
    return navigator.languages.find((each) => each.split("-")[0] === this.#language) ?? this.#language;
  }

  #t(name, values) {
    const { en, [this.#language.split("-")[0]]: own } = CallbackWidget.languages;
    const words = { ...en, ...own, ...this.#strings };
    return (words[name] ?? words.internal_error).replace(/\{(\w+)\}/g, (_, each) => values[each]);
  }

  #time(options, start, end) {
    const format = new Intl.DateTimeFormat(this.#locale, options);
    return end ? format.formatRange(new Date(start), new Date(end)) : format.format(new Date(start));
  }

  /** Tell whether the centre's clock shows another time than the visitor's. */
  #isElsewhere({ start_time }) {
    const shown = (timeZone) => new Date(start_time).toLocaleString("en", { timeZone });
    return this.#form && shown(this.#form.timezone) !== shown();
  }

  #slotText(slot) {
    const timeZoneName = this.#isElsewhere(slot) ? "short" : undefined;
    return this.#time({ ...DAY, ...HOUR, timeZoneName }, slot.start_time, slot.end_time);
  }

  // ---- The API, and what a reload leaves

  /** Ask, and resolve to {ok, status, code, data, wait} whatever happens. */
  async #request(path, { key, body, ...options } = {}) {
    const api = this.getAttribute("api") || new URL(import.meta.url).origin;
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    try {
      const answer = await fetch(`${api.replace(/\/$/, "")}/v1/${path}`, {
        ...options,
        headers,
        body: JSON.stringify(body),
        credentials: "omit",
        signal: AbortSignal.timeout(PATIENCE * 1000),
      });
      const { ok, status } = answer;
      const isJson = /json/.test(answer.headers.get("Content-Type"));
      const data = isJson || (ok && status !== 204) ? await answer.json() : {};
      const code = data.code ?? (status < 500 ? "internal_error" : "lost");
      return { ok, status, code, data, wait: +answer.headers.get("Retry-After") || 0 };
    } catch {
      return { code: navigator.onLine ? "lost" : "offline", status: 0, data: {} };
    }
  }

  get #path() {
    return `profiles/${encodeURIComponent(this.getAttribute("profile") || "default")}`;
  }

  get #memory() {
    return `callback-widget ${this.getAttribute("api")} ${this.#path}`;
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
    const turn = ++this.#turn;
    const { call, attempt } = this.#recall();
    this.#form = this.#slots = this.#busy = null;
    this.#call = call;
    this.#attempt = attempt;
    this.#entered = attempt?.entered ?? { answers: {}, number: this.getAttribute("number") ?? "" };
    this.#show("loading");
    const answer = await this.#request(this.#path);
    if (turn !== this.#turn) return;
    if (answer.ok) this.#form = answer.data;
    if (call) return this.#show("progress");
    if (!answer.ok) return this.#fail(answer);
    if (!attempt) return this.#step(0);
    this.#show("details");
    if (Date.now() - attempt.at < RESUMABLE * 1000) this.#post();
    else this.#say("lost", "twice");
  }

  #fail(answer) {
    this.#report(answer);
    this.#show("failed");
    this.#say(answer.code);
    if (answer.wait) this.#hold(answer.wait);
  }

  // ---- Steps

  /** The options that can be asked for, now or later. */
  get #options() {
    const { status, scheduling, options } = this.#form;
    const open = (each) => each.status === "active" || (each.status === "closed" && scheduling);
    return status === "paused" ? [] : options.filter(open);
  }

  /** The option chosen, or named by the page, or the only one there is. */
  get #option() {
    const options = this.#options;
    const id = this.#entered.option ?? this.getAttribute("option");
    return options.find((each) => each.id === id) ?? (options.length === 1 ? options[0] : undefined);
  }

  get #steps() {
    const isNamed = this.#options.some((each) => each.id === this.getAttribute("option"));
    const steps = [];
    if (!isNamed && this.#options.length > 1) steps.push("about");
    if (this.#form.scheduling) steps.push("when");
    return [...steps, "details"];
  }

  /** Show a step by its number, or by its name where there is such a step. */
  #step(which, focus) {
    if (!this.#options.length) return this.#show("failed", focus), this.#say("profile_paused");
    const step = this.#steps.includes(which) ? which : (this.#steps[which] ?? "details");
    this.#show(this.#option || step !== "details" ? step : "about", focus);
  }

  #go(by) {
    this.#step(this.#steps.indexOf(this.#view) + by, true);
  }

  /** Show a view; `focus`: go to its heading, for a step that the visitor took. */
  #show(view, focus) {
    clearTimeout(this.#timer);
    this.#heldUntil = 0;
    this.#fields = {};
    this.#view = view;
    const language = this.#language;
    this.#card.lang = language;
    this.#card.dir = this.dir || (/^(ar|dv|fa|he|ps|sd|ug|ur|yi)\b/.test(language) ? "rtl" : "ltr");
    this.#alert = h("p.alert", { role: "alert" });
    this.#live.textContent = "";
    const [heading, content, submit] = this.#views[view]();
    const [n, m] = this.#form ? [this.#steps.indexOf(view) + 1, this.#steps.length] : [];
    this.#heading = h("h3.heading", { tabindex: -1 }, heading);
    const onsubmit = (event) => {
      event.preventDefault();
      if (!this.#busy && Date.now() >= this.#heldUntil) submit();
    };
    this.#card.replaceChildren(
      h("h2", { id: "title", part: "title" }, icon(PHONE), this.getAttribute("heading") || this.#t("title")),
      this.#live,
      h(
        submit ? "form.view" : "div.view",
        { novalidate: submit && "", onsubmit },
        heading && h("div", n > 0 && m > 1 && h("p.muted", this.#t("step", { n, m })), this.#heading),
        this.#alert,
        content,
      ),
    );
    if (focus) this.#heading.focus();
  }

  #views = {
    loading: () => ["", h("p.muted", { role: "status" }, this.#t("moment"))],
    failed: () => ["", this.#primary("retry", () => Date.now() < this.#heldUntil || this.#load())],
    about: () => [this.#t("about"), h("ul.stack", { role: "list" }, this.#options.map((each) => this.#optionItem(each)))],
    when: () => this.#whenView(),
    details: () => this.#detailsView(),
    unknown: () => [
      this.#t("outcome_unknown"),
      [h("p", this.#t("unknownText")), this.#quiet("again", () => this.reset())],
    ],
    progress: () => this.#progressView(),
  };

  /** Show sentences in the view's alert. */
  #say(...names) {
    this.#alert.textContent = names.map((name) => this.#t(name)).join(" ");
  }

  /** Show what is wrong with fields, {name: text}, and go to the first; tell whether any is. */
  #blame(faults) {
    for (const name in this.#fields) this.#mark(name, faults[name]);
    const first = Object.keys(this.#fields).find((name) => faults[name]);
    this.#fields[first]?.control.focus();
    return first;
  }

  #mark(name, text = "") {
    const { control, error } = this.#fields[name];
    error.textContent = text;
    if (text) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }

  /** Keep the button from being used for so many seconds, counting down. */
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
      this.#live.textContent = label;
    };
    this.#timer = setInterval(tick, 250);
    tick();
  }

  #primary(name, onclick) {
    return (this.#button = h("button.primary", { type: onclick ? "button" : "submit", onclick }, this.#t(name)));
  }

  #quiet(name, onclick) {
    return h("button.quiet", { type: "button", onclick }, this.#t(name));
  }

  #choice(name, hint, onclick) {
    return h("button.choice", { type: "button", onclick }, h("span", h("b", name), hint && h("span.muted", hint)), icon("m9 5 7 7-7 7"));
  }

  /** The view's buttons: back, where there is a step before, and the one that goes on. */
  #buttons(name) {
    const back = this.#steps.indexOf(this.#view) > 0 && this.#quiet("back", () => this.#go(-1));
    return h("div.row", back, name && this.#primary(name));
  }

  /** Radio buttons that look like chips: `items` of {checked, onchange, face}. */
  #chips(name, legend, items) {
    const chip = ({ face, ...input }) => h("label", h("input", { type: "radio", name, ...input }), h("span.face", face));
    return [h("legend", legend), h("div.chips", items.map(chip))];
  }

  /** Make a field: label, control, hint, and the place for what is wrong with it. */
  #field(name, label, control, { hint, optional, around = control } = {}) {
    const isBox = control.type === "checkbox";
    const error = h("p.error", { id: `${name}-error` });
    control.id = name;
    control.setAttribute("aria-describedby", `${hint ? `${name}-hint ` : ""}${name}-error`);
    this.#fields[name] = { control, error };
    const parts = [h("label", { for: name }, label, optional && h("span.muted", ` (${this.#t("optional")})`)), around];
    const hinted = hint && h("p.muted", { id: `${name}-hint` }, hint);
    return h("div.field", { class: isBox ? "field check" : "field" }, isBox ? parts.reverse() : parts, hinted, error);
  }

  #optionItem(option) {
    const choose = () => {
      if (this.#option !== option) this.#slots = this.#entered.slot = this.#entered.country = null;
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
    const submit = () => this.#blame(this.#entered.slot ? {} : { slot: this.#t("slot_required") }) || this.#go(1);
    this.#showSlots(box, isClosed);
    const choice = !isClosed && this.#choice(this.#t("now"), this.#t("nowHint"), now);
    return [this.#t("when"), [choice, box], submit];
  }

  async #showSlots(box, isClosed) {
    if (!this.#slots) {
      const turn = this.#turn;
      box.replaceChildren(h("p.muted", { role: "status" }, this.#t("moment")), this.#buttons());
      const answer = await this.#request(`${this.#path}/options/${this.#option.id}/slots`);
      if (turn !== this.#turn || !box.isConnected) return;
      if (!answer.ok) {
        this.#report(answer);
        this.#say(answer.code);
        return box.replaceChildren(this.#quiet("retry", () => this.#go(0)), this.#buttons());
      }
      this.#slots = answer.data.slots;
    }
    const slots = this.#slots;
    const chosen = slots.find((each) => each.start_time === this.#entered.slot?.start_time);
    this.#entered.slot = chosen;
    if (!slots.length) return box.replaceChildren(h("p.muted", { role: "status" }, this.#t("noSlots")), this.#buttons());
    const days = {}; // in the visitor's own zone
    for (const slot of slots) (days[dayOf(slot.start_time)] ??= []).push(slot);
    const times = h("fieldset", { role: "radiogroup", tabindex: -1, "aria-describedby": "slot-error" });
    const error = h("p.error", { id: "slot-error" });
    const shown = days[dayOf((chosen ?? slots[0]).start_time)];
    this.#fields.slot = { control: times, error };
    this.#showTimes(times, shown);
    const chips = Object.values(days).map((each) => this.#dayChip(each, each === shown, times));
    const elsewhere = slots.find((each) => this.#isElsewhere(each));
    const legend = this.#t(isClosed ? "option_closed" : "pick");
    const zone = elsewhere && h("p.muted", this.#t("zone", { zone: this.#zoneName(elsewhere.start_time) }));
    box.replaceChildren(h("fieldset", this.#chips("day", legend, chips)), times, error, zone || "", this.#buttons("next"));
  }

  #dayChip(slots, checked, times) {
    const { start_time: start } = slots[0];
    const ahead = daysAhead(start);
    const near = new Intl.RelativeTimeFormat(this.#locale, { numeric: "auto" }).format(ahead, "day");
    const name = ahead < 2 ? near : this.#time({ weekday: "long" }, start);
    const face = [h("small", name, h("span.sr", ", ")), this.#time({ month: "short", day: "numeric" }, start)];
    return { checked: checked && "", onchange: () => this.#showTimes(times, slots), face };
  }

  #showTimes(times, slots) {
    const text = (time, options = HOUR) => this.#time(options, time);
    // An hour that clocks go through twice is told apart by its zone.
    const isTwice = new Set(slots.map((each) => text(each.start_time))).size < slots.length;
    const options = isTwice ? { ...HOUR, timeZoneName: "short" } : HOUR;
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

  #zoneName(time) {
    const format = new Intl.DateTimeFormat(this.#locale, { timeZoneName: "longGeneric" });
    return format.formatToParts(new Date(time)).find((each) => each.type === "timeZoneName").value;
  }

  // ---- Number, questions, consent

  #detailsView() {
    const { sms, scheduling, questions } = this.#form;
    const { slot } = this.#entered;
    const about = this.#options.length > 1 && this.#option.name;
    const summary = [about, scheduling && (slot ? this.#slotText(slot) : this.#t("now"))].filter(Boolean).join(" · ");
    const content = [
      summary && h("p.summary", summary),
      this.#numberField(),
      sms && this.#smsField(),
      questions.map((each, n) => this.#questionField(each, n)),
      this.#captchaField(),
      this.#buttons(slot ? "book" : "send"),
    ];
    return [this.#t("details"), content, () => this.#send()];
  }

  /** The calling code that digits are read with where they come without one. */
  get #ownCode() {
    return this.#option?.default_country ?? this.#form.default_country;
  }

  /** ISO codes to choose from: the profile's, and the option's own where it is not among them. */
  get #countries() {
    const all = Object.keys(CALLING_CODES);
    const isOwn = (each) => CALLING_CODES[each] === this.#ownCode;
    const allowed = all.filter((each) => this.#form.countries?.includes(each) ?? true);
    return allowed.some(isOwn) ? allowed : [...all.filter(isOwn).slice(0, 1), ...allowed];
  }

  #numberField() {
    const entered = this.#entered;
    const countries = this.#countries;
    const own = countries.filter((each) => CALLING_CODES[each] === this.#ownCode);
    const here = new Intl.Locale(navigator.language).region;
    if (!countries.includes(entered.country)) entered.country = own.includes(here) ? here : own[0];
    const input = h("input", { type: "tel", autocomplete: "tel", dir: "ltr", "aria-required": "true" });
    const write = (text) => {
      let behind = digitsOf(text.slice(input.selectionEnd)).length;
      entered.number = input.value = this.#group(text, countries);
      picker.value = entered.country;
      let caret = input.value.length;
      while (behind > 0) behind -= /\d/.test(input.value[--caret]);
      if (input.matches(":focus")) input.setSelectionRange(caret, caret);
    };
    const onchange = () => {
      entered.country = picker.value;
      write(input.value);
    };
    const names = new Intl.DisplayNames(this.#locale, { type: "region" });
    const name = (value) => [names.of(value), h("option", { value }, `+${CALLING_CODES[value]} ${names.of(value)}`)];
    const named = countries.map(name).sort(([a], [b]) => a.localeCompare(b));
    const picker = h("select", { "aria-label": this.#t("country"), onchange }, named.map(([, option]) => option));
    input.oninput = () => {
      write(input.value);
      this.#mark("number");
      if (this.#heldNumber) this.#heldUntil = 0; // another number need not wait
    };
    write(entered.number);
    return this.#field("number", this.#t("number"), input, { around: h("div.phone", countries.length > 1 && picker, input) });
  }

  /** Group digits as its country writes them; a whole number with + tells its country. */
  #group(text, countries) {
    let digits = digitsOf(text);
    if (/^\s*\+/.test(text)) {
      const begins = (each) => digits.startsWith(CALLING_CODES[each]);
      const found = digits.length > 6 && [this.#entered.country, ...countries].find(begins);
      if (!found) return `+${digits}`;
      this.#entered.country = found;
      digits = digits.slice(CALLING_CODES[found].length);
    }
    return groupDigits(digits, this.#code);
  }

  get #code() {
    return CALLING_CODES[this.#entered.country] ?? this.#ownCode;
  }

  /** The digits to send: with their calling code, unless they are read with it anyway. */
  get #digits() {
    const digits = digitsOf(this.#entered.number);
    const isWhole = this.#entered.number.startsWith("+") || this.#code === this.#ownCode;
    return digits && !isWhole ? this.#code + digits : digits;
  }

  #smsField() {
    const onchange = ({ target }) => (this.#entered.sms = target.checked);
    const box = h("input", { type: "checkbox", checked: this.#entered.sms && "", onchange });
    return this.#field("sms", this.#t("sms"), box, { hint: this.#t("smsHint") });
  }

  /** The answer as entered, or as the page or the profile gives it. */
  #answer({ key, type, default: own }) {
    const answer = this.#entered.answers[key] ?? this.getAttribute(`data-question-${key}`) ?? own ?? "";
    return type === "numeric_input" ? answer.replace(/[\s-]/g, "") : answer;
  }

  #questionField(question, n) {
    const { key, name, visible, editable, type } = question;
    const value = this.#answer(question);
    if (!visible) return "";
    if (!editable && value) return h("div.field", h("b", name), h("span", value));
    const oninput = ({ target }) => {
      this.#entered.answers[key] = target.value;
      this.#mark(`q${n}`);
    };
    const isRequired = this.#isRequired(question);
    const inputmode = type === "numeric_input" && "numeric";
    const input = h("input", { value, inputmode, "aria-required": `${isRequired}`, oninput });
    return this.#field(`q${n}`, name, input, { hint: this.#lengths(question), optional: !isRequired });
  }

  #isRequired({ required, type, default: own }) {
    return required && type !== "recorded_message" && !own;
  }

  /** Say how long an answer is to be: "4 to 10 digits". */
  #lengths({ type, min_length: min, max_length: max }) {
    const unit = this.#t(type === "numeric_input" ? "digits" : "characters");
    const name = max > 0 ? (min > 0 ? "range" : "most") : min > 0 && "least";
    return name && this.#t(name, { min, max, unit });
  }

  // ---- CAPTCHA: in the light DOM, where providers' scripts expect to be

  #captchaField() {
    const { captcha } = this.#form;
    if (!captcha || (captcha.mode === "step_up" && !this.#captcha)) return "";
    if (!this.#captcha?.box) this.#loadCaptcha(captcha);
    const frame = h("div", { role: "group", tabindex: -1, "aria-label": this.#t("captcha") }, h("slot", { name: "captcha" }));
    return this.#field("captcha", this.#t("captcha"), frame);
  }

  async #loadCaptcha({ provider, site_key: sitekey }) {
    const [src, name] = CAPTCHAS[provider];
    const box = h("div", { slot: "captcha" });
    const captcha = (this.#captcha = { box });
    const callback = (token) => {
      captcha.token = token;
      if (token && this.#fields.captcha) this.#mark("captcha");
    };
    const lost = () => callback();
    this.append(box);
    try {
      if (!window[name]) {
        const loaded = (onload, onerror) => document.head.append(h("script", { src: `${src}?render=explicit`, onload, onerror }));
        await new Promise(loaded);
      }
      captcha.api = window[name];
      if (provider === "recaptcha") await new Promise((resolve) => captcha.api.ready(resolve));
      const hooks = { callback, "expired-callback": lost, "error-callback": lost };
      captcha.id = captcha.api.render(box, { sitekey, language: this.#language, hl: this.#language, ...hooks });
    } catch {
      box.remove();
      this.#captcha = {}; // showing the step again tries again
      this.#blame({ captcha: this.#t("captcha_unavailable") });
    }
  }

  // ---- Sending

  /** Check, then send. The same request once more is the same attempt: it has the same key. */
  #send() {
    if (this.#blame(this.#faults())) return;
    const { slot, sms } = this.#entered;
    const answers = this.#form.questions.map((each) => [each.key, this.#answer(each)]);
    const body = {
      number: this.#digits,
      option: this.#option.id,
      start_time: slot?.start_time,
      sms_optin: this.#form.sms ? !!sms : undefined,
      questions: Object.fromEntries(answers.filter(([, answer]) => answer)),
    };
    if (JSON.stringify(this.#attempt?.body) !== JSON.stringify(body)) {
      const key = crypto.getRandomValues(new Uint8Array(16)).join("-");
      this.#attempt = { key, body, entered: this.#entered, at: Date.now() };
    }
    this.#remember();
    this.#post();
  }

  /** Tell what is wrong before anybody is asked. */
  #faults() {
    const faults = {};
    const { length } = this.#digits;
    if (!length) faults.number = this.#t("required");
    else if (length < 5 || length > 15) faults.number = this.#t("number_impossible");
    this.#form.questions.forEach((question, n) => {
      const answer = this.#answer(question);
      const { length } = [...answer];
      const { type, min_length: min, max_length: max } = question;
      let code;
      if (!answer) code = this.#isRequired(question) && "question_required";
      else if (type === "numeric_input" && /\D/.test(answer)) code = "question_not_digits";
      else if (length < min || (max > 0 && length > max)) code = "question_length";
      if (code) faults[`q${n}`] = this.#t(code, { hint: this.#lengths(question) });
    });
    if (this.#fields.captcha && !this.#captcha.token) faults.captcha = this.#t("captcha_required");
    return faults;
  }

  async #post() {
    const turn = this.#turn;
    const { key, body } = this.#attempt;
    const button = this.#button;
    const label = button.textContent;
    const captcha = this.#captcha;
    const send = () =>
      this.#request(`${this.#path}/callbacks`, { method: "POST", key, body: { ...body, captcha_token: captcha?.token } });
    this.#busy = true;
    this.#say();
    button.ariaDisabled = "true";
    this.#live.textContent = button.textContent = this.#t("moment");
    let answer = await send();
    while (answer.code === "idempotency_in_progress" && turn === this.#turn) {
      await sleep(answer.wait || 2);
      answer = await send();
    }
    if (turn !== this.#turn) return;
    this.#busy = false;
    button.ariaDisabled = null;
    button.textContent = label;
    this.#live.textContent = "";
    if (captcha?.api && answer.status) {
      captcha.api.reset(captcha.id); // a token is good once
      captcha.token = null;
    }
    if (answer.ok) return this.#started(answer.data);
    this.#report(answer);
    if (answer.code === "outcome_unknown") return this.#show("unknown", true);
    if (/lost|offline/.test(answer.code)) {
      button.textContent = this.#t("retry");
      return this.#say(answer.code, "twice");
    }
    this.#attempt = null; // refused: nothing will ring for it
    this.#remember();
    this.#refuse(answer);
  }

  #refuse({ code, data, wait }) {
    const form = this.#form;
    const { scope } = data;
    this.#heldNumber = scope === "number";
    if (code === "validation_failed") return this.#point(data.errors);
    if (code === "slot_unavailable") {
      this.#slots = data.slots;
      this.#step("when", true);
      return this.#blame({ slot: this.#t(code) }) || this.#say(code);
    }
    if (/paused|closed/.test(code)) {
      const [what, status] = code.split("_");
      (what === "profile" ? form : this.#option).status = status;
      this.#step(status === "closed" ? "when" : "about", true);
      return this.#say(code);
    }
    if (this.#heldNumber) this.#blame({ number: this.#t("number_limit") });
    else this.#say(scope ?? code);
    if (wait) this.#hold(wait);
  }

  /** Show each error of a refused request where it belongs. */
  #point(errors) {
    const { questions, captcha } = this.#form;
    const faults = {};
    let step;
    for (const { pointer, code } of errors) {
      const [, member, key] = pointer.split("/").map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"));
      const n = questions.findIndex((each) => each.key === key);
      const question = questions[n];
      const name = question ? `q${n}` : FIELDS[member];
      if (question && !question.visible) step = question.visible = question.editable = "details"; // has to be asked
      if (name === "option") step = "about";
      if (name === "slot") {
        this.#slots = this.#entered.slot = null;
        this.#form.scheduling = code === "invalid";
        step = "when";
      }
      if (name === "captcha" && !this.#captcha) {
        this.#captcha = {};
        step = captcha && "details";
      }
      faults[name] = this.#t(code, { hint: question && this.#lengths(question) });
    }
    if (step) this.#step(step, true);
    this.#blame(faults);
    const elsewhere = Object.keys(faults).find((name) => !this.#fields[name]);
    if (elsewhere) this.#alert.textContent = faults[elsewhere];
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
    const [hint, marks, row] = [h("p.muted"), h("ol.marks"), h("div.row")];
    this.#parts = { line, hint, marks, row };
    this.#draw();
    this.#offer();
    this.#poll();
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
      return h("li", { class: n < at && "past", "aria-current": isHere && "step" }, this.#t(`mark${n}`), time);
    };
    marks.replaceChildren(...[0, 1, 2, 3].map(item));
  }

  /** Put under the progress what can be done: cancel, or begin anew; `focus`: go there. */
  #offer(focus) {
    const { status, final } = this.#call;
    const { row } = this.#parts;
    const ask = () => {
      const keep = this.#quiet("no", () => this.#offer(true));
      const cancel = this.#primary("yes", () => {
        cancel.ariaDisabled = "true";
        this.cancel();
      });
      row.replaceChildren(h("p", { role: "alert" }, this.#t("sure")), cancel, keep);
      keep.focus();
    };
    const button = final ? this.#primary("again", () => this.reset()) : this.#quiet("cancel", ask);
    row.replaceChildren(...(status === "Call In Progress" ? [] : [button]));
    if (focus) button.focus();
  }

  /** Take note of where the call-back stands. */
  #follow(news) {
    const before = this.#call.status;
    Object.assign(this.#call, news);
    this.#remember();
    this.#say();
    this.#draw();
    const { id, status, final } = this.#call;
    if (status === before) return;
    this.#tell("status", { id, status, final });
    if (!final && status !== "Call In Progress") return;
    const hadFocus = this.#parts.row.contains(this.shadowRoot.activeElement);
    this.#offer();
    if (hadFocus) this.#heading.focus();
  }

  async #poll() {
    clearTimeout(this.#timer);
    const [turn, call] = [this.#turn, this.#call];
    if (call.final) return;
    const answer = await this.#request(`callbacks/${call.id}`);
    if (turn !== this.#turn || call.final) return;
    if (answer.ok) this.#follow(answer.data);
    else if (answer.status === 404) this.#follow({ status: "unknown_callback", final: true });
    else this.#say("still");
    const wait = Math.max(answer.wait || 3, document.hidden ? 15 : 0);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#poll(), wait * 1000);
  }

  #look = () => document.hidden || this.#view !== "progress" || this.#poll();
}

if (!import.meta.url.includes("define=no")) customElements.define("callback-widget", CallbackWidget);
