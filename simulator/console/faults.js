// The fault switches: what is on, and the form that switches one on.

import { $, make, reconcile, setText } from "./dom.js";

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

function describe(fault) {
  const parts = [];
  if (fault.mode) parts.push(MODES[fault.mode]?.[0] ?? fault.mode);
  if (fault.latency_ms || fault.jitter_ms) {
    parts.push(`${fault.latency_ms}${fault.jitter_ms ? `–${fault.latency_ms + fault.jitter_ms}` : ""} ms late`);
  }
  if (fault.rate < 1) parts.push(`${Math.round(fault.rate * 100)}% of requests`);
  return parts.join(", ") || "nothing";
}

function createFault(fault, send) {
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

export function drawFaults(faults, send) {
  $("fault-none").hidden = faults.length > 0;
  $("clear").hidden = faults.length === 0;
  reconcile($("fault-list"), faults, (fault) => fault.endpoint, (fault) => createFault(fault, send), (item, fault) => {
    setText(item.querySelector(".how"), `: ${describe(fault)}`);
  });
}

export function fillForm(state) {
  const option = (value, label) => Object.assign(make("option", "", label), { value });
  $("endpoint").append(...state.endpoints.map((name) => option(name, name === "*" ? "every endpoint" : name)));
  $("mode").append(...["", ...state.modes].map((name) => option(name, MODES[name]?.[0] ?? name)));
  $("mode").value = "refuse";
  const hint = () => setText($("mode-hint"), MODES[$("mode").value]?.[1] ?? "");
  $("mode").addEventListener("change", hint);
  hint();
}

export async function submitFault(event, send) {
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
