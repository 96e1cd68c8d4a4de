/** Codes of the API that tell a customer the same as others. */

export const CODES = {
  captcha_unavailable: "unavailable",
  identity_invalid: "identity_required",
  not_found: "unknown_field",
  option_paused: "unavailable",
  option_required: "invalid",
  question_not_allowed: "unknown_field",
  question_not_digits: "number_not_digits",
  scheduling_not_enabled: "unavailable",
  sms_not_enabled: "unavailable",
  starts_disabled: "profile_paused",
  unknown_option: "unavailable",
  unknown_profile: "unknown_field",
  unknown_question: "unknown_field",
};
