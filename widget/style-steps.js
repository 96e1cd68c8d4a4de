/** How the steps after the first look. */

export const CSS = `
.row p { width: 100%; }
.row:empty { display: none; }
.field { gap: .3em; }
.stack { gap: .9em; }
a { color: var(--_accent); text-decoration: underline; }
.quiet { width: auto; color: var(--_accent); background: none; border-color: var(--_line); }
.choice, .picker { padding: .8em 1em; text-align: start; }
.choice span { flex: 1; display: block; }
.choice::after { content: ""; padding: .25em; border: solid; border-width: 2px 2px 0 0; rotate: 45deg; }
[dir="rtl"] .choice::after { rotate: 225deg; }
:hover:is(button, .face) { border-color: var(--_accent); }
ul, ol { list-style: none; }
textarea { resize: vertical; }
legend { margin-bottom: .5em; }
.chips { display: grid; gap: .5em; grid-template-columns: repeat(auto-fill, minmax(5.6em, 1fr)); max-height: 15.5em; overflow-y: auto; padding: 5px; margin: -5px; }
.chips label { position: relative; display: grid; }
.chips input { position: absolute; width: 100%; height: 100%; opacity: 0; cursor: pointer; }
.face { display: grid; place-content: center; text-align: center; padding: .25em; line-height: 1.25; font-weight: 400; }
:checked + .face, :checked + .face small { color: var(--_on-accent); background: var(--_accent); }
.picker { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 .75em; padding-block: .6em; }
.panel { display: grid; gap: .3em; }
.countries { max-height: 14em; overflow-y: auto; border: 1px solid var(--_line); border-radius: var(--_radius); }
.countries li { padding: .55em .8em; cursor: pointer; }
.countries .active { background: color-mix(in srgb, var(--_accent) 14%, transparent); outline: 2px solid var(--_accent); outline-offset: -2px; }
.countries [aria-selected="true"] { font-weight: 600; }
.input[aria-invalid] { border-color: var(--_error); }
.check { grid-template-columns: 1.5em 1fr; column-gap: .75em; }
.check input { width: 100%; min-height: 1.5em; }
.check p { grid-column: 2; }
.summary { border-color: var(--_accent); background: color-mix(in srgb, var(--_accent) 9%, transparent); }
.marks li { display: flex; gap: .75em; padding-bottom: .7em; color: var(--_muted); }
.marks li::before { content: ""; flex: none; width: .9em; height: .9em; margin-top: .3em; border: 2px solid var(--_edge); border-radius: 50%; }
.marks .past::before, [aria-current]::before { border-color: var(--_accent); background: var(--_accent); }
.marks [aria-current] { color: var(--_text); font-weight: 600; }
[aria-current]::before { outline: 3px solid color-mix(in srgb, var(--_accent) 30%, transparent); animation: pulse 1s infinite alternate; }
@keyframes pulse { 0% { outline-color: transparent; } }
@media (forced-colors: active) {
  :checked + .face, .countries .active { outline: 3px solid Highlight; }
  .marks .past::before, [aria-current]::before { forced-color-adjust: none; }
  .marks .past::before { border-color: CanvasText; background: CanvasText; }
  [aria-current]::before { border-color: Highlight; background: Highlight; outline-color: Highlight; }
}
`;
