import "@callback-gateway/widget";
import { createElement, useState } from "react";
import { createRoot } from "react-dom/client";

const api = new URLSearchParams(location.search).get("api");

/** React 19 sets properties, and listens to custom events by `on` and their names. */
function App() {
  const [id, setId] = useState("");
  const strings = { send: "Ring me" };
  const onStarted = ({ detail }) => setId(detail.id);
  const widget = createElement("callback-widget", { api, profile: "now", strings, "oncallback-started": onStarted });
  return createElement("main", null, widget, createElement("output", null, id && "started"));
}

createRoot(document.getElementById("root")).render(createElement(App));
