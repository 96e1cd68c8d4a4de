// A gateway that does what ours does, as a good team would write it with Express.
"use strict";

const { createHash, createHmac, randomUUID, timingSafeEqual } = require("node:crypto");
const express = require("express");
const metrics = require("prom-client");
const pino = require("pino");
const fonolo = require("./fonolo");
const { claim, consume, giveBack, hash, limiters, remove, set } = require("./limits");
const { check } = require("./rules");

const { HANDLE_SECRET, LIMIT_READ, LIMIT_START, LIMIT_START_GLOBAL, CENTRE_TIMEZONE } = process.env;
const profiles = new Map(process.env.CALLBACK_PROFILES.split(",").map((each) => each.split("=")));
const log = pino({ base: null });
const starts = limiters("start", LIMIT_START);
const reads = limiters("read", LIMIT_READ);
const rings = limiters("number", "3/10 minutes;10/day");
const everybody = limiters("global", LIMIT_START_GLOBAL);
const seconds = new metrics.Histogram({ name: "request_seconds", help: "Requests.", labelNames: ["route", "status"] });
const DAY = 86_400;

class Problem extends Error {
  constructor(status, code, more = {}) {
    super(code);
    Object.assign(this, { status, code, more });
  }
}

// ---- Handles

const signature = (text) => createHmac("sha256", HANDLE_SECRET).update(text).digest("base64url");

function sign(sid) {
  const text = `${Buffer.from(sid.slice(2), "hex").toString("base64url")}.${Math.floor(Date.now() / 1000).toString(36)}`;
  return `${text}.${signature(text)}`;
}

function callOf(handle) {
  const at = handle.lastIndexOf(".");
  const [text, given] = [handle.slice(0, at), Buffer.from(handle.slice(at + 1))];
  const wanted = Buffer.from(signature(text));
  const isGood = given.length === wanted.length && timingSafeEqual(given, wanted);
  const [sid, issued] = text.split(".");
  if (!isGood || Date.now() / 1000 - parseInt(issued, 36) > 7 * DAY) throw new Problem(404, "unknown_callback");
  return `CA${Buffer.from(sid, "base64url").toString("hex")}`;
}

// ---- Middleware

const app = express();
app.disable("x-powered-by");
app.use((request, response, next) => {
  const began = process.hrtime.bigint();
  const sent = request.get("X-Request-ID");
  request.id = /^[A-Za-z0-9._-]{1,64}$/.test(sent ?? "") ? sent : randomUUID();
  response.set("X-Request-ID", request.id);
  response.set("X-Content-Type-Options", "nosniff");
  response.on("finish", () => {
    const took = Number(process.hrtime.bigint() - began) / 1e9;
    const route = request.route?.path ?? null;
    seconds.observe({ route, status: response.statusCode }, took);
    log.info({ request_id: request.id, method: request.method, route, status: response.statusCode,
      code: response.locals.code, client: request.ip, milliseconds: took * 1000 }, "request");
  });
  next();
});

const limited = (list) => async (request, response, next) => {
  const { passed, refused } = await consume(list, hash(request.ip));
  const state = refused ?? passed[0];
  response.set({ "X-RateLimit-Remaining": `${state.remainingPoints}`, "X-RateLimit-Reset": `${Math.ceil(state.msBeforeNext / 1000)}` });
  if (refused) throw limit("client", refused);
  next();
};

const limit = (scope, { msBeforeNext }) => new Problem(429, "rate_limited", { scope, wait: Math.ceil(msBeforeNext / 1000) });

function profileOf(request) {
  const sid = profiles.get(request.params.alias);
  if (!sid) throw new Problem(404, "unknown_profile");
  return sid;
}

// ---- Routes

app.get("/v1/profiles/:alias", limited(reads), async (request, response) => {
  const { profile, options, questions } = await fonolo.form(profileOf(request));
  response.set("Cache-Control", "public, max-age=60");
  response.json({
    profile: request.params.alias, name: profile.name, status: profile.status, language: "en", timezone: CENTRE_TIMEZONE,
    default_country: profile.default_country, scheduling: profile.scheduling_enabled, sms: profile.sms_enabled, captcha: null,
    options: options.map(({ sid, name, status, position }) => ({ id: sid, name, status, position })),
    questions: questions.map(({ sid, default_value, ...each }) => ({ ...each, default: default_value })),
  });
});

app.get("/v1/profiles/:alias/options/:option/slots", limited(reads), async (request, response) => {
  const { option } = request.params;
  const sid = profileOf(request);
  if (!(await fonolo.form(sid)).options.some((each) => each.sid === option)) throw new Problem(404, "unknown_option");
  response.set("Cache-Control", "public, max-age=5");
  response.json({ option, timezone: CENTRE_TIMEZONE, slots: await fonolo.slots(sid, option) });
});

