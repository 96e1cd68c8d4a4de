/** How the widget looks; the page may set its properties and style its parts (docs/website.md). */

/** Colours for all, and for light and dark where a browser tells them apart. */
const COLOURS = {
  accent: ["#3346d3", "#a9b6ff"],
  "on-accent": ["#fff", "#10142b"],
  surface: ["#fff", "#181b25"],
  text: ["#171a26", "#eef0f7"],
  muted: ["#585e73", "#a9afc3"],
  line: ["#dfe2ec", "#333847"],
  edge: ["#868da3", "#767d94"],
  error: ["#b3261e", "#ffb4ab"],
};
const colours = (/** @type {(light: string, dark: string) => string} */ write) =>
  Object.entries(COLOURS).map(([name, [light, dark]]) => `--_${name}: var(--callback-${name}, ${write(light, dark)});`).join(" ");

const RESET = `all: initial; font-family: var(--callback-font, inherit); font-size: max(16px, 1rem); line-height: 1.5; text-align: start;
  color-scheme: inherit;`;

const CSS = `
:host { ${RESET} ${colours((light) => light)} --_radius: var(--callback-radius, 12px); display: block; max-width: var(--callback-width, 27rem); }
@supports (color: light-dark(#000, #fff)) { :host { ${colours((light, dark) => `light-dark(${light}, ${dark})`)} } }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([theme="auto"]) { color-scheme: light dark; }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; padding: 0; border: 0 solid; min-width: 0; font: inherit; color: inherit; letter-spacing: inherit; }
.card {
  ${RESET} box-sizing: border-box; display: grid; align-content: start; min-height: var(--callback-height, 28em); gap: 1.25em; padding: 1.5em; overflow-wrap: anywhere; accent-color: var(--_accent); color: var(--_text);
  background: var(--_surface); border: 1px solid var(--_line); border-radius: calc(var(--_radius) * 1.5); box-shadow: 0 12px 32px -12px #0003;
}
h2, h3, b, label, .label, legend, .alert, .error, .status, .quiet, .primary { font-weight: 600; }
h2, h3, .status { font-size: 1.1em; line-height: 1.35; }
h2, .choice, .row { display: flex; gap: .7em; align-items: center; }
h2 { font-size: 1.25em; position: relative; }
h2::before, h2::after { content: ""; flex: none; width: 40px; height: 40px; border-radius: 50%; background: var(--_accent); }
h2::after { position: absolute; inset-inline-start: 0; background: var(--_on-accent); scale: .55; clip-path: path("M9 14.5a24 24 0 0 0 12 12l4-4q1-1 2-.5 3 1 7 1 2 0 2 2v7q0 2-2 2A31 31 0 0 1 3 4q0-2 2-2h7q2 0 2 2 0 4 1 7 .5 1-.5 2Z"); }
.form, .view, .stack, .field { display: grid; grid-template-columns: minmax(0, 1fr); gap: .65em; }
.form, .view { gap: 1.1em; }
.view { animation: rise .25s; }
@keyframes rise { 0% { opacity: 0; translate: 0 6px; } }
.row { flex-wrap: wrap; }
.muted, small { color: var(--_muted); font-size: .875em; font-weight: 400; }
.sr, .alert:empty, .error:empty { position: absolute; width: 1px; height: 1px; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible, :focus-visible + .face { outline: 3px solid var(--_accent); outline-offset: 2px; }
h3:focus-visible { outline: 0; }
button, .input, .face { width: 100%; min-height: 2.9em; padding: .5em .8em; border: 1px solid var(--_edge); border-radius: var(--_radius); background: var(--_surface); }
button { cursor: pointer; }
.primary { flex: 1 1 9em; color: var(--_on-accent); background: var(--_accent); border-color: var(--_accent); }
[aria-disabled] { cursor: default; opacity: .75; }
.error, .alert { color: var(--_error); }
.alert { scroll-margin: 1em; }
.alert, .summary { padding: .7em 1em; border-radius: var(--_radius); border-inline-start: 4px solid; background: color-mix(in srgb, currentColor 7%, transparent); }
@media (forced-colors: active) {
  h2::before, h2::after { forced-color-adjust: none; }
  h2::before { background: CanvasText; }
  h2::after { background: Canvas; }
}
@media (prefers-reduced-motion) { *, ::before { animation: none !important; } }
`;

/** Sheets by their text: all elements share them. @type {Map<string, CSSStyleSheet>} */
const sheets = new Map();

/** Return the style sheet of a text; without one, the sheet of what is shown first. @param {string} [css] */
export function styles(css = CSS) {
  const sheet = sheets.get(css) ?? new CSSStyleSheet();
  if (!sheets.has(css)) sheet.replaceSync(css);
  sheets.set(css, sheet);
  return sheet;
}
