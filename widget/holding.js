/** Hold the button back while the gateway asks to wait, counting down. */

/** @typedef {import("./flow.js").Flow} Flow */

/**
 * Send nothing for so many seconds; `isNumber`: another number need not wait.
 *
 * @param {Flow} flow
 * @param {number} seconds
 * @param {boolean} isNumber
 */
export function hold(flow, seconds, isNumber) {
  clearTimeout(flow.timer);
  flow.held = { until: Date.now() + seconds * 1000, number: isNumber };
  const tick = () => {
    if (Date.now() >= flow.held.until) return release(flow);
    flow.timer = setTimeout(tick, 250);
    flow.stage.render();
  };
  tick();
}

/** @param {Flow} flow */
function release(flow) {
  const wasRead = flow.stage.isFocused("alert");
  flow.held = { until: 0, number: false };
  [flow.alert, flow.faults, flow.said] = [[], {}, "ready"];
  flow.stage.render();
  if (wasRead) flow.stage.focusOn("primary");
}