app.post("/v1/profiles/:alias/callbacks", limited(starts), express.json({ limit: "16kb" }), async (request, response) => {
  const sid = profileOf(request);
  const key = request.get("Idempotency-Key");
  if (key !== undefined && !/^[!-~]{16,255}$/.test(key)) throw new Problem(400, "invalid_idempotency_key");
  const outcome = key ? await once(`key:${hash(`${sid} ${key}`)}`, request.body, () => place(sid, request.body)) : await place(sid, request.body);
  if (outcome.replayed) response.set("Idempotency-Replayed", "true");
  const { id, start_time } = outcome;
  response.set({ Location: `/v1/callbacks/${id}`, "Cache-Control": "no-store" });
  response.status(201).json({ id, url: `/v1/callbacks/${id}`, start_time });
});

/** Run once for a key; replay its outcome for the same body. */
async function once(name, body, run) {
  const digest = createHash("sha256").update(JSON.stringify(body)).digest("base64url");
  const standing = await claim(name, JSON.stringify({ digest }), 30);
  if (standing) {
    const { digest: other, outcome } = JSON.parse(standing);
    if (other !== digest) throw new Problem(422, "idempotency_key_reused");
    if (!outcome) throw new Problem(409, "idempotency_in_progress", { wait: 2 });
    return { ...outcome, replayed: true };
  }
  try {
    const outcome = await run();
    await set(name, JSON.stringify({ digest, outcome }), DAY);
    return outcome;
  } catch (error) {
    await remove(name);
    throw error;
  }
}

/** Check, reserve, ask Fonolo. */
async function place(sid, body) {
  const form = await fonolo.form(sid);
  const { faults, number, option } = check(body, form);
  if (faults.length) throw new Problem(422, "validation_failed", { errors: faults });
  if (form.profile.status !== "active") throw new Problem(409, "profile_paused");
  if (option.status !== "active") throw new Problem(409, `option_${option.status}`);
  const { start_time = null } = body;
  const slot = start_time && (await fonolo.slots(sid, option.sid)).find((each) => Date.parse(each.start_time) === Date.parse(start_time));
  if (start_time && !slot) throw new Problem(409, "slot_unavailable", { slots: await fonolo.slots(sid, option.sid) });
  const duplicate = `duplicate:${hash(`${sid} ${number} ${option.sid} ${slot?.start_time}`)}`;
  if (await claim(duplicate, "1", 30)) throw new Problem(409, "duplicate_callback");
  const held = [];
  try {
    for (const [scope, list, name] of [["number", rings, hash(number)], ["global", everybody, "all"]]) {
      const { refused } = await consume(list, name);
      if (refused) throw limit(scope, refused);
      held.push([list, name]);
    }
    const fields = { ...body.questions, fc_number: number, fc_option: option.sid, fc_sms_optin: `${!!body.sms_optin}` };
    if (slot) fields.fc_start_date = new Date(slot.start_time).toISOString().slice(0, 19).replace("T", " ");
    const { sid: call } = await fonolo.start(fields);
    return { id: sign(call), start_time: slot ? slot.start_time : null };
  } catch (error) {
    if (error.refused || error instanceof Problem) {
      await Promise.all([remove(duplicate), ...held.map(([list, name]) => giveBack(list, name))]);
    }
    throw error.refused ? new Problem(502, "upstream_error") : error;
  }
}

app.get("/v1/callbacks/:id", limited(reads), async (request, response) => {
  const { id } = request.params;
  const { status, duration, start_date } = await fonolo.status(callOf(id));
  const final = ["Success", "Canceled", "Failed", "Deleted"].includes(status);
  const [minutes, rest] = duration.split(":").map(Number);
  response.set("Cache-Control", "no-store");
  if (!final) response.set("Retry-After", "2");
  response.json({ id, status, final, start_time: start_date, duration: minutes * 60 + rest });
});

app.get("/metrics", async (request, response) => response.type(metrics.register.contentType).send(await metrics.register.metrics()));
app.use(() => { throw new Problem(404, "not_found"); });
app.use((error, request, response, next) => { // eslint-disable-line no-unused-vars
  const isParser = error.type === "entity.parse.failed";
  const { status, code, more = {} } = isParser ? new Problem(400, "malformed_json") : error instanceof Problem ? error : new Problem(500, "internal_error");
  const { wait, ...members } = more;
  response.locals.code = code;
  response.set("Cache-Control", "no-store");
  if (wait) response.set("Retry-After", `${wait}`);
  const body = { type: `/problems/${code}`, title: code, status, code, request_id: request.id, ...members };
  response.status(status).type("application/problem+json").send(JSON.stringify(body));
});

app.listen(Number(process.env.PORT), "127.0.0.1");
