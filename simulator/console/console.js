// The console: asks `_simulator/console` again and again, and draws what it says.
// Everything that came from outside is set as text, never as markup.

const FINAL = new Set(["Success", "Canceled", "Failed", "Deleted"]);
const TONE = {
  "Calling Target": "ring", "Calling Client": "ring", Holding: "ring", "Call In Progress": "talk",
  Success: "good", Failed: "bad", "Error Callback": "bad", Canceled: "bad", Deleted: "bad",
};
const MODES = {
  "": ["only slow", "Answers as it should, after the latency."],
  refuse: ["refuse", "The documented failure, HTTP 500. A start is not placed."],
  refuse_200: ["refuse with HTTP 200", "The failure is in the head only. A start is not placed."],
  bare: ["refuse, bare", "The failure has its status at the top level. A start is not placed."],
  hang: ["hang", "Never answers. A start is placed."],
  cut: ["cut", "The connection breaks in the middle of the answer. A start is placed."],
  html: ["HTML 502", "A proxy's error page. A start is placed."],
  truncated: ["truncated", "Half of the answer. A start is placed."],
  empty: ["empty", "HTTP 200 and nothing else. A start is placed."],
};

const $ = (id) => document.getElementById(id);

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setClass(element, name) {
  if (element.className !== name) element.className = name;
}

