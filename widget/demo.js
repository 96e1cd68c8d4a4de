/**
 * The demo page: one widget, switches for what it shows, the simulator's console beside it.
 * What is chosen stands in the address after #, so that it can be shared and survives a reload.
 */

const find = (id) => document.getElementById(id);
const switches = find("switches");
/** Where the gateway is published; this script lies at /demo/demo.js below it. */
const gateway = new URL("..", import.meta.url).href.replace(/\/$/, "");
const widget = document.createElement("callback-widget");

/** Say how the element would stand in a page with what is chosen. */
function snippet({ profile, lang, theme, accent }) {
  const attributes = [`api="${gateway}"`, `profile="${profile}"`];
  if (lang) attributes.push(`lang="${lang}"`);
  attributes.push(`theme="${theme}"`);
  const parts = [
    `<script type="module"\n        src="${gateway}/widget.js"></script>`,
    `<callback-widget ${attributes.join("\n                 ")}>\n</callback-widget>`,
  ];
  if (accent) parts.push(`/* in your style sheet */\ncallback-widget {\n${properties().join("\n")}\n}`);
  return parts.join("\n\n");
}

/** The custom properties that the colour chosen sets. */
function properties() {
  const style = getComputedStyle(widget);
  return ["accent", "on-accent", "radius"]
    .map((name) => [`--callback-${name}`, style.getPropertyValue(`--callback-${name}`)])
    .filter(([, value]) => value)
    .map(([name, value]) => `  ${name}: ${value};`);
}

function apply() {
  const chosen = Object.fromEntries(new FormData(switches));
  for (const name of ["profile", "lang"]) {
    if (chosen[name]) widget.setAttribute(name, chosen[name]);
    else widget.removeAttribute(name);
  }
  widget.className = chosen.accent;
  find("site").classList.toggle("phone", chosen.width === "phone");
  document.documentElement.dataset.theme = chosen.theme;
  if (config.console) find("console").src = `${config.console}#${chosen.theme}`;
  find("snippet").textContent = snippet(chosen);
  history.replaceState(null, "", `#${new URLSearchParams(Object.entries(chosen).filter(([, value]) => value))}`);
}

/** Take what the address says over into the switches. */
function restore() {
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const field = switches.elements[name];
    if ([...(field?.options ?? [])].some((option) => option.value === value)) field.value = value;
  }
}

/** Write an event down, without the handle: it is as good as a key. */
function note({ type, detail }) {
  const { id, ...rest } = detail;
  const line = document.createElement("li");
  const name = document.createElement("b");
  name.textContent = type;
  line.append(name, ` ${JSON.stringify(rest)}`);
  find("log").prepend(line);
  find("nothing").hidden = true;
}

async function copy() {
  try {
    await navigator.clipboard.writeText(find("snippet").textContent);
    find("copied").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(find("snippet"));
    find("copied").textContent = "Selected: copy it with your keyboard.";
  }
}

const config = await (await fetch(`${gateway}/demo/config.json`)).json();
for (const { alias, label } of config.profiles) switches.elements.profile.add(new Option(label, alias));
if (config.console) {
  find("console-link").href = config.console;
  find("centre").hidden = false;
}
widget.setAttribute("api", gateway);
for (const name of ["ready", "step", "unavailable", "abandon", "started", "status", "error"]) widget.addEventListener(`callback-${name}`, note);
switches.addEventListener("change", apply);
find("copy").addEventListener("click", copy);
restore();
find("site").append(widget);
apply();
