/** Write what the server renders into the page that the browser gets; `vite build --ssr` keeps it apart. */
import { readFileSync, writeFileSync } from "node:fs";
import { html } from "./server/server.js";

const page = "dist/index.html";
writeFileSync(page, readFileSync(page, "utf8").replace('<div id="root"></div>', `<div id="root">${html}</div>`));