/** Keep one child for each key, in order, so that focus and animations survive. */
function reconcile(parent, items, keyOf, create, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, index) => {
    const key = keyOf(item);
    let child = known.get(key);
    known.delete(key);
    if (!child) {
      child = create(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
  known.forEach((child) => child.remove());
}

// --- calls ---------------------------------------------------------------------------------

function createCall(call) {
  const card = make("li", "call");
  const top = make("div", "top");
  const remove = make("button", "quiet delete", "Delete");
  remove.type = "button";
  remove.setAttribute("aria-label", `Delete the call to ${call.number}`);
  remove.addEventListener("click", () => send("DELETE", `calls/${call.sid}`));
  top.append(
    make("span", "number", `+${call.number}`), make("span", "timer"), make("span", "pill"),
    make("span", "what"), remove,
  );
  card.append(top, make("p", "answers"), make("ol", "track"));
  card.querySelector(".track").setAttribute("aria-hidden", "true");
  return card;
}

function updateCall(card, call) {
  const before = card.dataset.status;
  card.dataset.status = call.status;
  if (before && before !== call.status) say(`${call.number}: ${call.status}`);
  setText(card.querySelector(".timer"), call.duration);
  setText(card.querySelector(".pill"), call.status);
  setClass(card.querySelector(".pill"), `pill ${TONE[call.status] ?? ""}`.trim());
  const when = call.scheduled ? `scheduled for ${call.start_date} UTC` : `since ${call.start_date} UTC`;
  setText(card.querySelector(".what"), `${call.option}, ${when}`);
  const answers = Object.entries(call.answers).map(([key, value]) => `${key}: ${value}`);
  setText(card.querySelector(".answers"), answers.join("   "));
  card.querySelector(".delete").hidden = call.status === "Deleted";
  drawTrack(card.querySelector(".track"), call);
}

function drawTrack(track, call) {
  const ended = FINAL.has(call.status);
  const steps = call.planned.map((status, index) => ({ status, index }));
  const last = call.reached.length - 1;
  reconcile(track, steps, (step) => String(step.index), () => make("li"), (mark, step) => {
    const reached = step.index <= last || step.status === call.status;
    let name = reached ? "done" : "";
    if (!ended && step.index === last) name = "here";
    if (ended && call.status !== "Success" && step.index === (call.status === "Failed" ? steps.length - 1 : Math.max(last, 0))) name = "failed";
    setClass(mark, name);
    mark.title = step.status;
  });
}

function drawCalls(calls) {
  const live = calls.filter((call) => !FINAL.has(call.status));
  const scheduled = live.filter((call) => call.status === "Scheduled");
  setText($("count-live"), String(live.length - scheduled.length));
  setText($("count-scheduled"), String(scheduled.length));
  setText($("count-ended"), String(calls.length - live.length));
  $("calls-empty").hidden = calls.length > 0;
  reconcile($("call-list"), calls, (call) => call.sid, createCall, updateCall);
}

// --- journal -------------------------------------------------------------------------------

function createLine(line) {
  const row = make("tr");
  const form = Object.entries(line.form).map(([key, value]) => `${key}=${value}`).join("  ");
  const outcome = make("td");
  outcome.append(make("span", "pill"));
  row.append(
    make("td", "", line.received_at.slice(0, 23).replace("T", " ")), outcome,
    make("td", "form mono", form), make("td", "sid mono", line.sid ?? "none"),
  );
  return row;
}

function updateLine(row, line) {
  const pill = row.querySelector(".pill");
  const gone = line.sid ? "Forgotten" : "Refused";
  setText(pill, line.status ?? gone);
  setClass(pill, `pill ${line.sid ? (TONE[line.status] ?? "") : "bad"}`.trim());
}

function drawJournal(lines) {
  const seen = new Map();
  const keyed = lines.map((line) => {
    const base = line.sid ?? line.received_at;
    seen.set(base, (seen.get(base) ?? 0) + 1);
    return { ...line, key: `${base}#${seen.get(base)}` };
  });
  reconcile($("journal-rows"), keyed.reverse(), (line) => line.key, createLine, updateLine);
}

// --- faults --------------------------------------------------------------------------------

function describe(fault) {
  const parts = [];
  if (fault.mode) parts.push(MODES[fault.mode]?.[0] ?? fault.mode);
  if (fault.latency_ms || fault.jitter_ms) {
    parts.push(`${fault.latency_ms}${fault.jitter_ms ? `–${fault.latency_ms + fault.jitter_ms}` : ""} ms late`);
  }
  if (fault.rate < 1) parts.push(`${Math.round(fault.rate * 100)}% of requests`);
  return parts.join(", ") || "nothing";
}

function createFault(fault) {
  const item = make("li");
  const text = make("span");
  text.append(make("strong", "", fault.endpoint === "*" ? "every endpoint" : fault.endpoint), make("span", "how"));
  const off = make("button", "quiet", "Off");
  off.type = "button";
  off.setAttribute("aria-label", `Switch off the fault of ${fault.endpoint}`);
  off.addEventListener("click", () => send("DELETE", `faults?endpoint=${encodeURIComponent(fault.endpoint)}`));
  item.append(text, off);
  return item;
}

function drawFaults(faults) {
  $("fault-none").hidden = faults.length > 0;
  $("clear").hidden = faults.length === 0;
  reconcile($("fault-list"), faults, (fault) => fault.endpoint, createFault, (item, fault) => {
    setText(item.querySelector(".how"), `: ${describe(fault)}`);
  });
}

function fillForm(state) {
  const option = (value, label) => Object.assign(make("option", "", label), { value });
  $("endpoint").append(...state.endpoints.map((name) => option(name, name === "*" ? "every endpoint" : name)));
  $("mode").append(...["", ...state.modes].map((name) => option(name, MODES[name]?.[0] ?? name)));
  $("mode").value = "refuse";
  const hint = () => setText($("mode-hint"), MODES[$("mode").value]?.[1] ?? "");
  $("mode").addEventListener("change", hint);
  hint();
}

async function submitFault(event) {
  event.preventDefault();
  const field = (name) => event.target.elements[name];
  const answer = await send("POST", "faults", {
    endpoint: field("endpoint").value,
    mode: field("mode").value || null,
    latency_ms: Number(field("latency_ms").value),
    jitter_ms: Number(field("jitter_ms").value),
    rate: Number(field("percent").value) / 100,
  });
  setText($("fault-error"), answer && !answer.ok ? (await answer.json()).error : "");
}

// --- the page ------------------------------------------------------------------------------

function say(text) {
  setText($("spoken"), text);
}

function drawOnce(state) {
  const base = `${location.origin}/3.0/`;
  setText($("base"), base);
  setText($("zone"), state.timezone);
  setText($("speed"), `${state.speed}×`);
  setText($("curl"), `curl ${base}callback -u '${state.account_sid}:<auth token>' \\\n  -d fc_number=14163662500 -d fc_option=CO529c5278b2cefeabc984506e785d8cb0`);
  reconcile($("profile-list"), state.profiles, (profile) => profile.sid, (profile) => {
    const item = make("li");
    const about = `${profile.language}, ${profile.status}, ${profile.total_options === 1 ? "one option" : `${profile.total_options} options`}`;
    item.append(make("strong", "", profile.name), make("span", "hint", ` ${about}`), make("code", "", profile.sid));
    return item;
  }, () => {});
  fillForm(state);
}

let drawn = false;
function draw(state) {
  if (!drawn) drawOnce(state);
  drawn = true;
  setText($("now"), state.now);
  drawCalls(state.calls);
  drawJournal(state.journal);
  drawFaults(state.faults);
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

$("fault-form").addEventListener("submit", submitFault);
$("clear").addEventListener("click", () => send("DELETE", "faults"));
run();
