/** The types that several modules share; nothing to run. */

/**
 * @typedef {object} Option Something that can be asked for
 * @property {string} id
 * @property {string} name
 * @property {"active" | "closed" | "paused"} status
 * @property {string} [default_country]
 * @property {string[] | null} [countries]
 * @property {number | null} [estimated_wait]
 */
/**
 * @typedef {object} Question
 * @property {string} key
 * @property {string} name
 * @property {"numeric_input" | "text_input" | "recorded_message"} type
 * @property {boolean} required
 * @property {boolean} visible
 * @property {boolean} editable
 * @property {number} min_length
 * @property {number | null} max_length
 * @property {string | null} default
 */
/** @typedef {{start_time: string, end_time: string}} Slot */
/** @typedef {{provider: "turnstile" | "hcaptcha" | "recaptcha", site_key: string, mode: string}} CaptchaSettings */
/**
 * @typedef {object} Form A profile, as the API gives it
 * @property {string} status
 * @property {string} language
 * @property {string} timezone
 * @property {string} default_country
 * @property {string[] | null} countries
 * @property {Record<string, string>} [calling_codes]
 * @property {Record<string, string>} [number_examples]
 * @property {Record<string, string[]>} [number_formats]
 * @property {boolean} scheduling
 * @property {boolean} sms
 * @property {CaptchaSettings | null} captcha
 * @property {Option[]} options
 * @property {Question[]} questions
 */
/**
 * @typedef {object} Entered What the visitor chose and typed
 * @property {string | null} [option]
 * @property {Slot | null} [slot]
 * @property {string | null} [country]
 * @property {string} number
 * @property {boolean} [sms]
 * @property {Record<string, string | number>} answers
 */
/** @typedef {{key: string, body: any, entered: Entered, at: number}} Attempt One key for one body, until there is an answer */
/**
 * @typedef {object} Callback A call-back that is followed
 * @property {string} id a handle: whoever has it can follow and cancel the call-back
 * @property {string} status
 * @property {boolean} final
 * @property {string | null} start_time
 * @property {string} [end_time]
 * @property {boolean} [booked] it is for later
 * @property {string} [ending] the last digits of the number
 * @property {number} [at] when it was asked for: milliseconds
 * @property {string} [option] what it is about
 * @property {string} [earlier] the handle of the one that it was to replace, and that stands as well
 * @property {number} [duration] in seconds
 */
/** @typedef {{pointer: string, code: string, detail?: string}} FieldError */
/**
 * @typedef {object} Events What the page hears
 * @property {CustomEvent<{profile: string, status: string}>} callback-ready
 * @property {CustomEvent<{step: string, n: number, of: number}>} callback-step
 * @property {CustomEvent<{reason: "profile_paused" | "closed" | "option_closed"}>} callback-unavailable
 * @property {CustomEvent<{step: string}>} callback-abandon
 * @property {CustomEvent<{id: string, start_time: string | null, option: string, replaces?: string, replaced?: boolean}>} callback-started
 * @property {CustomEvent<{id: string, status: string, final: boolean}>} callback-status
 * @property {CustomEvent<{code: string, status: number, errors?: FieldError[], request_id?: string}>} callback-error
 */
/** @typedef {{entered: Entered, view: string, at: number}} Draft */
/** @typedef {{call?: Callback | null, attempt?: Attempt | null, draft?: Draft | null, entered?: Entered | null}} Memory */
/**
 * @typedef {object} Answer What came of a request, whatever happened
 * @property {boolean} ok
 * @property {number} status HTTP's; 0 without an answer
 * @property {string} code the API's error code, or `lost`, `offline`
 * @property {string} reason the code; of a limit its scope too
 * @property {any} data the body
 * @property {number} wait seconds that the gateway asks to wait
 */
/**
 * @typedef {object} State What there is to show
 * @property {Form | null} form the profile
 * @property {string} view the view that is shown
 * @property {Entered} entered
 * @property {Attempt | null | undefined} attempt
 * @property {Callback | null | undefined} call
 * @property {Slot[] | null} slots the times on offer; none while they are read
 * @property {Slot[] | null} offered times that a refusal brought
 * @property {object} reading the reading of times that is under way
 * @property {boolean} hasFailed times could not be read
 * @property {string} day the day whose times are shown
 * @property {string} extension what was taken off the number
 * @property {{isOpen: boolean, query: string, active: string}} picker the list of countries
 * @property {{shown?: boolean, token?: string | null, renew?: () => void} | null} captcha the security check
 * @property {Record<string, () => string>} faults what is wrong with fields: name -> its text
 * @property {string[]} alert what stands in the alert: names of words
 * @property {string} asking a question that stands in the place of the buttons
 * @property {boolean} busy a request is under way
 * @property {{until: number, number: boolean}} held nothing is sent before; `number`: only this number waits
 * @property {string} said what was last said to assistive technology: a name of words
 * @property {boolean} changing another time is looked for, for the call-back that is followed
 * @property {{token: string, number?: string, answers?: Record<string, string>} | null} signed the token of the page's host, and what it says
 * @property {string} left the handle that is no longer followed
 * @property {boolean} begun something was chosen or typed
 * @property {AbortController} turn ended when what is under way has become of no interest
 * @property {Record<string, import("./frame.js").View>} views those after the first come with the steps
 * @property {{poll(): void, stop(): void} | null} following what follows the call-back
 * @property {typeof import("./steps.js") | null} steps what comes with the steps
 * @property {ReturnType<typeof setTimeout> | undefined} timer counts down
 */

export {};
