/** A calendar's file for a call-back that is booked, made in the browser (RFC 5545). */

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./types.js").Callback} Callback */

const HALF_HOUR = 1_800_000;

/** A time as calendars write it: 20270107T150000Z. @param {string | number} time */
const stamp = (time) => `${new Date(time).toISOString().replace(/[-:]/g, "").slice(0, 15)}Z`;

/** @param {string} text */
const escape = (text) => text.replace(/[\\;,]/g, "\\$&").replace(/\n/g, "\\n");

/** Break a line after at most 75 bytes. @param {string} line */
function fold(line) {
  let [text, bytes] = ["", 0];
  for (const each of line) {
    const size = new TextEncoder().encode(each).length;
    const isFull = bytes + size > 75;
    text += isFull ? `\r\n ${each}` : each;
    bytes = isFull ? 1 + size : bytes + size;
  }
  return text;
}

/** Return the text of the file; its link leads to the call-back's own page. @param {Flow} flow @param {Callback} call */
export function calendarOf(flow, { id, start_time, end_time }) {
  const start = Date.parse(start_time ?? "");
  const page = `${new URL(flow.api, location.href)}`.replace(/\/$/, "") + `/c/${id}`;
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//callback-gateway//widget//EN",
    "BEGIN:VEVENT",
    `UID:${id.slice(-32)}@${new URL(page).hostname}`,
    `DTSTAMP:${stamp(Date.now())}`,
    `DTSTART:${stamp(start)}`,
    `DTEND:${stamp(end_time ?? start + HALF_HOUR)}`,
    `SUMMARY:${escape(flow.t("following"))}`,
    `DESCRIPTION:${escape(`${flow.t("manage")} ${page}`)}`,
    `URL:${page}`,
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.map((each) => `${fold(each)}\r\n`).join("");
}

/** Let the browser save the file. @param {Flow} flow @param {Callback} call */
export function saveCalendar(flow, call) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([calendarOf(flow, call)], { type: "text/calendar" }));
  link.download = "callback.ics";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
