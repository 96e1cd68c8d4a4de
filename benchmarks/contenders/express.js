// The same by hand with Express and one pooled undici client.
"use strict";

const express = require("express");
const { Pool } = require("undici");

const KEPT = 60_000;
const base = new URL(process.env.FONOLO_BASE_URL);
const profileSid = process.env.CALLBACK_PROFILES.split(",")[0].split("=")[1];
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
  return (await answer.body.json()).data;
}

async function cached(path) {
  const kept = cache.get(path);
  if (kept && kept.until > Date.now()) return kept.data;
  const data = await ask("GET", path);
  cache.set(path, { until: Date.now() + KEPT, data });
  return data;
}

const app = express();
app.use(express.json());

app.get("/v1/profiles/:alias", async (request, response) => {
  const profile = await cached(`profile/${profileSid}.json`);
  const { option: options } = await cached(`profile/${profileSid}/options.json`);
  const { question: questions } = await cached(`profile/${profileSid}/questions.json`);
  response.json({ profile, options, questions });
});

app.get("/v1/profiles/:alias/options/:option/slots", async (request, response) => {
  const { option } = request.params;
  const found = await cached(`profile/${profileSid}/option/${option}/schedule.json`);
  response.json({ option, slots: found.schedule });
});

app.post("/v1/profiles/:alias/callbacks", async (request, response) => {
  const { number, option, questions = {} } = request.body;
  if (typeof number !== "string" || typeof option !== "string") {
    response.status(422).json({ message: "number and option are wanted" });
    return;
  }
  const form = { ...questions, fc_number: number, fc_option: option };
  const { sid } = await ask("POST", "callback.json", form);
  response.status(201).json({ id: sid, url: `/v1/callbacks/${sid}`, start_time: null });
});

app.get("/v1/callbacks/:sid", async (request, response) => {
  const { sid } = request.params;
  const { status, duration } = await ask("GET", `callback/${sid}/status.json`);
  response.json({ id: sid, status, duration });
});

app.listen(Number(process.env.PORT), "127.0.0.1");
