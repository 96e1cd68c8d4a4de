// What of a request is good: its shape by ajv, its number by libphonenumber, its answers.
"use strict";

const Ajv = require("ajv");
const { parsePhoneNumberFromString } = require("libphonenumber-js/max");

const ALLOWED = new Set(["US", "CA", "PR", "GU", "VI", "AS", "MP"]);
const BLOCKED = new Set(["PREMIUM_RATE", "SHARED_COST", "PERSONAL_NUMBER", "PAGER"]);
const validate = new Ajv({ allErrors: true }).compile({
  type: "object",
  additionalProperties: false,
  required: ["number"],
  properties: {
    number: { type: "string", minLength: 1 },
    option: { type: "string" },
    start_time: { type: "string" },
    sms_optin: { type: "boolean" },
    questions: { type: "object", additionalProperties: { type: "string" } },
  },
});

const fault = (pointer, code) => ({ pointer, code, detail: code.replaceAll("_", " ") });

function shapeFaults(body) {
  if (validate(body)) return [];
  return validate.errors.map(({ keyword, instancePath, params }) => {
    if (keyword === "required") return fault(`/${params.missingProperty}`, "required");
    if (keyword === "additionalProperties") return fault(`${instancePath}/${params.additionalProperty}`, "unknown_field");
    return fault(instancePath, keyword === "minLength" ? "required" : "invalid");
  });
}

/** Return E.164 digits, or the code of what is wrong. */
function readNumber(digits) {
  if (!/^[0-9]+$/.test(digits)) return { code: "number_not_digits" };
  const readings = [parsePhoneNumberFromString(digits, "US"), parsePhoneNumberFromString(`+${digits}`)];
  const good = readings.find((each) => each?.isValid()) ?? readings.find((each) => each?.isPossible());
  if (!good) return { code: "number_impossible" };
  if (good.country && !ALLOWED.has(good.country)) return { code: "number_country_not_allowed" };
  if (BLOCKED.has(good.getType())) return { code: "number_type_blocked" };
  return { number: good.number.slice(1) };
}

function answerFaults(questions, answers) {
  const asked = new Map(questions.map((each) => [each.key, each]));
  const faults = [];
  for (const [key, answer] of Object.entries(answers)) {
    const question = asked.get(key);
    const pointer = `/questions/${key}`;
    if (!question) faults.push(fault(pointer, "unknown_question"));
    else if (question.type === "numeric_input" && !/^[0-9]*$/.test(answer)) faults.push(fault(pointer, "question_not_digits"));
    else if (answer.length < question.min_length || (question.max_length && answer.length > question.max_length))
      faults.push(fault(pointer, "question_length"));
  }
  for (const { key, required } of questions) if (required && !answers[key]) faults.push(fault(`/questions/${key}`, "question_required"));
  return faults;
}

/** Check a body against a form; throw nothing. */
function check(body, { options, questions }) {
  const faults = shapeFaults(body);
  const number = typeof body.number === "string" && body.number ? readNumber(body.number) : {};
  if (number.code) faults.push(fault("/number", number.code));
  const option = options.find((each) => each.sid === body.option);
  if (!body.option) faults.push(fault("/option", "option_required"));
  else if (!option) faults.push(fault("/option", "unknown_option"));
  if (body.questions && typeof body.questions === "object") faults.push(...answerFaults(questions, body.questions));
  return { faults, number: number.number, option };
}

module.exports = { check };
