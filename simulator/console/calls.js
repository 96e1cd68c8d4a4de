// Calls moving through their statuses, and the journal of the starts they came from.

import { $, make, reconcile, say, setClass, setText } from "./dom.js";

const FINAL = new Set(["Success", "Canceled", "Failed", "Deleted"]);
const TONE = {
  "Calling Target": "ring", "Calling Client": "ring", Holding: "ring", "Call In Progress": "talk",
  Success: "good", Failed: "bad", "Error Callback": "bad", Canceled: "bad", Deleted: "bad",
};

function createCall(call, deleteCall) {
  const card = make("li", "call");
  const top = make("div", "top");
  const remove = make("button", "quiet delete", "Delete");
  remove.type = "button";
  remove.setAttribute("aria-label", `Delete the call to ${call.number}`);
  remove.addEventListener("click", () => deleteCall(call.sid));
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

export function drawCalls(calls, deleteCall) {
  const live = calls.filter((call) => !FINAL.has(call.status));
  const scheduled = live.filter((call) => call.status === "Scheduled");
  setText($("count-live"), String(live.length - scheduled.length));
  setText($("count-scheduled"), String(scheduled.length));
  setText($("count-ended"), String(calls.length - live.length));
  $("calls-empty").hidden = calls.length > 0;
  reconcile($("call-list"), calls, (call) => call.sid, (call) => createCall(call, deleteCall), updateCall);
}

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

export function drawJournal(lines) {
  const seen = new Map();
  const keyed = lines.map((line) => {
    const base = line.sid ?? line.received_at;
    seen.set(base, (seen.get(base) ?? 0) + 1);
    return { ...line, key: `${base}#${seen.get(base)}` };
  });
  reconcile($("journal-rows"), keyed.reverse(), (line) => line.key, createLine, updateLine);
}
