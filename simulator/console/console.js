// The console: asks `_simulator/console` again and again, and draws what it says.

import { drawCalls, drawJournal } from "./calls.js";
import { $, make, reconcile, setClass, setText } from "./dom.js";
import { drawFaults, fillForm, submitFault } from "./faults.js";

function drawOnce(state) {
  const base = `${location.origin}/3.0/`;
  setText($("base"), base);
  setText($("zone"), state.timezone);
  setText($("speed"), `${state.speed}×`);
  setText($("curl"), `curl ${base}callback -u '${state.account_sid}:<auth token>' \\\n  -d fc_number=14163662500 -d fc_option=${state.example_option}`);
  reconcile($("profile-list"), state.profiles, (profile) => profile.sid, (profile) => {
    const item = make("li");
    const about = `${profile.language}, ${profile.status}, ${profile.total_options === 1 ? "one option" : `${profile.total_options} options`}`;
    item.append(make("strong", "", profile.name), make("span", "hint", ` ${about}`), make("code", "", profile.sid));
    return item;
  }, () => {});
  fillForm(state);
}

/** A page that shows the console beside its own may say after # how it looks. */
function dress() {
  const theme = location.hash.slice(1);
  if (["light", "dark", "auto"].includes(theme)) document.documentElement.dataset.theme = theme;
}

let drawn = false;
function draw(state) {
  if (!drawn) drawOnce(state);
  drawn = true;
  setText($("now"), state.now);
  drawCalls(state.calls, (sid) => send("DELETE", `calls/${sid}`));
  drawJournal(state.journal);
  drawFaults(state.faults, send);
}

async function send(method, path, body) {
  try {
    const answer = await fetch(`_simulator/${path}`, {
      method, body: body && JSON.stringify(body),
      headers: body ? { "Content-Type": "application/json" } : {},
    });
    await refresh();
    return answer;
  } catch {
    setLink("down", "not reachable");
    return null;
  }
}

function setLink(name, text) {
  setClass($("link"), `link ${name}`);
  setText($("link"), text);
}

async function refresh() {
  try {
    const answer = await fetch("_simulator/console", { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const state = await answer.json();
    draw(state);
    setLink("up", "live");
    return state.speed > 5 ? 250 : 1000;
  } catch {
    setLink("down", "not reachable");
    return 2000;
  }
}

async function run() {
  const pause = document.hidden ? 3000 : await refresh();
  setTimeout(run, pause);
}

$("fault-form").addEventListener("submit", (event) => submitFault(event, send));
$("clear").addEventListener("click", () => send("DELETE", "faults"));
addEventListener("hashchange", dress);
dress();
run();
