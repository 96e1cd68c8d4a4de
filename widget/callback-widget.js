/**
 * <callback-widget api="https://callbacks.example" profile="web"></callback-widget>
 *
 * A form that asks a callback-gateway for a call-back, then follows it until it has ended.
 * Standards only: no framework, no build, no inline style or script. Guide: docs/website.md.
 * Loaded as a module it registers itself; `widget.js?define=no` only exports the class.
 *
 * 1 Words   2 Numbers   3 Times   4 Elements   5 Looks   6 The element
 */

// ------------------------------------------------------------------------------- 1 Words
// [English, French, Spanish]; {names} are filled in. Statuses and error codes go by the
// API's own names.

const WORDS = {
  title: ["We call you back", "Nous vous rappelons", "Le devolvemos la llamada"],
  loading: ["Loading…", "Chargement…", "Cargando…"],
  step: ["Step {n} of {m}", "Étape {n} sur {m}", "Paso {n} de {m}"],
  next: ["Continue", "Continuer", "Continuar"],
  back: ["Back", "Retour", "Atrás"],

  about: ["What is it about?", "De quoi s’agit-il ?", "¿De qué se trata?"],
  closed: ["Closed now, can be booked", "Fermé, peut être réservé", "Cerrado, se puede reservar"],

  when: ["When should we call?", "Quand vous appeler ?", "¿Cuándo le llamamos?"],
  now: ["As soon as possible", "Dès que possible", "Lo antes posible"],
  nowHint: [
    "We wait in line for you and call when it is your turn.",
    "Nous attendons à votre place et vous appelons quand vient votre tour.",
    "Esperamos en la cola por usted y le llamamos cuando llegue su turno.",
  ],
  pick: ["Or choose a time", "Ou choisissez une heure", "O elija una hora"],
  pickClosed: [
    "We are closed now. Choose a time and we will call you then.",
    "Nous sommes fermés. Choisissez une heure et nous vous appellerons.",
    "Ahora estamos cerrados. Elija una hora y le llamaremos.",
  ],
  day: ["Day", "Jour", "Día"],
  to: ["to", "à", "a"],
  noSlots: [
    "No times are on offer at the moment.",
    "Aucune heure n’est proposée pour l’instant.",
    "No hay horas disponibles en este momento.",
  ],
  zone: [
    "Times are in your time zone: {zone}.",
    "Les heures sont dans votre fuseau horaire : {zone}.",
    "Las horas están en su zona horaria: {zone}.",
  ],

  details: ["How do we reach you?", "Comment vous joindre ?", "¿Cómo le localizamos?"],
  number: ["Phone number", "Numéro de téléphone", "Número de teléfono"],
  country: ["Country", "Pays", "País"],
  optional: ["optional", "facultatif", "opcional"],
  range: ["{min} to {max} {unit}", "{min} à {max} {unit}", "de {min} a {max} {unit}"],
  most: ["at most {max} {unit}", "au plus {max} {unit}", "como máximo {max} {unit}"],
  least: ["at least {min} {unit}", "au moins {min} {unit}", "al menos {min} {unit}"],
  digits: ["digits", "chiffres", "dígitos"],
  characters: ["characters", "caractères", "caracteres"],
  sms: [
    "Send me text messages about this call-back",
    "M’envoyer des SMS au sujet de ce rappel",
    "Enviarme SMS sobre esta llamada",
  ],
  smsHint: [
    "Only about this call-back, to the number above. Your operator’s rates may apply.",
    "Uniquement au sujet de ce rappel, au numéro ci-dessus. Les tarifs de votre opérateur peuvent s’appliquer.",
    "Solo sobre esta llamada, al número de arriba. Pueden aplicarse las tarifas de su operador.",
  ],
  captcha: ["Security check", "Contrôle de sécurité", "Control de seguridad"],
  send: ["Call me back", "Rappelez-moi", "Llámenme"],
  book: ["Book the call-back", "Réserver le rappel", "Reservar la llamada"],
  sending: ["Sending…", "Envoi…", "Enviando…"],
  retry: ["Try again", "Réessayer", "Reintentar"],
  wait: ["Try again in {time}", "Réessayer dans {time}", "Reintentar en {time}"],
  ready: ["You can try again now.", "Vous pouvez réessayer maintenant.", "Ya puede reintentar."],
  twice: [
    "Trying again will not make us ring twice.",
    "Réessayer ne fera pas sonner deux fois.",
    "Reintentar no hará que llamemos dos veces.",
  ],

  outcome_unknown: [
    "Your call may still come",
    "Votre appel peut encore venir",
    "Su llamada aún puede llegar",
  ],
  unknownText: [
    "We passed your request on but got no clear answer. Keep your phone at hand: we will not ring twice for it. If it stays silent for a few minutes, ask again.",
    "Nous avons transmis votre demande sans recevoir de réponse claire. Gardez votre téléphone à portée de main : nous ne sonnerons pas deux fois pour elle. S’il reste muet quelques minutes, demandez à nouveau.",
    "Transmitimos su solicitud, pero no recibimos una respuesta clara. Tenga el teléfono a mano: no llamaremos dos veces por ella. Si no suena en unos minutos, solicítela de nuevo.",
  ],
  anew: ["Ask again", "Demander à nouveau", "Solicitar de nuevo"],

  following: ["Your call-back", "Votre rappel", "Su llamada"],
  ending: [
    "To the number ending in {n}",
    "Au numéro se terminant par {n}",
    "Al número que termina en {n}",
  ],
  mark0: ["Requested", "Demandé", "Solicitada"],
  mark1: ["In line for you", "En attente pour vous", "En la cola por usted"],
  mark2: ["Calling you", "Nous vous appelons", "Le llamamos"],
  mark3: ["On the line", "En ligne", "En línea"],
  done: ["done", "fait", "hecho"],
  cancel: ["Cancel the call-back", "Annuler le rappel", "Cancelar la llamada"],
  sure: ["Cancel this call-back?", "Annuler ce rappel ?", "¿Cancelar esta llamada?"],
  yes: ["Yes, cancel it", "Oui, l’annuler", "Sí, cancelarla"],
  no: ["No, keep it", "Non, le garder", "No, mantenerla"],
  again: ["Ask for another call-back", "Demander un autre rappel", "Solicitar otra llamada"],
  still: [
    "We cannot reach the server. Your call-back stands; we keep checking.",
    "Le serveur est injoignable. Votre rappel est maintenu ; nous continuons de vérifier.",
    "No podemos contactar con el servidor. Su llamada sigue en pie; seguimos comprobando.",
  ],

  Initialization: [
    "We are setting up your call-back.",
    "Nous préparons votre rappel.",
    "Estamos preparando su llamada.",
  ],
  Scheduled: ["Your call-back is booked.", "Votre rappel est réservé.", "Su llamada está reservada."],
  Pending: [
    "Your call-back is about to start.",
    "Votre rappel va commencer.",
    "Su llamada está a punto de empezar.",
  ],
  "Calling Target": [
    "We are calling our team for you.",
    "Nous appelons notre équipe pour vous.",
    "Estamos llamando a nuestro equipo por usted.",
  ],
  Holding: [
    "We are waiting in line for you.",
    "Nous attendons en ligne pour vous.",
    "Estamos esperando en la cola por usted.",
  ],
  "Calling Client": [
    "We are calling you now. Please pick up.",
    "Nous vous appelons. Veuillez décrocher.",
    "Le estamos llamando. Por favor, conteste.",
  ],
  "Call In Progress": [
    "You are on the line with us.",
    "Vous êtes en ligne avec nous.",
    "Está en línea con nosotros.",
  ],
  "Error Callback": [
    "We could not get through, and are calling to tell you.",
    "Nous n’avons pas pu aboutir et vous appelons pour vous le dire.",
    "No pudimos comunicarnos y le llamamos para decírselo.",
  ],
  Success: [
    "Your call-back is complete. Thank you!",
    "Votre rappel est terminé. Merci !",
    "Su llamada ha terminado. ¡Gracias!",
  ],
  Canceled: [
    "Your call-back is cancelled. We will not call.",
    "Votre rappel est annulé. Nous n’appellerons pas.",
    "Su llamada está cancelada. No llamaremos.",
  ],
  Failed: [
    "The call-back did not succeed. We are sorry.",
    "Le rappel n’a pas abouti. Nous en sommes désolés.",
    "La llamada no se logró. Lo sentimos.",
  ],
  Deleted: [
    "The call-back was removed. We will not call.",
    "Le rappel a été retiré. Nous n’appellerons pas.",
    "La llamada se ha eliminado. No llamaremos.",
  ],

  required: [
    "Please enter your phone number.",
    "Veuillez saisir votre numéro de téléphone.",
    "Indique su número de teléfono.",
  ],
  number_not_digits: [
    "Please use digits only.",
    "Veuillez n’utiliser que des chiffres.",
    "Use solo dígitos.",
  ],
  number_impossible: [
    "That is not a phone number. Check the digits and the country.",
    "Ce n’est pas un numéro de téléphone. Vérifiez les chiffres et le pays.",
    "No es un número de teléfono. Revise los dígitos y el país.",
  ],
  number_country_not_allowed: [
    "Sorry, we cannot call numbers of that country.",
    "Désolé, nous ne pouvons pas appeler les numéros de ce pays.",
    "Lo sentimos, no podemos llamar a números de ese país.",
  ],
  number_type_blocked: [
    "Sorry, we cannot call this kind of number.",
    "Désolé, nous ne pouvons pas appeler ce type de numéro.",
    "Lo sentimos, no podemos llamar a este tipo de número.",
  ],
  option_required: [
    "Please choose what it is about.",
    "Veuillez choisir un sujet.",
    "Elija de qué se trata.",
  ],
  option_paused: [
    "This topic is not available at the moment.",
    "Ce sujet n’est pas disponible pour l’instant.",
    "Este tema no está disponible en este momento.",
  ],
  option_closed: ["We have just closed.", "Nous venons de fermer.", "Acabamos de cerrar."],
  profile_paused: [
    "We take no call-backs at the moment.",
    "Nous ne prenons pas de rappels pour l’instant.",
    "No admitimos llamadas en este momento.",
  ],
  unknown_profile: [
    "This form is not available.",
    "Ce formulaire n’est pas disponible.",
    "Este formulario no está disponible.",
  ],
  slot_required: ["Please choose a time.", "Veuillez choisir une heure.", "Elija una hora."],
  slot_unavailable: [
    "That time has just been taken. Please choose another.",
    "Cette heure vient d’être prise. Veuillez en choisir une autre.",
    "Esa hora acaba de ocuparse. Elija otra.",
  ],
  scheduling_not_enabled: [
    "Call-backs cannot be booked at the moment.",
    "Les rappels ne peuvent pas être réservés pour l’instant.",
    "No se pueden reservar llamadas en este momento.",
  ],
  invalid: ["Please check this.", "Veuillez vérifier ceci.", "Revise esto."],
  validation_failed: [
    "Please check what you entered.",
    "Veuillez vérifier votre saisie.",
    "Revise lo que ha escrito.",
  ],
  question_required: ["Please answer this.", "Veuillez répondre.", "Responda a esto."],
  question_length: ["Please give {hint}.", "Veuillez donner {hint}.", "Indique {hint}."],
  question_invalid: [
    "Please leave out special characters.",
    "Veuillez omettre les caractères spéciaux.",
    "Omita los caracteres especiales.",
  ],
  unknown_field: [
    "This form is out of date. Please reload the page.",
    "Ce formulaire n’est plus à jour. Veuillez recharger la page.",
    "Este formulario no está actualizado. Recargue la página.",
  ],
  sms_not_enabled: [
    "Text messages are not available at the moment.",
    "Les SMS ne sont pas disponibles pour l’instant.",
    "Los SMS no están disponibles en este momento.",
  ],
  captcha_required: [
    "Please complete the security check.",
    "Veuillez effectuer le contrôle de sécurité.",
    "Complete el control de seguridad.",
  ],
  captcha_failed: [
    "The security check did not succeed. Please do it again.",
    "Le contrôle de sécurité a échoué. Veuillez recommencer.",
    "El control de seguridad falló. Repítalo.",
  ],
  captcha_unavailable: [
    "The security check is not available at the moment.",
    "Le contrôle de sécurité n’est pas disponible pour l’instant.",
    "El control de seguridad no está disponible en este momento.",
  ],
  duplicate_callback: [
    "You have asked for this call-back already. It is on its way.",
    "Vous avez déjà demandé ce rappel. Il est en route.",
    "Ya ha solicitado esta llamada. Está en camino.",
  ],
  idempotency_in_progress: [
    "Your request is still being handled.",
    "Votre demande est encore en cours.",
    "Su solicitud aún está en curso.",
  ],
  callback_final: [
    "This call-back has ended already.",
    "Ce rappel est déjà terminé.",
    "Esta llamada ya ha terminado.",
  ],
  unknown_callback: [
    "We do not know this call-back any more.",
    "Nous ne connaissons plus ce rappel.",
    "Ya no conocemos esta llamada.",
  ],
  rate_limited: [
    "That was too often. Please wait a little.",
    "C’était trop souvent. Veuillez patienter un peu.",
    "Demasiadas veces. Espere un poco.",
  ],
  rate_limited_number: [
    "This number has asked for several call-backs. Please wait a little.",
    "Ce numéro a demandé plusieurs rappels. Veuillez patienter un peu.",
    "Este número ha solicitado varias llamadas. Espere un poco.",
  ],
  rate_limited_global: [
    "Many people are asking for a call-back. Please wait a little.",
    "Beaucoup de personnes demandent un rappel. Veuillez patienter un peu.",
    "Muchas personas solicitan una llamada. Espere un poco.",
  ],
  upstream_error: [
    "Our phone system did not accept this. Please try again later.",
    "Notre système téléphonique n’a pas accepté. Veuillez réessayer plus tard.",
    "Nuestro sistema telefónico no lo aceptó. Inténtelo más tarde.",
  ],
  upstream_unavailable: [
    "Our phone system does not answer at the moment.",
    "Notre système téléphonique ne répond pas pour l’instant.",
    "Nuestro sistema telefónico no responde en este momento.",
  ],
  internal_error: [
    "Something went wrong on our side. Please try again.",
    "Un problème est survenu chez nous. Veuillez réessayer.",
    "Algo falló por nuestra parte. Inténtelo de nuevo.",
  ],
  offline: [
    "You seem to be offline.",
    "Vous semblez être hors ligne.",
    "Parece que no tiene conexión.",
  ],
  lost: ["We got no answer.", "Nous n’avons pas reçu de réponse.", "No recibimos respuesta."],
};

