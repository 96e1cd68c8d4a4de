// Fonolo: one pooled undici client, what is read kept a while.
"use strict";

const { DateTime } = require("luxon");
const { Pool } = require("undici");

const base = new URL(process.env.FONOLO_BASE_URL);
const credentials = `${process.env.FONOLO_ACCOUNT_SID}:${process.env.FONOLO_AUTH_TOKEN}`;
const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
const pool = new Pool(base.origin, {
  connections: 256, connectTimeout: 3050, headersTimeout: 10_000, bodyTimeout: 10_000,
});
const cache = new Map();

async function ask(method, path, form) {
  const headers = { authorization };
  if (form) headers["content-type"] = "application/x-www-form-urlencoded";
  const body = form && new URLSearchParams(form).toString();
  const answer = await pool.request({ method, path: base.pathname + path, headers, body });
  const { head, data } = await answer.body.json();
  if (answer.statusCode !== 200 || head.status !== 200) throw Object.assign(new Error("refused"), { refused: true });
  return data;
}

/** Read once for all who ask meanwhile; keep it for so many seconds. */
function kept(path, seconds, shape) {
  const found = cache.get(path);
  if (found && found.until > Date.now()) return found.value;
  const value = ask("GET", path).then(shape);
  cache.set(path, { until: Date.now() + seconds * 1000, value });
  value.catch(() => cache.delete(path));
  return value;
}

const zoned = (text) => DateTime.fromSQL(text, { zone: "utc" }).setZone(process.env.CENTRE_TIMEZONE)
  .toISO({ suppressMilliseconds: true });

const profile = (sid) => kept(`profile/${sid}.json`, 60, (data) => data);
const options = (sid) => kept(`profile/${sid}/options.json`, 60, (data) => data.option);
const questions = (sid) => kept(`profile/${sid}/questions.json`, 60, (data) => data.question);
const slots = (sid, option) => kept(`profile/${sid}/option/${option}/schedule.json`, 5, (data) =>
  data.schedule.map((each) => ({ start_time: zoned(each.start_time), end_time: zoned(each.end_time) })));

/** All that a form is made of, read side by side. */
async function form(sid) {
  const [own, choices, asked] = await Promise.all([profile(sid), options(sid), questions(sid)]);
  return { profile: own, options: choices, questions: asked };
}

const start = (fields) => ask("POST", "callback.json", fields);
const status = (sid) => ask("GET", `callback/${sid}/status.json`);

module.exports = { form, slots, start, status };
