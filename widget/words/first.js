/** The English words that are there before all others: while the form is read, or cannot be. */
export default {
  title: "Get a call back",
  moment: "One moment…",
  retry: "Try again",
  internal_error: "Something went wrong on our side. Please try again.",
  offline: "You seem to be offline.",
  lost: "We didn’t get a reply.",
};