/** Codes that say the same to a customer as another does; all others: `internal_error`. */
const SAME = {
  not_found: "unknown_profile",
  unknown_option: "option_paused",
  starts_disabled: "profile_paused",
  unknown_question: "unknown_field",
  question_not_allowed: "unknown_field",
  question_not_digits: "number_not_digits",
};

const LANGUAGES = Object.fromEntries(
  ["en", "fr", "es"].map((language, n) => [
    language,
    Object.fromEntries(Object.entries(WORDS).map(([name, texts]) => [name, texts[n]])),
  ]),
);
const RIGHT_TO_LEFT = /^(ar|dv|fa|he|ps|sd|ug|ur|yi)\b/;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

// ----------------------------------------------------------------------------- 2 Numbers

/** Calling codes, each with the ISO codes of its countries, the main one first. */
const CODES =
  "1USCAAGAIASBBBMBSDMDOGDGUJMKNKYLCMPMSPRSXTCTTVCVGVI 7RUKZ 20EG 27ZA 30GR 31NL 32BE 33FR 34ES " +
  "36HU 39ITVA 40RO 41CH 43AT 44GBGGIMJE 45DK 46SE 47NOSJ 48PL 49DE 51PE 52MX 53CU 54AR 55BR " +
  "56CL 57CO 58VE 60MY 61AUCCCX 62ID 63PH 64NZ 65SG 66TH 81JP 82KR 84VN 86CN 90TR 91IN 92PK " +
  "93AF 94LK 95MM 98IR 211SS 212MAEH 213DZ 216TN 218LY 220GM 221SN 222MR 223ML 224GN 225CI " +
  "226BF 227NE 228TG 229BJ 230MU 231LR 232SL 233GH 234NG 235TD 236CF 237CM 238CV 239ST 240GQ " +
  "241GA 242CG 243CD 244AO 245GW 246IO 247AC 248SC 249SD 250RW 251ET 252SO 253DJ 254KE 255TZ " +
  "256UG 257BI 258MZ 260ZM 261MG 262REYT 263ZW 264NA 265MW 266LS 267BW 268SZ 269KM 290SHTA " +
  "291ER 297AW 298FO 299GL 350GI 351PT 352LU 353IE 354IS 355AL 356MT 357CY 358FIAX 359BG 370LT " +
  "371LV 372EE 373MD 374AM 375BY 376AD 377MC 378SM 380UA 381RS 382ME 383XK 385HR 386SI 387BA " +
  "389MK 420CZ 421SK 423LI 500FK 501BZ 502GT 503SV 504HN 505NI 506CR 507PA 508PM 509HT " +
  "590GPBLMF 591BO 592GY 593EC 594GF 595PY 596MQ 597SR 598UY 599CWBQ 670TL 672NF 673BN 674NR " +
  "675PG 676TO 677SB 678VU 679FJ 680PW 681WF 682CK 683NU 685WS 686KI 687NC 688TV 689PF 690TK " +
  "691FM 692MH 850KP 852HK 853MO 855KH 856LA 880BD 886TW 960MV 961LB 962JO 963SY 964IQ 965KW " +
  "966SA 967YE 968OM 970PS 971AE 972IL 973BH 974QA 975BT 976MN 977NP 992TJ 993TM 994AZ 995GE " +
  "996KG 998UZ";

