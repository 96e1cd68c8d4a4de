import { CallbacksApi, Configuration, ProblemFromJSON, ResponseError } from "./client";
import type { Problem } from "./client";

const api = new CallbacksApi(new Configuration({ basePath: process.argv[2] }));
const place = (number: string, idempotencyKey: string) =>
  api.startCallback({ alias: "default", callbackRequest: { number }, idempotencyKey });
const sleep = (seconds: number) => new Promise((done) => setTimeout(done, seconds * 1000));

async function refusal(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(() => new Error("not refused"), (reason: unknown) => reason);
  if (!(error instanceof ResponseError)) throw error;
  return ProblemFromJSON(await error.response.json());
}

async function main(): Promise<void> {
  const callback = await place("14163662821", "typescript".repeat(3));
  const again = await place("14163662821", "typescript".repeat(3));
  let progress = await api.getCallback({ id: callback.id });
  while (!progress._final) {
    await sleep(0.1);
    progress = await api.getCallback({ id: callback.id });
  }
  const fault = await refusal(place("12", "a-typescript-key-of-a-fault"));
  const unknown = await refusal(place("14163680006", "a-typescript-key-without-end"));
  console.log(JSON.stringify({
    same: callback.id === again.id,
    end: progress.status,
    fault: fault.errors?.[0].code,
    unknown: unknown.code,
  }));
}

main();
