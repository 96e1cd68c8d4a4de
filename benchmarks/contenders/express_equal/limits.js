// Limits, ring budgets and claims, in memory or in Redis, by the libraries that teams take for them.
"use strict";

const { createHmac } = require("node:crypto");
const { RateLimiterMemory, RateLimiterRedis } = require("rate-limiter-flexible");
const { LRUCache } = require("lru-cache");
const Redis = require("ioredis");

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 };
const redis = process.env.REDIS_URL ? new Redis(process.env.REDIS_URL) : null;
const values = new LRUCache({ max: 1_000_000 });
const secret = createHmac("sha256", process.env.HANDLE_SECRET).update("store").digest();

/** Hash what stands in the store for a person. */
const hash = (text) => createHmac("sha256", secret).update(text).digest("base64url");

/** Read "3/10 minutes;10/day" into limiters, one a window. */
function limiters(name, text) {
  return text.split(";").map((each, n) => {
    const [, points, count, unit] = /^(\d+)\/(\d*) ?(\w+?)s?$/.exec(each);
    const options = { keyPrefix: `${name}${n}`, points: +points, duration: (count || 1) * SECONDS[unit] };
    return redis ? new RateLimiterRedis({ ...options, storeClient: redis }) : new RateLimiterMemory(options);
  });
}

/** Count under each limiter; return the result that refused, and count nothing then. */
async function consume(list, key) {
  const outcomes = await Promise.allSettled(list.map((each) => each.consume(key)));
  const refused = outcomes.find(({ status }) => status === "rejected");
  if (!refused) return { passed: outcomes.map(({ value }) => value) };
  if (refused.reason instanceof Error) throw refused.reason;
  await Promise.all(outcomes.map(({ status }, n) => status === "fulfilled" && list[n].reward(key)));
  return { refused: refused.reason };
}

const giveBack = (list, key) => Promise.all(list.map((each) => each.reward(key)));

/** Set a value where there is none; return the one that stands. */
async function claim(key, value, seconds) {
  if (redis) return (await redis.set(key, value, "EX", seconds, "NX")) ? null : redis.get(key);
  const standing = values.get(key);
  if (standing === undefined) values.set(key, value, { ttl: seconds * 1000 });
  return standing ?? null;
}

async function set(key, value, seconds) {
  if (redis) await redis.set(key, value, "EX", seconds);
  else values.set(key, value, { ttl: seconds * 1000 });
}

const remove = async (key) => (redis ? redis.del(key) : values.delete(key));

module.exports = { claim, consume, giveBack, hash, limiters, remove, set };