/** ISO code -> calling code. */
const CALLING_CODES = new Map(
  CODES.split(" ").flatMap((each) => {
    const code = parseInt(each);
    return each.match(/[A-Z]{2}/g).map((country) => [country, `${code}`]);
  }),
);

/** How numbers are written, by calling code: the first pattern whose start fits. */
const GROUPS = {
  1: { 1: "# (###) ###-####", "": "(###) ###-####" },
  33: { 0: "## ## ## ## ##", "": "# ## ## ## ##" },
  34: { "": "### ### ###" },
  44: { "02": "### #### ####", 0: "##### ######", 2: "## #### ####", "": "#### ######" },
  52: { "": "## #### ####" },
};

/** Keep the digits, in whatever script or width they were typed. */
function digitsOf(text) {
  const latin = text.normalize("NFKC").replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) & 15);
  return latin.replace(/[^0-9]/g, "");
}

function groupDigits(digits, code) {
  const starts = GROUPS[code] ?? { "": "### ### ### ### ###" };
  const start = Object.keys(starts).sort((a, b) => b.length - a.length).find((each) => digits.startsWith(each));
  const rest = [...digits];
  let shown = "";
  for (const mark of starts[start]) {
    if (!rest.length) break;
    shown += mark === "#" ? rest.shift() : mark;
  }
  return shown + rest.join("");
}

// ------------------------------------------------------------------------------- 3 Times

const dayOf = (time) => new Date(time).toLocaleDateString("en-CA");

/** Days from today to the time's day, on the visitor's calendar. */
const daysAhead = (time) => Math.round((Date.parse(dayOf(time)) - Date.parse(dayOf(Date.now()))) / 864e5);

/** Tell whether clocks in the zone ever show another time than the visitor's. */
function isElsewhere(timeZone, times) {
  const clock = (time, zone) => new Date(time).toLocaleString("en", zone);
  return times.some((time) => clock(time, { timeZone }) !== clock(time));
}

const minutes = (seconds) => `${Math.floor(seconds / 60)}:${`${Math.floor(seconds % 60)}`.padStart(2, "0")}`;

// ---------------------------------------------------------------------------- 4 Elements

/** Make an element from attributes (`on…`: listeners; null, false: none) and children. */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
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
const ARROW = "m9 5 7 7-7 7";

// ------------------------------------------------------------------------------- 5 Looks

const CSS = `
:host {
  --_accent: var(--callback-accent, #3346d3); --_on-accent: var(--callback-on-accent, #fff);
  --_surface: var(--callback-surface, #fff); --_field: var(--callback-field, #fff);
  --_text: var(--callback-text, #171a26); --_muted: var(--callback-muted, #585e73);
  --_line: var(--callback-line, #dfe2ec); --_edge: var(--callback-edge, #868da3);
  --_error: var(--callback-error, #b3261e); --_success: var(--callback-success, #0f7a4b);
  --_radius: var(--callback-radius, 12px);
  display: block; max-width: var(--callback-width, 27rem); color: var(--_text);
  font: 1rem/1.5 var(--callback-font, inherit); text-align: start;
}
@supports (color: light-dark(red, red)) {
  :host {
    --_accent: var(--callback-accent, light-dark(#3346d3, #a9b6ff));
    --_on-accent: var(--callback-on-accent, light-dark(#fff, #10142b));
    --_surface: var(--callback-surface, light-dark(#fff, #181b25));
    --_field: var(--callback-field, light-dark(#fff, #10131b));
    --_text: var(--callback-text, light-dark(#171a26, #eef0f7));
    --_muted: var(--callback-muted, light-dark(#585e73, #a9afc3));
    --_line: var(--callback-line, light-dark(#dfe2ec, #333847));
    --_edge: var(--callback-edge, light-dark(#868da3, #767d94));
    --_error: var(--callback-error, light-dark(#b3261e, #ffb4ab));
    --_success: var(--callback-success, light-dark(#0f7a4b, #7fdcae));
  }
}
:host([hidden]) { display: none; }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([theme="auto"]) { color-scheme: light dark; }
*, ::before, ::after { box-sizing: border-box; }
.card {
  background: var(--_surface); border: 1px solid var(--_line); border-radius: calc(var(--_radius) * 1.5);
  padding: 1.5rem; box-shadow: 0 1px 2px #0000000d, 0 12px 32px -12px #0000002e;
  overflow-wrap: anywhere; accent-color: var(--_accent);
}
h2, h3, p, ol, ul, fieldset { margin: 0; padding: 0; border: 0; min-width: 0; }
ol, ul { list-style: none; }
h2 { display: flex; gap: .75rem; align-items: center; font-size: 1.25rem; line-height: 1.25; }
h3 { font-size: 1.0625rem; line-height: 1.35; outline-offset: 4px; }
svg { flex: none; width: 1.25em; height: 1.25em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
h2 svg { width: 2.5rem; height: 2.5rem; padding: .55rem; border-radius: 50%; color: var(--_on-accent); background: var(--_accent); }
[dir="rtl"] .arrow svg { transform: scaleX(-1); }
.view, .stack { display: grid; gap: 1.125rem; grid-template-columns: minmax(0, 1fr); }
.view { margin-top: 1.25rem; animation: rise .25s ease-out; }
.stack { gap: .625rem; }
@keyframes rise { from { opacity: 0; transform: translateY(6px); } }
.muted { color: var(--_muted); font-size: .875rem; font-weight: 400; }
.field > .muted::first-letter { text-transform: uppercase; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible, input:focus-visible + .face { outline: 3px solid var(--_accent); outline-offset: 2px; }
h3:focus-visible { outline: none; }
button, input, select { font: inherit; color: inherit; min-height: 2.875rem; border-radius: var(--_radius); }
button { cursor: pointer; padding: .6rem 1rem; border: 1px solid transparent; background: none; }
.primary { flex: 1 1 9rem; font-weight: 600; color: var(--_on-accent); background: var(--_accent); border-color: var(--_accent); }
.primary:hover, .choice:hover { filter: brightness(1.06); }
.quiet { color: var(--_accent); font-weight: 600; border-color: var(--_line); }
[aria-disabled="true"] { cursor: default; opacity: .72; }
.choice { display: flex; gap: .75rem; align-items: center; width: 100%; padding: .8rem 1rem; text-align: start; background: var(--_field); border-color: var(--_edge); }
.choice > span { flex: 1; font-weight: 600; }
.choice .muted { display: block; }
.choice svg { color: var(--_accent); }
.choice:hover, .face:hover { border-color: var(--_accent); }
.row { display: flex; flex-wrap: wrap; gap: .625rem; align-items: center; }
legend { padding: 0; font-weight: 600; margin-bottom: .5rem; }
.days, .times { display: grid; gap: .5rem; }
.days { grid-template-columns: repeat(auto-fill, minmax(5.75rem, 1fr)); }
.times { grid-template-columns: repeat(auto-fill, minmax(5.5rem, 1fr)); max-height: 15.5rem; overflow-y: auto; padding: 5px; margin: -5px; }
.chip { position: relative; display: grid; }
.chip input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.face { display: grid; place-content: center; text-align: center; min-height: 2.75rem; padding: .25rem .4rem; line-height: 1.25; font-size: .9375rem; background: var(--_field); border: 1px solid var(--_edge); border-radius: var(--_radius); font-variant-numeric: tabular-nums; }
.face small { font-size: .75rem; color: var(--_muted); }
.face small::first-letter { text-transform: uppercase; }
input:checked + .face, input:checked + .face small { color: var(--_on-accent); background: var(--_accent); border-color: var(--_accent); font-weight: 600; }
.field { display: grid; gap: .3rem; grid-template-columns: minmax(0, 1fr); }
label { font-weight: 600; }
.field input, select { width: 100%; padding: .5rem .8rem; background: var(--_field); border: 1px solid var(--_edge); }
.phone { display: grid; grid-template-columns: minmax(0, 1fr); gap: .5rem; }
.phone:has(select) { grid-template-columns: minmax(5.5rem, 2fr) minmax(9.5rem, 3fr); }
.field input[type="tel"] { font-variant-numeric: tabular-nums; letter-spacing: .01em; }
select { text-overflow: ellipsis; }
[aria-invalid="true"], .field input[aria-invalid="true"] { border-color: var(--_error); box-shadow: inset 0 0 0 1px var(--_error); }
.check { display: grid; grid-template-columns: auto 1fr; gap: .1rem .75rem; align-items: start; }
.check input { width: 1.5rem; height: 1.5rem; min-height: 0; margin: 0; }
.check > :not(input, label) { grid-column: 2; }
.error, .alert { color: var(--_error); font-size: .9375rem; font-weight: 600; }
.error:empty, .alert:empty, .note:empty { display: none; }
.alert { padding: .75rem 1rem; border: 1px solid; border-inline-start-width: 4px; border-radius: var(--_radius); }
.summary { padding: .7rem 1rem; border-radius: var(--_radius); background: color-mix(in srgb, var(--_accent) 9%, var(--_surface)); font-size: .9375rem; }
.status { font-weight: 600; font-size: 1.125rem; line-height: 1.35; }
.marks { display: grid; gap: 0; }
.marks li { position: relative; padding: .1rem 0 1rem; padding-inline-start: 2rem; color: var(--_muted); }
.marks li:last-child { padding-bottom: 0; }
.marks li::before { content: ""; position: absolute; inset-inline-start: .25rem; top: .4rem; width: .9rem; height: .9rem; border: 2px solid var(--_edge); border-radius: 50%; background: var(--_surface); z-index: 1; }
.marks li:not(:last-child)::after { content: ""; position: absolute; inset-inline-start: calc(.7rem - 1px); top: .6rem; bottom: -.6rem; border-inline-start: 2px solid var(--_line); }
.marks .past::before { border-color: var(--_success); background: var(--_success); }
.marks .past:not(:last-child)::after { border-color: var(--_success); }
.marks [aria-current] { color: var(--_text); font-weight: 600; }
.marks [aria-current]::before { border-color: var(--_accent); background: var(--_accent); animation: pulse 1.6s infinite; }
@keyframes pulse { 70%, to { box-shadow: 0 0 0 .5rem transparent; } from { box-shadow: 0 0 0 0 var(--_accent); } }
.ended.Success .status { color: var(--_success); }
@media (max-width: 24rem) { .card { padding: 1.125rem; } }
@media (forced-colors: active) {
  input:checked + .face, .marks .past::before, .marks [aria-current]::before { outline: 3px solid Highlight; forced-color-adjust: none; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; } }
`;

