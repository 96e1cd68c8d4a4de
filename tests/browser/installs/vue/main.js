import "@callback-gateway/widget";
import { createApp, h, ref } from "vue";

const api = new URLSearchParams(location.search).get("api");
const started = ref("");

createApp({
  render: () =>
    h("main", [
      h("callback-widget", { api, profile: "now", strings: { send: "Ring me" }, onCallbackStarted: () => (started.value = "started") }),
      h("output", started.value),
    ]),
}).mount("#root");
