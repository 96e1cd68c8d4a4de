import "@callback-gateway/widget";
import { createElement, useEffect, useState } from "react";

/** The address is known in the browser only. */
export function App() {
  const [api, setApi] = useState("");
  const [started, setStarted] = useState("");
  useEffect(() => setApi(new URLSearchParams(location.search).get("api")), []);
  const attributes = { profile: "now", mode: "inline", "oncallback-started": () => setStarted("started") };
  const widget = api ? createElement("callback-widget", { ...attributes, api, strings: { send: "Ring me" } }) : null;
  return createElement("main", null, createElement("h1", null, "Talk to us"), widget, createElement("output", null, started));
}