// -------------------------------------------------------------------------- 6 The element

/** Scripts of CAPTCHAs and the names of their interfaces; `render` and `reset` are common. */
const CAPTCHAS = {
  turnstile: ["https://challenges.cloudflare.com/turnstile/v0/api.js", "turnstile"],
  hcaptcha: ["https://js.hcaptcha.com/1/api.js", "hcaptcha"],
  recaptcha: ["https://www.google.com/recaptcha/api.js", "grecaptcha"],
};
/** The form's field for each member of a request; answers have fields of their own. */
const FIELDS = { number: "number", option: "option", start_time: "slot", sms_optin: "sms", captcha_token: "captcha" };
/** How many marks of the progress a status has behind it. */
const MARKS = { "Calling Target": 1, Holding: 1, "Error Callback": 1, "Calling Client": 2, "Call In Progress": 3, Success: 4 };
/** How long an answer may take, and for how long a request cut off by a reload is resumed; ms. */
const PATIENCE = 45e3;
const RESUMABLE = 120e3;

const sheet = globalThis.CSSStyleSheet && new CSSStyleSheet();
sheet?.replaceSync(CSS);

export class CallbackWidget extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = ["api", "profile", "option", "lang", "heading"];
  /** Words by language; add one with `CallbackWidget.languages.de = {title: …}`. */
  static languages = LANGUAGES;

  #strings = {};
  #form = null; // the profile, as the API gives it
  #slots = null; // those of the option; null: not read yet
  #values = {}; // what was entered: option, slot, country, number, sms, answers
  #attempt = null; // {key, body, values, at}: one Idempotency-Key for one body
  #call = null; // {id, status, final, start_time, end_time, ending}
  #captcha = null; // {api, id, token}
  #view = "";
  #fields = new Map(); // the view's fields: name -> {control, error}
  #heading = null; // the view's heading, alert, submit button
  #alert = null;
  #button = null;
  #live = h("p", { class: "sr", role: "status" });
  #card = h("section", { class: "card", part: "card", "aria-labelledby": "title" });
  #turn = 0; // goes up when what is under way is of no interest any more
  #timer = 0;
  #heldUntil = 0; // no sending before
  #isNumberHeld = false;
  #busy = false;
  #progress = null; // the parts of the progress that change

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#card);
  }

  connectedCallback() {
    const early = Object.getOwnPropertyDescriptor(this, "strings"); // set before the upgrade
    if (early && delete this.strings) this.strings = early.value;
    document.addEventListener("visibilitychange", this.#look);
    this.#load();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#look);
    this.#turn++;
    this.#rest();
  }

  attributeChangedCallback(name, before, value) {
    if (!this.#view || before === value) return;
    if (name === "lang" || name === "heading") this.#show(this.#view);
    else this.#load();
  }

  // ---- For the page

  /** Words of this element's own, by the names in WORDS. */
  get strings() {
    return this.#strings;
  }

  set strings(strings) {
    this.#strings = strings ?? {};
    if (this.#view) this.#show(this.#view);
  }

  /** The call-back that is followed: {id, status, final, startTime}, or null. */
  get callback() {
    const { id, status, final, start_time: startTime } = this.#call ?? {};
    return id ? { id, status, final, startTime } : null;
  }

  /** Fill in what the page knows: {option, number, questions: {key: answer}}. */
  prefill({ questions, ...values }) {
    Object.assign(this.#values.answers, questions);
    Object.assign(this.#values, values);
    if (this.#fields.size) this.#show(this.#view);
  }

  /** Begin anew; a call-back that is followed is forgotten, not cancelled. */
  reset() {
    this.#call = this.#attempt = null;
    this.#remember();
    this.#load();
  }

  /** Cancel the call-back that is followed. */
  async cancel() {
    if (!this.#call || this.#call.final) return;
    const turn = this.#turn;
    const answer = await this.#request(`callbacks/${this.#call.id}/cancel`, { method: "POST" });
    if (turn !== this.#turn) return;
    if (answer.ok) return this.#follow({ status: "Canceled", final: true });
    this.#report(answer);
    if (answer.code === "callback_final") return this.#poll();
    this.#offerCancel();
    this.#say(this.#t(answer.code));
  }

  focus() {
    (this.#card.querySelector("input, .choice, button") ?? this.#heading)?.focus();
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #report({ code, status, data }) {
    this.#tell("callback-error", { code, status, errors: data.errors ?? [], requestId: data.request_id });
  }

  // ---- Words

  get #language() {
    return this.lang || this.#form?.language || document.documentElement.lang || "en";
  }

  /** The visitor's own variety of the widget's language, for dates and numbers. */
  get #locale() {
    const same = (each) => each.split("-")[0] === this.#language;
    return navigator.languages.find(same) ?? this.#language;
  }

  #t(name, values) {
    const { en, [this.#language.split("-")[0]]: own } = CallbackWidget.languages;
    const words = { ...en, ...own, ...this.#strings };
    return fill(words[name] ?? words[SAME[name]] ?? words.internal_error, values);
  }

  #format(options, start, end) {
    const format = new Intl.DateTimeFormat(this.#locale, options);
    return end ? format.formatRange(new Date(start), new Date(end)) : format.format(new Date(start));
  }

  #slotText({ start_time: start, end_time: end }) {
    const zone = this.#form && isElsewhere(this.#form.timezone, [start]) ? { timeZoneName: "short" } : {};
    const day = { weekday: "long", month: "long", day: "numeric" };
    return this.#format({ ...day, hour: "numeric", minute: "2-digit", ...zone }, start, end);
  }

  // ---- The API

  /** Ask, and resolve to {ok, status, code, data, wait} whatever happens. */
  async #request(path, { method, body, key } = {}) {
    const origin = this.getAttribute("api") || new URL(import.meta.url).origin;
    try {
      const answer = await fetch(`${origin.replace(/\/+$/, "")}/v1/${path}`, {
        method,
        body: body && JSON.stringify(body),
        headers: { ...(body && { "Content-Type": "application/json" }), ...(key && { "Idempotency-Key": key }) },
        credentials: "omit",
        signal: AbortSignal.timeout?.(PATIENCE),
      });
      const { ok, status, headers } = answer;
      const isJson = /json/.test(headers.get("Content-Type"));
      const data = isJson || (ok && status !== 204) ? await answer.json() : {};
      const code = ok ? "" : (data.code ?? (status < 500 ? "internal_error" : "lost"));
      return { ok, status, code, data, wait: Number(headers.get("Retry-After")) || 0 };
    } catch {
      return { ok: false, status: 0, code: navigator.onLine ? "lost" : "offline", data: {}, wait: 0 };
    }
  }

  get #path() {
    return `profiles/${encodeURIComponent(this.getAttribute("profile") || "default")}`;
  }

  // ---- What a reload leaves: the call-back that is followed, the request under way

  get #memory() {
    return `callback-widget ${this.getAttribute("api") ?? ""} ${this.#path}`;
  }

  #remember() {
    const kept = { call: this.#call?.final ? null : this.#call, attempt: this.#attempt };
    try {
      sessionStorage.setItem(this.#memory, JSON.stringify(kept));
    } catch {
      // storage is denied here: a reload will begin anew
    }
  }

  #recall() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#memory)) ?? {};
    } catch {
      return {};
    }
  }

  // ---- Showing

  /** Show a view; `focus`: move the focus to its heading, for a step the visitor took. */
  #show(view, { focus = false, alert = "" } = {}) {
    this.#rest();
    this.#fields.clear();
    this.#view = view;
    const [heading, content, submit] = this.#views[view]();
    const step = this.#form ? this.#steps.indexOf(view) + 1 : 0;
    this.#heading = heading && h("h3", { part: "heading", tabindex: -1 }, heading);
    this.#alert = h("p", { class: "alert", part: "alert", role: "alert" }, alert);
    this.#live.textContent = "";
    this.#card.lang = this.#language;
    this.#card.dir = this.dir || (RIGHT_TO_LEFT.test(this.#language) ? "rtl" : "ltr");
    const send = (event) => {
      event.preventDefault();
      if (!this.#busy && Date.now() >= this.#heldUntil) submit();
    };
    this.#card.replaceChildren(
      h("h2", { id: "title", part: "title" }, icon(PHONE), this.getAttribute("heading") || this.#t("title")),
      this.#live,
      h(
        submit ? "form" : "div",
        { class: "view", part: view, novalidate: !!submit, onsubmit: send },
        h(
          "div",
          {},
          step && this.#steps.length > 1
            ? h("p", { class: "muted", part: "step" }, this.#t("step", { n: step, m: this.#steps.length }))
            : null,
          this.#heading,
        ),
        this.#alert,
        content,
      ),
    );
    if (focus) this.#heading?.focus();
  }

  #say(text) {
    this.#alert.textContent = text;
  }

  /** Show what is wrong with fields: name -> text; go to the first. */
  #blame(faults) {
    for (const [name, { control, error }] of this.#fields) {
      error.textContent = faults[name] ?? "";
      control.setAttribute("aria-invalid", name in faults);
    }
    const first = [...this.#fields].find(([name]) => name in faults);
    first?.[1].control.focus();
    return !!first;
  }

  #clear(name) {
    const { control, error } = this.#fields.get(name);
    error.textContent = "";
    control.removeAttribute("aria-invalid");
  }

  /** Let the button count down before it may be used again. */
  #hold(wait) {
    const button = this.#button;
    const label = button.textContent;
    this.#heldUntil = Date.now() + wait * 1000;
    button.setAttribute("aria-disabled", true);
    const tick = () => {
      const left = Math.ceil((this.#heldUntil - Date.now()) / 1000);
      if (left > 0) return (button.textContent = this.#t("wait", { time: minutes(left) }));
      this.#rest();
      button.textContent = label;
      button.removeAttribute("aria-disabled");
      this.#say("");
      this.#live.textContent = this.#t("ready");
    };
    this.#timer = setInterval(tick, 250);
    tick();
  }

  #rest() {
    clearTimeout(this.#timer); // of an interval, too
    this.#heldUntil = 0;
  }

  #primary(name, onclick) {
    const type = onclick ? "button" : "submit";
    return (this.#button = h("button", { class: "primary", part: "button", type, onclick }, this.#t(name)));
  }

  #quiet(name, onclick) {
    return h("button", { class: "quiet", part: "button-quiet", type: "button", onclick }, this.#t(name));
  }

  #choice(name, hint, onclick) {
    const words = h("span", {}, name, hint ? h("span", { class: "muted" }, hint) : null);
    return h("button", { class: "choice arrow", part: "choice", type: "button", onclick }, words, icon(ARROW));
  }

  #chip(name, checked, onchange, ...face) {
    const input = h("input", { type: "radio", name, checked, onchange });
    return h("label", { class: "chip" }, input, h("span", { class: "face", part: name }, ...face));
  }

  /** Make a field: label, control, hint, and the place for what is wrong with it. */
  #field(name, label, control, { hint, optional, around = control } = {}) {
    const error = h("p", { class: "error", part: "error", id: `${name}-error` });
    control.id = name;
    control.setAttribute("aria-describedby", `${hint ? `${name}-hint ` : ""}${name}-error`);
    this.#fields.set(name, { control, error });
    const mark = optional ? h("span", { class: "muted" }, ` (${this.#t("optional")})`) : null;
    const isBox = control.type === "checkbox";
    return h(
      "div",
      { class: isBox ? "check" : "field", part: "field" },
      isBox ? around : null,
      h("label", { for: name, part: "label" }, label, mark),
      isBox ? null : around,
      hint ? h("p", { class: "muted", part: "hint", id: `${name}-hint` }, hint) : null,
      error,
    );
  }

  #views = {
    loading: () => [null, h("p", { class: "muted", role: "status" }, this.#t("loading"))],
    failed: () => [null, this.#primary("retry", () => this.#heldUntil > Date.now() || this.#load())],
    closed: () => [null, h("p", { part: "status" }, this.#t("profile_paused"))],
    about: () => [this.#t("about"), this.#optionList()],
    when: () => this.#whenView(),
    details: () => this.#detailsView(),
    unknown: () => [
      this.#t("outcome_unknown"),
      [h("p", { part: "status" }, this.#t("unknownText")), this.#primary("anew", () => this.#askAgain())],
    ],
    progress: () => this.#progressView(),
  };

  // ---- Loading

  async #load() {
    const turn = ++this.#turn;
    const values = { answers: {}, number: this.getAttribute("number") ?? "" };
    const { call = null, attempt = null } = this.#recall();
    this.#form = this.#slots = null;
    this.#values = attempt?.values ?? values;
    this.#call = call;
    this.#attempt = attempt;
    this.#busy = false;
    this.#show("loading");
    const answer = await this.#request(this.#path);
    if (turn !== this.#turn) return;
    if (answer.ok) this.#form = answer.data;
    if (call) return this.#show("progress");
    if (!answer.ok) return this.#fail(answer);
    if (!this.#options.length) return this.#show("closed");
    if (!attempt) return this.#show(this.#steps[0]);
    this.#show("details");
    if (Date.now() - attempt.at < RESUMABLE) this.#post();
    else this.#lose({ code: "lost" });
  }

  #fail(answer) {
    this.#report(answer);
    this.#show("failed", { alert: this.#t(answer.code) });
    if (answer.wait) this.#hold(answer.wait);
  }

  /** The options that can be asked for, now or later. */
  get #options() {
    const { status, scheduling, options } = this.#form;
    const open = (each) => each.status === "active" || (each.status === "closed" && scheduling);
    return status === "paused" ? [] : options.filter(open);
  }

  /** The option the page names, the one chosen, or the only one there is. */
  get #option() {
    const [only, ...others] = this.#options;
    const wanted = this.#values.option ?? this.getAttribute("option");
    return this.#options.find((each) => each.id === wanted) ?? (others.length ? undefined : only);
  }

  get #steps() {
    const named = this.#options.some((each) => each.id === this.getAttribute("option"));
    const asked = !named && this.#options.length > 1;
    return [...(asked ? ["about"] : []), ...(this.#form.scheduling ? ["when"] : []), "details"];
  }

  /** Go on, or back, from the view that is shown. */
  #go(by) {
    this.#show(this.#steps[this.#steps.indexOf(this.#view) + by], { focus: true });
  }

  #backButton() {
    return this.#steps.indexOf(this.#view) > 0 ? this.#quiet("back", () => this.#go(-1)) : null;
  }

  // ---- Step: what is it about?

  #optionList() {
    const choose = (option) => {
      if (this.#option !== option) this.#slots = this.#values.slot = this.#values.country = null;
      this.#values.option = option.id;
      this.#go(1);
    };
    const item = (option) =>
      h("li", {}, this.#choice(option.name, option.status === "closed" && this.#t("closed"), () => choose(option)));
    return h("ul", { class: "stack", role: "list" }, this.#options.map(item));
  }

  // ---- Step: now, or when?

  #whenView() {
    const box = h("div", { class: "stack" });
    const isClosed = this.#option.status === "closed";
    const now = () => {
      this.#values.slot = null;
      this.#go(1);
    };
    this.#showSlots(box);
    if (!this.#slots) this.#readSlots(box);
    const submit = () => {
      if (this.#values.slot) this.#go(1);
      else this.#blame({ slot: this.#t("slot_required") });
    };
    const choice = isClosed ? null : this.#choice(this.#t("now"), this.#t("nowHint"), now);
    return [this.#t("when"), [choice, box].filter(Boolean), submit];
  }

  async #readSlots(box) {
    const turn = this.#turn;
    const answer = await this.#request(`${this.#path}/options/${this.#option.id}/slots`);
    if (turn !== this.#turn || !box.isConnected) return;
    if (answer.ok) {
      this.#slots = answer.data.slots;
      return this.#showSlots(box);
    }
    this.#report(answer);
    const retry = this.#quiet("retry", () => this.#show("when", { focus: true }));
    box.replaceChildren(h("p", { class: "error", role: "alert" }, this.#t(answer.code)), retry);
  }

  /** Show the days, and the times of one of them. */
  #showSlots(box) {
    const slots = this.#slots;
    const back = this.#backButton();
    if (!slots?.length) {
      const text = h("p", { class: "muted", role: "status" }, this.#t(slots ? "noSlots" : "loading"));
      return box.replaceChildren(text, h("div", { class: "row" }, back ?? ""));
    }
    const chosen = slots.find((each) => each.start_time === this.#values.slot?.start_time);
    this.#values.slot = chosen;
    const days = [...new Map(slots.map((each) => [dayOf(each.start_time), each])).keys()];
    const first = (day) => slots.find((each) => dayOf(each.start_time) === day).start_time;
    const times = h("fieldset", { role: "radiogroup", id: "slot", tabindex: -1, "aria-describedby": "slot-error" });
    const error = h("p", { class: "error", part: "error", id: "slot-error" });
    this.#fields.set("slot", { control: times, error });
    let shown = dayOf((chosen ?? slots[0]).start_time);
    const pick = (day) => {
      shown = day;
      this.#showTimes(times, slots.filter((each) => dayOf(each.start_time) === day));
    };
    const dayChip = (day) => {
      const ahead = daysAhead(first(day));
      const near = new Intl.RelativeTimeFormat(this.#locale, { numeric: "auto" }).format(ahead, "day");
      const name = ahead < 2 ? near : this.#format({ weekday: "long" }, first(day));
      const date = this.#format({ month: "short", day: "numeric" }, first(day));
      return this.#chip("day", day === shown, () => pick(day), h("small", {}, name, h("span", { class: "sr" }, ", ")), date);
    };
    const legend = this.#t(this.#option.status === "closed" ? "pickClosed" : "pick");
    const zone = isElsewhere(this.#form.timezone, slots.map((each) => each.start_time))
      ? this.#t("zone", { zone: this.#zoneName(slots[0].start_time) })
      : null;
    pick(shown);
    box.replaceChildren(
      h("fieldset", {}, h("legend", {}, legend), h("div", { class: "days" }, days.map(dayChip))),
      times,
      error,
      ...(zone ? [h("p", { class: "muted", part: "zone" }, zone)] : []),
      h("div", { class: "row" }, back ?? "", this.#primary("next")),
    );
  }

  #showTimes(times, slots) {
    const plain = { hour: "numeric", minute: "2-digit" };
    const texts = slots.map((each) => this.#format(plain, each.start_time));
    // The hour that a clock goes through twice is told apart by its zone.
    const options = new Set(texts).size < texts.length ? { ...plain, timeZoneName: "short" } : plain;
    const choose = (slot) => {
      this.#values.slot = slot;
      this.#clear("slot");
    };
    const timeChip = (slot) => {
      const until = h("span", { class: "sr" }, ` ${this.#t("to")} ${this.#format(options, slot.end_time)}`);
      const text = this.#format(options, slot.start_time);
      return this.#chip("slot", slot === this.#values.slot, () => choose(slot), h("span", {}, text, until));
    };
    const day = this.#format({ weekday: "long", month: "long", day: "numeric" }, slots[0].start_time);
    times.replaceChildren(h("legend", {}, day), h("div", { class: "times" }, slots.map(timeChip)));
  }

  #zoneName(time) {
    const format = new Intl.DateTimeFormat(this.#locale, { timeZoneName: "longGeneric" });
    return format.formatToParts(new Date(time)).find((part) => part.type === "timeZoneName").value;
  }

  // ---- Step: number, questions, consent

  #detailsView() {
    const { sms, scheduling, questions } = this.#form;
    const { slot } = this.#values;
    const when = scheduling && (slot ? this.#slotText(slot) : this.#t("now"));
    const summary = [this.#options.length > 1 && this.#option?.name, when].filter(Boolean).join(" · ");
    const content = [
      summary ? h("p", { class: "summary", part: "summary" }, summary) : null,
      this.#numberField(),
      sms ? this.#smsField() : null,
      questions.map((question, n) => this.#questionField(question, `q${n}`)),
      this.#captchaField(),
      h("div", { class: "row" }, this.#backButton() ?? "", this.#primary(slot ? "book" : "send")),
    ];
    return [this.#t("details"), content.flat().filter(Boolean), () => this.#send()];
  }

  /** The calling code that digits are read with when they come without one. */
  get #defaultCode() {
    return this.#option?.default_country ?? this.#form.default_country;
  }

  /** The ISO codes to choose from: the profile's, and where the option's own code leads. */
  get #countries() {
    const allowed = this.#form.countries ?? [...CALLING_CODES.keys()];
    const own = [...CALLING_CODES].find(([, code]) => code === this.#defaultCode)?.[0];
    const known = allowed.filter((country) => CALLING_CODES.has(country));
    return known.some((country) => CALLING_CODES.get(country) === this.#defaultCode) || !own ? known : [own, ...known];
  }

  #numberField() {
    const countries = this.#countries;
    const fits = (country) => countries.includes(country) && CALLING_CODES.get(country) === this.#defaultCode;
    const region = new Intl.Locale(navigator.language).region;
    const main = fits(region) ? region : [...CALLING_CODES.keys()].find(fits);
    if (!countries.includes(this.#values.country)) this.#values.country = main ?? countries[0];
    const input = h("input", { type: "tel", autocomplete: "tel", dir: "ltr", part: "input", "aria-required": "true" });
    const write = (text) => {
      const behind = digitsOf(text.slice(input.selectionEnd)).length;
      this.#values.number = input.value = this.#group(text, countries);
      if (picker) picker.value = this.#values.country;
      let caret = input.value.length;
      for (let left = behind; left > 0; caret--) left -= /\d/.test(input.value[caret - 1]);
      if (input.matches(":focus")) input.setSelectionRange(caret, caret);
    };
    const picker = countries.length > 1 ? this.#countryPicker(countries, () => write(input.value)) : null;
    input.addEventListener("input", () => {
      write(input.value);
      this.#clear("number");
      if (this.#isNumberHeld) this.#heldUntil = 0; // another number need not wait
    });
    write(this.#values.number);
    return this.#field("number", this.#t("number"), input, { around: h("div", { class: "phone" }, picker, input) });
  }

  #countryPicker(countries, onchange) {
    const names = new Intl.DisplayNames(this.#locale, { type: "region" });
    const named = countries.map((country) => [names.of(country), country]);
    const option = ([name, value]) => h("option", { value }, `+${CALLING_CODES.get(value)} ${name}`);
    const choose = ({ target }) => {
      this.#values.country = target.value;
      onchange();
    };
    const attributes = { part: "input", "aria-label": this.#t("country"), autocomplete: "country", onchange: choose };
    return h("select", attributes, named.sort(([a], [b]) => a.localeCompare(b)).map(option));
  }

  /** Group digits as the country writes them; a whole number with + finds its country. */
  #group(text, countries) {
    let digits = digitsOf(text);
    if (text.trim().startsWith("+")) {
      const begins = (country) => digits.startsWith(CALLING_CODES.get(country));
      const found = digits.length > 6 && [this.#values.country, ...countries].find((each) => each && begins(each));
      if (!found) return `+${digits}`;
      this.#values.country = found;
      digits = digits.slice(CALLING_CODES.get(found).length);
    }
    return groupDigits(digits, CALLING_CODES.get(this.#values.country) ?? this.#defaultCode);
  }

  /** The digits to send: with their country's code, unless it is the one they are read with. */
  get #digits() {
    const { number, country } = this.#values;
    const digits = digitsOf(number);
    const code = CALLING_CODES.get(country) ?? this.#defaultCode;
    return !digits || number.startsWith("+") || code === this.#defaultCode ? digits : code + digits;
  }

  #smsField() {
    const choose = ({ target }) => (this.#values.sms = target.checked);
    const box = h("input", { type: "checkbox", checked: this.#values.sms, onchange: choose });
    return this.#field("sms", this.#t("sms"), box, { hint: this.#t("smsHint") });
  }

  /** The answer as entered, or as the page or the profile gives it. */
  #answer({ key, type, default: own }) {
    const answer = this.#values.answers[key] ?? this.getAttribute(`data-question-${key}`) ?? own ?? "";
    return type === "numeric_input" ? answer.replace(/[\s-]/g, "") : answer;
  }

  #questionField(question, name) {
    const { key, visible, editable, type } = question;
    if (!visible) return null;
    const value = this.#answer(question);
    if (!editable && value) {
      return h("div", { class: "field", part: "field" }, h("b", {}, question.name), h("span", { part: "answer" }, value));
    }
    const isNumeric = type === "numeric_input";
    const write = ({ target }) => {
      this.#values.answers[key] = target.value;
      this.#clear(name);
    };
    const isRequired = this.#isRequired(question);
    const input = h("input", {
      value,
      part: "input",
      inputmode: isNumeric ? "numeric" : null,
      autocomplete: isNumeric ? "off" : null,
      "aria-required": `${isRequired}`,
      oninput: write,
    });
    return this.#field(name, question.name, input, { hint: this.#lengths(question), optional: !isRequired });
  }

  #isRequired({ required, type, default: own }) {
    return required && type !== "recorded_message" && !own;
  }

  /** Say how long an answer is to be: "4 to 10 digits". */
  #lengths({ type, min_length: min, max_length: max }) {
    const unit = this.#t(type === "numeric_input" ? "digits" : "characters");
    if (min > 0 && max > 0) return this.#t("range", { min, max, unit });
    return max > 0 ? this.#t("most", { max, unit }) : min > 0 ? this.#t("least", { min, unit }) : "";
  }

  // ---- CAPTCHA: in the light DOM, where its provider's script expects to be

  #captchaField() {
    const { captcha } = this.#form;
    if (!captcha || (captcha.mode === "step_up" && !this.#captcha)) return null;
    if (!this.#captcha) this.#loadCaptcha(captcha);
    const box = h("div", { role: "group", tabindex: -1, "aria-label": this.#t("captcha") }, h("slot", { name: "captcha" }));
    return this.#field("captcha", this.#t("captcha"), box);
  }

  async #loadCaptcha({ provider, site_key: sitekey }) {
    const [src, name] = CAPTCHAS[provider];
    const box = h("div", { slot: "captcha" });
    const captcha = (this.#captcha = {});
    const set = (token) => {
      captcha.token = token;
      if (token && this.#fields.has("captcha")) this.#clear("captcha");
    };
    this.querySelector("[slot=captcha]")?.remove();
    this.append(box);
    try {
      if (!globalThis[name]) {
        await new Promise((onload, onerror) =>
          document.head.append(h("script", { src: `${src}?render=explicit`, onload, onerror })),
        );
      }
      captcha.api = globalThis[name];
      await new Promise((resolve) => (provider === "recaptcha" ? captcha.api.ready(resolve) : resolve()));
      const lost = () => set();
      const language = this.#language;
      captcha.id = captcha.api.render(box, {
        sitekey,
        language,
        hl: language,
        callback: set,
        "expired-callback": lost,
        "error-callback": lost,
      });
    } catch {
      this.#captcha = null; // showing the step again tries again
      this.#blame({ captcha: this.#t("captcha_unavailable") });
    }
  }

  // ---- Sending

  /** Check, make an attempt, send it. The same request again is the same attempt. */
  #send() {
    if (this.#blame(this.#faults())) return;
    const { option, slot, sms } = this.#values;
    const answers = this.#form.questions.map((each) => [each.key, this.#answer(each)]);
    const body = {
      number: this.#digits,
      option: this.#option?.id ?? option,
      start_time: slot?.start_time,
      sms_optin: this.#form.sms ? !!sms : undefined,
      questions: Object.fromEntries(answers.filter(([, answer]) => answer)),
    };
    if (JSON.stringify(this.#attempt?.body) !== JSON.stringify(body)) {
      const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"));
      this.#attempt = { key: key.join(""), body, values: this.#values, at: Date.now() };
    }
    this.#remember();
    this.#post();
  }

  /** What can be told to be wrong before anybody is asked. */
  #faults() {
    const faults = {};
    const digits = this.#digits;
    if (!digits) faults.number = this.#t("required");
    else if (digits.length < 5 || digits.length > 15) faults.number = this.#t("number_impossible");
    this.#form.questions.forEach((question, n) => {
      const [answer, hint] = [this.#answer(question), this.#lengths(question)];
      const { length } = [...answer];
      const { min_length: min, max_length: max } = question;
      let code = "";
      if (!answer) code = this.#isRequired(question) && "question_required";
      else if (question.type === "numeric_input" && /[^0-9]/.test(answer)) code = "question_not_digits";
      else if (length < min || (max > 0 && length > max)) code = "question_length";
      if (code) faults[`q${n}`] = this.#t(code, { hint });
    });
    if (this.#fields.has("captcha") && !this.#captcha?.token) faults.captcha = this.#t("captcha_required");
    return faults;
  }

  async #post() {
    const turn = this.#turn;
    const { key, body } = this.#attempt;
    const button = this.#button;
    const label = button.textContent;
    this.#busy = true;
    this.#say("");
    button.setAttribute("aria-disabled", true);
    this.#live.textContent = button.textContent = this.#t("sending");
    const captcha_token = this.#captcha?.token;
    const send = () => this.#request(`${this.#path}/callbacks`, { method: "POST", key, body: { ...body, captcha_token } });
    let answer = await send();
    while (answer.code === "idempotency_in_progress" && turn === this.#turn) {
      await new Promise((resolve) => setTimeout(resolve, 1000 * (answer.wait || 2)));
      answer = await send();
    }
    if (turn !== this.#turn) return;
    this.#busy = false;
    button.textContent = label;
    button.removeAttribute("aria-disabled");
    if (this.#captcha?.api && answer.status) {
      this.#captcha.api.reset(this.#captcha.id); // a token is good once
      this.#captcha.token = null;
    }
    this.#judge(answer);
  }

  #judge(answer) {
    if (answer.ok) return this.#started(answer.data);
    this.#report(answer);
    if (answer.code === "outcome_unknown") return this.#show("unknown", { focus: true });
    if (answer.code === "lost" || answer.code === "offline") return this.#lose(answer);
    this.#attempt = null; // refused: nothing will ring for it
    this.#remember();
    this.#refuse(answer);
  }

  /** No answer came: whether the request arrived is not known, its key makes another try safe. */
  #lose({ code }) {
    this.#say(`${this.#t(code)} ${this.#t("twice")}`);
    this.#button.textContent = this.#t("retry");
  }

  #refuse({ code, data, wait }) {
    const option = this.#option;
    const again = (view, alert) => this.#show(view, { focus: true, alert: this.#t(alert) });
    const step = (view) => (this.#steps.includes(view) ? view : "closed");
    this.#isNumberHeld = data.scope === "number";
    switch (code) {
      case "validation_failed":
        return this.#point(data.errors);
      case "slot_unavailable":
        this.#slots = data.slots;
        this.#show("when");
        return this.#blame({ slot: this.#t(code) }) || again("when", code);
      case "option_closed":
        option.status = "closed";
        return again(step("when"), code);
      case "option_paused":
        option.status = "paused";
        return again(step("about"), code);
      case "profile_paused":
        this.#form.status = "paused";
        return again("closed", "");
      case "rate_limited":
        if (this.#isNumberHeld) this.#blame({ number: this.#t("rate_limited_number") });
        else this.#say(this.#t(data.scope === "global" ? "rate_limited_global" : code));
        break;
      default:
        this.#say(this.#t(code));
    }
    if (wait) this.#hold(wait);
  }

  /** Show each error of a refused request where it belongs. */
  #point(errors) {
    const { questions, captcha } = this.#form;
    const faults = {};
    let show = "";
    for (const { pointer, code } of errors) {
      const [, member, key] = pointer.split("/").map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"));
      const n = questions.findIndex((each) => each.key === key);
      const question = questions[n];
      const name = question ? `q${n}` : FIELDS[member];
      if (question && !question.visible) show = question.visible = question.editable = "details"; // must be asked after all
      if (name === "option") show = "about";
      if (name === "slot") {
        show = code === "scheduling_not_enabled" ? "details" : "when";
        this.#slots = this.#values.slot = null;
        this.#form.scheduling = show === "when";
      }
      if (name === "captcha" && captcha && !this.#captcha) {
        this.#captcha = {};
        this.#loadCaptcha(captcha);
        show = "details";
      }
      faults[name] = this.#t(code, { hint: question && this.#lengths(question) });
    }
    if (show) this.#show(this.#steps.includes(show) ? show : "details", { focus: true });
    const placed = this.#blame(faults);
    const elsewhere = Object.keys(faults).filter((name) => !this.#fields.has(name));
    if (elsewhere.length || !placed) this.#say(faults[elsewhere[0]] ?? this.#t("validation_failed"));
  }

  #askAgain() {
    this.#attempt = null;
    this.#remember();
    this.#show("details", { focus: true });
  }

  // ---- Following

  #started({ id, start_time }) {
    const { slot, option } = this.#attempt.values;
    const status = start_time ? "Scheduled" : "Initialization";
    const ending = this.#attempt.body.number.slice(-4);
    this.#call = { id, status, final: false, start_time, end_time: slot?.end_time, ending, duration: 0 };
    this.#attempt = null;
    this.#remember();
    this.#tell("callback-started", { id, startTime: start_time, option });
    this.#show("progress", { focus: true });
  }

  #progressView() {
    const status = h("p", { class: "status", part: "status", role: "status" });
    this.#progress = { status, hint: h("p", { class: "muted" }), marks: h("ol", { class: "marks", part: "progress" }), row: h("div", { class: "row" }) };
    this.#drawProgress();
    this.#offerCancel();
    if (!this.#call.final) this.#poll();
    const { hint, marks, row } = this.#progress;
    return [this.#t("following"), [h("div", {}, status, hint), marks, row]];
  }

  #drawProgress() {
    const { status, final, start_time, ending, duration } = this.#call;
    const { status: line, hint, marks } = this.#progress;
    const text = this.#t(status);
    if (line.textContent !== text) line.textContent = text; // announced once
    const planned = status === "Scheduled" && start_time ? this.#slotText(this.#call) : "";
    hint.textContent = final ? "" : [planned, ending && this.#t("ending", { n: ending })].filter(Boolean).join(" · ");
    const at = MARKS[status] ?? 0;
    const mark = (n) => {
      const isHere = n === at;
      const time = isHere && n && duration ? ` · ${minutes(duration)}` : "";
      const done = n < at ? h("span", { class: "sr" }, ` (${this.#t("done")})`) : "";
      return h("li", { class: n < at ? "past" : null, "aria-current": isHere ? "step" : null }, this.#t(`mark${n}`), time, done);
    };
    marks.hidden = final && status !== "Success";
    marks.replaceChildren(...[0, 1, 2, 3].map(mark));
  }

  /** Put what can be done under the progress: cancel, then begin anew. */
  #offerCancel(focus = false) {
    const { status, final } = this.#call;
    const ask = () => {
      const keep = this.#quiet("no", () => this.#offerCancel(true));
      const cancel = this.#primary("yes", () => {
        this.#button.setAttribute("aria-disabled", true);
        this.cancel();
      });
      this.#progress.row.replaceChildren(h("p", { role: "alert" }, this.#t("sure")), cancel, keep);
      keep.focus();
    };
    const button = final
      ? this.#primary("again", () => this.reset())
      : this.#quiet("cancel", ask);
    this.#progress.row.replaceChildren(...(status === "Call In Progress" ? [] : [button]));
    if (focus) button.focus();
  }

  /** Take note of where the call-back stands. */
  #follow(news) {
    const before = this.#call.status;
    Object.assign(this.#call, news);
    this.#remember();
    const { id, status, final } = this.#call;
    if (status !== before) {
      this.#tell("callback-status", { id, status, final });
      if (final || status === "Call In Progress") {
        const hadFocus = this.#progress.row.contains(this.shadowRoot.activeElement);
        this.#offerCancel();
        if (hadFocus) this.#heading.focus();
      }
    }
    this.#say("");
    this.#drawProgress();
  }

  async #poll() {
    clearTimeout(this.#timer);
    const [turn, call] = [this.#turn, this.#call];
    const answer = await this.#request(`callbacks/${call.id}`);
    if (turn !== this.#turn || call !== this.#call || call.final) return;
    if (answer.ok) this.#follow(answer.data);
    else {
      this.#report(answer);
      if (answer.status === 404) return this.#follow({ status: "unknown_callback", final: true });
      this.#say(this.#t("still"));
    }
    const wait = Math.max(answer.wait || (answer.ok ? 2 : 5), document.hidden ? 15 : 0);
    if (!call.final) this.#timer = setTimeout(() => this.#poll(), wait * 1000);
  }

  /** The page is looked at again: so is the call-back. */
  #look = () => {
    if (!document.hidden && this.#view === "progress" && !this.#call.final) this.#poll();
  };
}

if (globalThis.customElements && !/[?&]define=no\b/.test(import.meta.url) && !customElements.get("callback-widget")) {
  customElements.define("callback-widget", CallbackWidget);
}
